import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { RecordedLog, TASK_ARN } from '../fixtures/agent-host.fixture.js';
import { roleCredentials } from '../fixtures/role.fixture.js';
import { TaskRole } from '../role/task-role.js';
import { TaskEndpoint } from './task-endpoint.js';
import { TaskWays } from './task-ways.js';

const OTHER_ARN = `${TASK_ARN.slice(0, -1)}0`;

async function setUp(endpointUrl?: string) {
  const parent = mkdtempSync(join(tmpdir(), 'gangway-ways-'));
  const endpoint = new TaskEndpoint(new RecordedLog());
  await endpoint.listen();
  const directory = join(parent, 'task');
  const open = (taskArn = TASK_ARN, place = directory): TaskWays =>
    new TaskWays({ taskArn, directory: place, endpoint, ...(endpointUrl !== undefined && { endpointUrl }) });
  onTestFinished(() => {
    endpoint.close();
    rmSync(parent, { recursive: true, force: true });
  });
  return { parent, directory, endpoint, open };
}

/** Status and body of a GET through a Unix socket. */
function get(socketPath: string, path: string, authorization = ''): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, headers: { authorization }, agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    asked.on('error', reject).end();
  });
}

test('credentials come out of the way of the task they belong to, and of no other', async () => {
  const { parent, endpoint, open } = await setUp();
  const own = open();
  const other = open(OTHER_ARN, join(parent, 'other'));
  const [way] = await own.open();
  const [foreign] = await other.open();
  // Nobody may call over the loopback: only the ways tell who calls.
  const seat = endpoint.addRole(new TaskRole(roleCredentials()), TASK_ARN, () => Promise.resolve(false));
  const { pathname } = new URL(seat.environment['AWS_CONTAINER_CREDENTIALS_FULL_URI']!);
  const token = seat.environment['AWS_CONTAINER_AUTHORIZATION_TOKEN']!;
  expect(way!.port).toBe(endpoint.port);
  expect(await get(way!.socketPath, pathname, token)).toMatchObject({ status: 200 });
  expect(await get(way!.socketPath, pathname, 'x')).toMatchObject({ status: 403 });
  expect(await get(foreign!.socketPath, pathname, token)).toMatchObject({ status: 403 });
  await own.close();
  await other.close();
});

test('an endpoint on the loopback has a way too; one elsewhere is reached as any host', async () => {
  const server = createServer((asked, answer) => answer.end(`${asked.method} ${asked.url}`));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  for (const host of ['127.0.0.1', 'localhost']) {
    const near = await setUp(`http://${host}:${port}`);
    const ways = near.open();
    const [, second] = await ways.open();
    expect(second!.port).toBe(port);
    expect(await get(second!.socketPath, '/x')).toEqual({ status: 200, body: 'GET /x' });
    await ways.close();
  }
  const far = await setUp('https://gangway.example.com');
  const ways = far.open();
  expect(await ways.open()).toHaveLength(1);
  await ways.close();
});

test('sockets lie where only their owner comes; leaving leaves the directory, closing takes it', async () => {
  const { directory, endpoint, open } = await setUp();
  const ways = open();
  await ways.open();
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  const { ino } = statSync(directory);
  await ways.leave();
  expect(readdirSync(directory)).toEqual([]);
  // Of an agent that was killed: the next one takes its place, in the directory that is mounted in the task.
  writeFileSync(join(directory, String(endpoint.port)), '');
  const next = open();
  const [way] = await next.open();
  expect(await get(way!.socketPath, '/nothing')).toMatchObject({ status: 404 });
  expect(statSync(directory).ino).toBe(ino);
  await next.close();
  expect(existsSync(directory)).toBe(false);
});
