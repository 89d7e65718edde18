import { createHash, randomBytes } from 'node:crypto';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { HandClock, settle } from '../fixtures/hand-clock.fixture.js';
import type { Clock } from '../clock.js';
import type { Recorder } from '../recorder.js';
import {
  BURST_GAP_MS,
  BURST_WAIT_MS,
  MAX_PENDING_BYTES,
  MAX_PROMPT_BYTES,
  MAX_PROMPT_PIECES,
  OutputPump,
} from './output-pump.js';

/** A channel with a window counted in frames. */
class FakeChannel {
  readonly frames: { payloadType: number; bytes: Buffer }[] = [];
  room = Number.POSITIVE_INFINITY;

  get writable(): boolean {
    return this.room > 0;
  }

  write(payloadType: number, payload: Uint8Array): void {
    expect(this.writable).toBe(true);
    this.room -= 1;
    this.frames.push({ payloadType, bytes: Buffer.from(payload) });
  }
}

function setUp(options: { maxFrameBytes?: number; recorder?: Recorder; clock?: Clock } = {}) {
  const channel = new FakeChannel();
  const events: string[] = [];
  const pump = new OutputPump({
    channel,
    maxFrameBytes: options.maxFrameBytes ?? 32_768,
    ended: () => events.push('ended'),
    refused: (error) => events.push(`refused ${(error as Error).message}`),
    ...(options.recorder === undefined ? {} : { recorder: options.recorder }),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  return { channel, events, pump, stdout, stderr };
}

test('a small output goes out alone and at once', async () => {
  const { channel, pump, stdout } = setUp();
  pump.add(1, stdout);
  stdout.write('k');
  await settle();
  expect(channel.frames).toEqual([{ payloadType: 1, bytes: Buffer.from('k') }]);
});

test('the first small piece of a turn leaves at once, the rest of it together, cut at the frame size', async () => {
  const { channel, pump, stdout } = setUp({ maxFrameBytes: 1_000 });
  pump.add(1, stdout);
  for (let index = 0; index < 25; index += 1) stdout.write(Buffer.alloc(100, index));
  await settle();
  expect(channel.frames.map(({ bytes }) => bytes.length)).toEqual([100, 1_000, 1_000, 400]);
});

test('a large piece waits for what else the turn brings', async () => {
  const { channel, pump, stdout } = setUp({ maxFrameBytes: 10_000 });
  pump.add(1, stdout);
  stdout.write(Buffer.alloc(MAX_PROMPT_BYTES + 1));
  stdout.write(Buffer.alloc(1_000));
  await settle();
  expect(channel.frames.map(({ bytes }) => bytes.length)).toEqual([MAX_PROMPT_BYTES + 1_001]);
});

test('bytes are bytes: no character is looked at', async () => {
  const { channel, pump, stdout } = setUp({ maxFrameBytes: 3 });
  pump.add(1, stdout);
  const bytes = Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0xef, 0xbf, 0xbd, 0xe2, 0x82]);
  stdout.end(bytes);
  await settle();
  expect(Buffer.concat(channel.frames.map((frame) => frame.bytes))).toEqual(bytes);
});

