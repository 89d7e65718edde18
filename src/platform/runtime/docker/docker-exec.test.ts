import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ProcessTable } from '../sandbox/process-usage.js';
import { enterByExec, LAST_OUTPUT_MS, type DockerExecOptions } from './docker-exec.js';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

/** A daemon that tells of the end of a process, and leaves its connection open. */
function forgetfulDaemon() {
  const socket = new PassThrough({ emitClose: true });
  let died: (code: number) => void = () => undefined;
  const exec = {
    id: 'e',
    start: () => Promise.resolve(socket),
    inspect: () => Promise.resolve({ Pid: 4_194_305, Running: true, ExitCode: null }),
  };
  const options = {
    engine: { sizesAtStart: true },
    ends: {
      watch: (_id: string, ended: typeof died) => {
        died = ended;
        return Promise.resolve();
      },
      forget: () => undefined,
    },
    processes: new ProcessTable(),
    container: { id: 'c'.repeat(64), exec: () => Promise.resolve(exec) },
    request: { argv: ['true'], environment: {} },
    log: { warn: () => undefined, debug: () => undefined },
  } as unknown as DockerExecOptions;
  return { socket, options, die: (code: number) => died(code) };
}

const frame = (text: string): Buffer => {
  const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(text.length, 4);
  return Buffer.concat([header, Buffer.from(text)]);
};

test('output ends soon after the process, also where the daemon does not say so', async () => {
  const { socket, options, die } = forgetfulDaemon();
  const entered = await enterByExec(options);
  entered.stderr.resume();
  let text = '';
  entered.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  die(3);
  expect(await entered.exited).toEqual({ code: 3 });
  await vi.advanceTimersByTimeAsync(LAST_OUTPUT_MS - 100);
  // What is still on its way is waited for.
  const heard = once(entered.stdout, 'data');
  socket.write(frame('last'));
  await heard;
  const ended = once(entered.stdout, 'end');
  await vi.advanceTimersByTimeAsync(200);
  await ended;
  expect(text).toBe('last');
});
