import { once } from 'node:events';
import { createServer, connect, type Socket } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { AttachedInput, AttachedStreams } from './attached-streams.js';

/** Both ends of a connection, as a daemon has one of them. */
async function connection(): Promise<{ ours: Socket; daemon: Socket }> {
  const directory = mkdtempSync(join(tmpdir(), 'gangway-attached-'));
  const server = createServer({ allowHalfOpen: true });
  server.listen(join(directory, 's'));
  await once(server, 'listening');
  const ours = connect(join(directory, 's'));
  const [daemon] = (await once(server, 'connection')) as [Socket];
  onTestFinished(() => {
    for (const end of [ours, daemon]) end.destroy();
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return { ours, daemon };
}

function frame(stream: number, bytes: Uint8Array): Buffer {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([header, bytes]);
}

const collected = async (stream: AsyncIterable<unknown>): Promise<Buffer> => {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
};

test('frames, cut anywhere, come out as the two streams they were', async () => {
  const frames = fc.array(fc.tuple(fc.constantFrom(1, 2), fc.uint8Array({ maxLength: 300 })), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(frames, fc.array(fc.nat(40), { maxLength: 50 }), async (all, cuts) => {
      const { ours, daemon } = await connection();
      const streams = new AttachedStreams(ours, true);
      const read = Promise.all([collected(streams.stdout), collected(streams.stderr)]);
      const bytes = Buffer.concat(all.map(([stream, payload]) => frame(stream, payload)));
      let at = 0;
      for (const cut of cuts) {
        daemon.write(bytes.subarray(at, at + cut));
        at += cut;
        await new Promise((resolve) => setImmediate(resolve));
      }
      daemon.end(bytes.subarray(at));
      const expected = [1, 2].map((stream) => Buffer.concat(all.filter(([one]) => one === stream).map(([, b]) => b)));
      expect(await read).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});

test('a reader that does not read stops the daemon, and has all of it when it reads', async () => {
  const { ours, daemon } = await connection();
  const streams = new AttachedStreams(ours, true);
  streams.stderr.resume();
  const payload = Buffer.alloc(32_768, 7);
  let written = 0;
  while (daemon.write(frame(1, payload)) || written < 1 << 20) {
    written += payload.length;
    if (written > 64 << 20) throw new Error('nothing stops the daemon');
    await new Promise((resolve) => setImmediate(resolve));
    if (daemon.writableLength > 1 << 20) break;
  }
  expect(streams.paused).toBe(true);
  expect(streams.stdout.readableLength).toBeLessThan(256_000);
  const read = collected(streams.stdout);
  daemon.end();
  expect((await read).length % payload.length).toBe(0);
  expect((await read).length).toBeGreaterThanOrEqual(written);
});

test('a stream that nobody wants any more does not stop the other', async () => {
  const { ours, daemon } = await connection();
  const streams = new AttachedStreams(ours, true);
  streams.stdout.destroy();
  const read = collected(streams.stderr);
  for (let i = 0; i < 100; i++) daemon.write(frame(1, Buffer.alloc(10_000)));
  daemon.end(frame(2, Buffer.from('end')));
  expect((await read).toString()).toBe('end');
});

test('input: the end closes its direction, a terminal stays open, and what nobody takes is dropped', async () => {
  const pipes = await connection();
  const heard = collected(pipes.daemon);
  const input = new AttachedInput(pipes.ours, true);
  input.end('all of it');
  expect((await heard).toString()).toBe('all of it');

  const terminal = await connection();
  const typed = new AttachedInput(terminal.ours, false);
  typed.end('keys');
  const [keys] = (await once(terminal.daemon, 'data')) as [Buffer];
  expect(keys.toString()).toBe('keys');
  expect(terminal.daemon.readableEnded).toBe(false);

  const gone = await connection();
  const left = new AttachedInput(gone.ours, true);
  gone.ours.on('error', () => undefined);
  gone.daemon.destroy();
  await new Promise<void>((resolve, reject) => {
    left.once('error', reject);
    for (let i = 0; i < 20; i++) left.write(Buffer.alloc(100_000));
    left.end(resolve);
  });
});