test('a full window stops the source itself; nothing is lost when it opens again', async () => {
  const { channel, events, pump, stdout } = setUp({ maxFrameBytes: 4_096 });
  pump.add(1, stdout);
  channel.room = 2;
  const all = randomBytes(8_000_000);
  let written = 0;
  const source = async (): Promise<void> => {
    for (let at = 0; at < all.length; at += 10_000) {
      written = at;
      if (!stdout.write(all.subarray(at, at + 10_000))) await new Promise((resolve) => stdout.once('drain', resolve));
    }
    stdout.end();
  };
  const done = source();
  await settle();
  await settle();
  expect(channel.frames).toHaveLength(2);
  expect(written).toBeLessThan(MAX_PENDING_BYTES + 200_000);
  while (!events.includes('ended')) {
    channel.room = 7;
    pump.resume();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await done;
  const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
  expect(digest(Buffer.concat(channel.frames.map(({ bytes }) => bytes)))).toBe(digest(all));
});

test('a flood on stdout does not starve stderr', async () => {
  const { channel, pump, stdout, stderr } = setUp({ maxFrameBytes: 100 });
  pump.add(1, stdout);
  pump.add(11, stderr);
  channel.room = 4;
  stdout.write(Buffer.alloc(10_000));
  stderr.write('warning');
  await settle();
  expect(channel.frames.map(({ payloadType }) => payloadType)).toContain(11);
});

test('ended comes once, after the last byte of the last source', async () => {
  const { channel, events, pump, stdout, stderr } = setUp();
  pump.add(1, stdout);
  pump.add(11, stderr);
  stdout.end('out');
  await settle();
  expect(events).toEqual([]);
  channel.room = 0;
  stderr.end('err');
  await settle();
  expect(events).toEqual([]);
  channel.room = 1;
  pump.resume();
  await settle();
  expect(events).toEqual(['ended']);
  expect(channel.frames.map(({ bytes }) => bytes.toString())).toEqual(['out', 'err']);
});

test('EIO is how a pty ends', async () => {
  const { channel, events, pump, stdout } = setUp();
  pump.add(1, stdout);
  stdout.write('bye');
  await settle();
  stdout.destroy(Object.assign(new Error('read EIO'), { code: 'EIO' }));
  await settle();
  expect(channel.frames.map(({ bytes }) => bytes.toString())).toEqual(['bye']);
  expect(events).toEqual(['ended']);
});

test('every byte is recorded before it is sent', async () => {
  const log: string[] = [];
  const recorder: Recorder = {
    record: async (_kind, bytes) => {
      log.push(`record ${bytes.length}, sent ${channel.frames.length}`);
      await settle();
    },
    resize: () => undefined,
    close: () => Promise.resolve(),
  };
  const { channel, events, pump, stdout } = setUp({ maxFrameBytes: 2, recorder });
  pump.add(1, stdout);
  stdout.end('abcde');
  while (events.length === 0) await settle();
  expect(log).toEqual(['record 2, sent 0', 'record 2, sent 1', 'record 1, sent 2']);
  expect(Buffer.concat(channel.frames.map(({ bytes }) => bytes)).toString()).toBe('abcde');
});

test.each(['throws', 'rejects'])('what the recorder refuses is not sent, nor anything after it: it %s', async (how) => {
  let left = 1;
  const recorder: Recorder = {
    record: () => {
      left -= 1;
      if (left >= 0) return undefined;
      const error = new Error('disk full');
      if (how === 'throws') throw error;
      return Promise.reject(error);
    },
    resize: () => undefined,
    close: () => Promise.resolve(),
  };
  const { channel, events, pump, stdout } = setUp({ maxFrameBytes: 2, recorder });
  pump.add(1, stdout);
  stdout.write('abcdef');
  await settle();
  stdout.write('ghi');
  await settle();
  expect(channel.frames.map(({ bytes }) => bytes.toString())).toEqual(['ab']);
  expect(events).toEqual(['refused disk full']);
  expect(stdout.destroyed).toBe(true);
});

test('a long burst of small pieces is gathered, a full frame of it leaves at once, and a key after it too', async () => {
  const clock = new HandClock();
  const { channel, pump, stdout } = setUp({ maxFrameBytes: 1_000, clock });
  pump.add(1, stdout);
  const piece = async (bytes: number): Promise<number> => {
    const before = channel.frames.length;
    stdout.write(Buffer.alloc(bytes));
    await settle();
    return channel.frames.length - before;
  };
  for (let index = 0; index <= MAX_PROMPT_PIECES; index += 1) expect(await piece(100)).toBe(1);
  expect(await piece(100)).toBe(0);
  expect(await piece(100)).toBe(0);
  expect(await piece(900)).toBe(2);
  expect(await piece(100)).toBe(0);
  await clock.advance(BURST_WAIT_MS);
  expect(channel.frames.at(-1)?.bytes).toHaveLength(100);
  expect(await piece(100)).toBe(0);
  await clock.advance(BURST_WAIT_MS + BURST_GAP_MS + 1);
  expect(await piece(1)).toBe(1);
});
