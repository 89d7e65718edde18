import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ProcessTable } from '../sandbox/process-usage.js';
import { connectEngine } from './docker-engine.js';
import { enterByExec } from './docker-exec.js';
import { ExecEnds } from './exec-ends.js';

const bodyOf = async (request: IncomingMessage, length: number): Promise<Record<string, unknown>> => {
  let text = '';
  while (text.length < length) text += String((await once(request, 'data'))[0]);
  return JSON.parse(text) as Record<string, unknown>;
};

/** A daemon of that version which knows one exec, as far as its start goes; what it was asked. */
async function daemon(version: object) {
  const directory = mkdtempSync(join(tmpdir(), 'gangway-engine-'));
  const asked: { path: string; body?: Record<string, unknown> }[] = [];
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/\?.*/, '');
    const answer = (value: unknown): void => void response.end(JSON.stringify(value));
    const length = Number(request.headers['content-length'] ?? 0);
    if (path === '/version') answer(version);
    else if (path === '/events') response.flushHeaders();
    else if (path === '/containers/c/exec') {
      void bodyOf(request, length).then((body) => {
        asked.push({ path, body });
        response.statusCode = 201;
        answer({ Id: 'e' });
      });
    } else if (path === '/exec/e/json') answer({ Pid: 99_999_999, Running: true, ExitCode: null });
    else {
      asked.push({ path: request.url ?? '' });
      response.statusCode = 200;
      response.end();
    }
  });
  server.on('upgrade', (request: IncomingMessage, socket, head: Buffer) => {
    asked.push({ path: request.url ?? '', body: JSON.parse(head.toString()) as Record<string, unknown> });
    socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nhello');
    onTestFinished(() => void socket.destroy());
  });
  server.listen(join(directory, 's'));
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const engine = await connectEngine(`unix://${join(directory, 's')}`);
  const entered = await enterByExec({
    engine,
    ends: new ExecEnds(engine.docker, 'host'),
    processes: new ProcessTable(),
    container: engine.docker.getContainer('c'),
    request: { argv: ['sh'], environment: {}, terminal: { columns: 132, rows: 43 } },
    log: { warn: () => undefined, debug: () => undefined },
  });
  const [first] = (await once(entered.stdout, 'data')) as [Buffer];
  expect(first.toString()).toBe('hello');
  return asked;
}

test.each([
  ['Docker 23', { ApiVersion: '1.42' }],
  ['Podman', { ApiVersion: '1.41', Components: [{ Name: 'Podman Engine' }] }],
])('%s is told the size of a terminal before its process starts', async (_name, version) => {
  const asked = await daemon(version);
  expect(asked.map(({ path }) => path)).toEqual(['/containers/c/exec', '/exec/e/start']);
  const size = { Tty: true, ConsoleSize: [43, 132], h: 43, w: 132 };
  expect(asked[0]?.body).toMatchObject({ ...size, Cmd: ['sh'], User: '0' });
  expect(asked[1]?.body).toMatchObject(size);
});

test('an older Docker is told as it starts', async () => {
  const asked = await daemon({ ApiVersion: '1.41' });
  expect(asked.map(({ path }) => path)).toContain('/exec/e/resize?h=43&w=132');
  expect(asked[0]?.body).not.toHaveProperty('ConsoleSize');
});
