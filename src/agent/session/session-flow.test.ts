import { createHash, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { encodeFlag, GangwayFlag, signalFlag } from '../../core/protocol/flag.js';
import { settle } from '../fixtures/hand-clock.fixture.js';
import { PIPES, setUpSession } from '../fixtures/session.fixture.js';

test.each([
  [1, 'SIGHUP'],
  [2, 'SIGINT'],
  [3, 'SIGQUIT'],
  [9, 'SIGKILL'],
  [13, 'SIGPIPE'],
  [15, 'SIGTERM'],
])('flag for signal %i becomes %s', async (number, name) => {
  const { client, started } = setUpSession({ streams: PIPES });
  const process = await started();
  client.channel.write(10, encodeFlag(signalFlag(number)));
  await settle();
  expect(process.calls[0]).toBe(name);
});

test('a full stdin holds the client back, byte for byte', async () => {
  const { client, container, ends, started } = setUpSession({ streams: PIPES });
  container.stdinHighWaterMark = 16_384;
  const process = await started();
  const all = randomBytes(12_000_000);
  const hash = createHash('sha256');
  let sent = 0;
  const feed = async (): Promise<void> => {
    while (sent < all.length) {
      if (client.channel.writable) {
        client.channel.write(1, all.subarray(sent, sent + 65_536));
        sent += 65_536;
      } else {
        await settle();
        if (process.stdin.readableLength === 0 && process.stdin.writableLength === 0) await settle();
        else break;
      }
    }
  };
  await feed();
  // Nothing was read: what has gone out is bounded by the window, and what the process's pipe holds is bounded too.
  expect(sent).toBeLessThan(all.length);
  expect(process.stdin.readableLength + process.stdin.writableLength).toBeLessThan(16_384 + 2 * 65_536);
  process.stdin.on('data', (chunk: Buffer) => hash.update(chunk));
  const finished = new Promise((resolve) => process.stdin.once('end', resolve));
  const rest = async (): Promise<void> => {
    while (sent < all.length) {
      while (!client.channel.writable) await settle();
      client.channel.write(1, all.subarray(sent, sent + 65_536));
      sent += 65_536;
    }
    client.channel.write(10, encodeFlag(GangwayFlag.StdinEof));
  };
  await rest();
  await finished;
  expect(hash.digest('hex')).toBe(createHash('sha256').update(all).digest('hex'));
  expect(ends).toEqual([]);
});

test('a command that closes its stdin does not hold up the session', async () => {
  const { client, started } = setUpSession({ streams: PIPES });
  const process = await started();
  process.stdin.destroy(new Error('EPIPE'));
  await settle();
  for (let index = 0; index < 20; index += 1) client.type('x'.repeat(60_000));
  await settle();
  expect(client.channel.drained).toBe(true);
  process.stdout.end('done');
  await settle();
  expect(client.text()).toBe('done');
});

test('a client that takes nothing stops the command itself, and gets everything in the end', async () => {
  const { clock, client, ends, started } = setUpSession({ streams: PIPES });
  const process = await started();
  client.channel.pauseDelivery();
  const all = randomBytes(16_000_000);
  let written = 0;
  const source = (async (): Promise<void> => {
    while (written < all.length) {
      const more = process.stdout.write(all.subarray(written, written + 50_000));
      written += 50_000;
      if (!more) await new Promise((resolve) => process.stdout.once('drain', resolve));
    }
    process.exit(0);
  })();
  for (let turn = 0; turn < 50; turn += 1) await settle();
  expect(written).toBeLessThan(6_000_000);
  client.channel.resumeDelivery();
  while (ends.length === 0) await clock.advance(100);
  await source;
  expect(createHash('sha256').update(client.bytes()).digest('hex')).toBe(
    createHash('sha256').update(all).digest('hex'),
  );
});
