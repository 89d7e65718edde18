import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { heldBy } from './caller-check.js';

/** Our end of a connection that a process of its own has opened. */
async function connected(address: string): Promise<{ pid: number; ours: Socket; end: () => Promise<void> }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const program = `require('node:net').connect(${port}, '${address}').resume()`;
  const child = spawn(process.execPath, ['-e', program], { stdio: 'ignore' });
  const [ours] = (await once(server, 'connection')) as [Socket];
  const end = async (): Promise<void> => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(async () => {
    ours.on('error', () => undefined).destroy();
    server.close();
    if (child.exitCode === null && child.signalCode === null) await end();
  });
  return { pid: child.pid ?? 0, ours, end };
}

describe.skipIf(process.platform !== 'linux')('who is at the other end (skipped: not Linux)', () => {
  test.each(['127.0.0.1', '::ffff:127.0.0.1'])(
    'is found among the processes it may be in, from %s',
    async (address) => {
      const { pid, ours } = await connected(address);
      expect(await heldBy(() => Promise.resolve([process.pid, 999_999_999, pid]))(ours)).toBe(true);
      expect(await heldBy(() => Promise.resolve([process.ppid]))(ours)).toBe(false);
      expect(await heldBy(() => Promise.resolve([]))(ours)).toBe(false);
    },
  );

  test('is not our own end, which is the same connection seen from here', async () => {
    const { ours } = await connected('127.0.0.1');
    expect(await heldBy(() => Promise.resolve([process.pid]))(ours)).toBe(false);
  });

  test('is looked for once a connection', async () => {
    const { pid, ours } = await connected('127.0.0.1');
    let looked = 0;
    const check = heldBy(() => {
      looked += 1;
      return Promise.resolve([pid]);
    });
    expect([await check(ours), await check(ours), looked]).toEqual([true, true, 1]);
  });

  test('cannot be told, and is let in: then the token alone decides', async () => {
    const { ours } = await connected('127.0.0.1');
    expect(await heldBy(() => Promise.resolve(undefined))(ours)).toBe(true);
  });

  test('is refused when the question fails, or nobody is there any more', async () => {
    const { pid, ours, end } = await connected('127.0.0.1');
    expect(await heldBy(() => Promise.reject(new Error('EMFILE')))(ours)).toBe(false);
    await end();
    expect(await heldBy(() => Promise.resolve([pid]))(ours)).toBe(false);
  });
});
