import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { prebuiltProgram } from '../sandbox/sealed-program.js';

const program = prebuiltProgram();
/** As many as the pause process carries at a time (native/forward.c). */
const LINKS = 256;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The pause process with a way to a socket that `serve` answers on. */
async function openWay(serve: (socket: Socket) => void) {
  const directory = mkdtempSync(join(tmpdir(), 'gangway-forward-'));
  const path = join(directory, 'way');
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    serve(socket);
  }).listen(path);
  await once(server, 'listening');
  const port = await freePort();
  const pause = spawn(program ?? '', ['pause', '--forward', String(port), path], { stdio: 'ignore' });
  const ended = once(pause, 'exit') as Promise<[number | null, string | null]>;
  onTestFinished(async () => {
    pause.kill('SIGKILL');
    await ended;
    server.close();
    rmSync(directory, { recursive: true });
  });
  const dial = async (): Promise<Socket> => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    await once(socket, 'connect');
    return socket;
  };
  await expect
    .poll(() =>
      dial().then(
        (socket) => socket.destroy().destroyed,
        () => false,
      ),
    )
    .toBe(true);
  return { pause, ended, dial };
}

/** All that comes until the other end has said its last. */
async function heard(socket: Socket): Promise<string> {
  const hash = createHash('sha256');
  socket.on('data', (data) => hash.update(data));
  await once(socket, 'end');
  return hash.digest('hex');
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe.skipIf(program === undefined)('the ways out of a task’s network', { timeout: 30_000 }, () => {
  test('carry many connections at a time, each byte of each as it is', async () => {
    const { dial } = await openWay((socket) => socket.pipe(socket));
    const all = Array.from({ length: 200 }, async (_, index) => {
      const bytes = randomBytes(index * 2_000);
      const socket = await dial();
      socket.end(bytes);
      return (await heard(socket)) === digest(bytes);
    });
    expect(new Set(await Promise.all(all))).toEqual(new Set([true]));
  });

  test('leave a half-closed connection half-closed, either way', async () => {
    const { dial } = await openWay((socket) => {
      // Speaks first and is done; hears the rest all the same.
      socket.end('hello\n');
      socket.resume().on('end', () => (finished += 1));
    });
    let finished = 0;
    const socket = await dial();
    expect(await heard(socket)).toBe(digest(Buffer.from('hello\n')));
    expect(socket.writable).toBe(true);
    const before = finished;
    socket.end(randomBytes(100_000));
    await expect.poll(() => finished).toBe(before + 1);
  });

  test('wait with a reader that does not read, and lose nothing', async () => {
    const bytes = randomBytes(20_000_000);
    const { dial } = await openWay((socket) => socket.end(bytes));
    const socket = await dial();
    socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 200));
    const all = heard(socket);
    socket.resume();
    expect(await all).toBe(digest(bytes));
    socket.destroy();
  });

  test('take one more when one has ended, past the most they carry', async () => {
    const { dial } = await openWay((socket) => socket.pipe(socket));
    /** Undefined: it was not taken. */
    const take = async (): Promise<Socket | undefined> => {
      const socket = await dial();
      socket.write('x');
      const ends = Promise.race([once(socket, 'data'), once(socket, 'end')]);
      // With what it had sent unread it is reset.
      const [got] = (await ends.catch(() => [])) as [Buffer?];
      if (got !== undefined) return socket;
      socket.destroy();
      return undefined;
    };
    const held: Socket[] = [];
    // What tried the way out before may be going still.
    while (held.length < LINKS) held.push(...[await take()].filter((socket) => socket !== undefined));
    expect(await take()).toBeUndefined();
    held.shift()?.destroy();
    await expect.poll(take).toBeDefined();
    for (const socket of held) socket.destroy();
  });

  test('end with SIGTERM', async () => {
    const { pause, ended } = await openWay(() => undefined);
    pause.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
  });
});
