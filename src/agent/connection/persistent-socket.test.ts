import { expect, test } from 'vitest';
import { UNANSWERED_PINGS } from '../../platform/aws/socket-pulse.js';
import { HandClock, settle } from '../fixtures/hand-clock.fixture.js';
import { socketPair, type PairedSocket } from '../fixtures/socket-pair.fixture.js';
import { KeepAlive, PING_INTERVAL_MS } from './keep-alive.js';
import { CONNECT_TIMEOUT_MS, PersistentSocket, type PersistentSocketOptions } from './persistent-socket.js';

function setUp(changes: Partial<PersistentSocketOptions> = {}) {
  const clock = new HandClock();
  const events: string[] = [];
  const far: PairedSocket[] = [];
  const line = new PersistentSocket({
    clock,
    random: () => 1,
    keepAlive: new KeepAlive(clock),
    backoff: { firstMs: 100, capMs: 30_000 },
    connect: () => {
      const [near, other] = socketPair();
      other.handlers = { message: (data) => events.push(`sent ${String(data)}`), close: () => undefined };
      far.push(other);
      return Promise.resolve(near);
    },
    opened: () => events.push('opened'),
    message: (data) => events.push(`heard ${String(data)}`),
    closed: (reason) => events.push(`closed ${reason}`),
    refused: (_, attempt) => {
      events.push(`refused ${attempt}`);
      return true;
    },
    ...changes,
  });
  return { clock, events, far, line };
}

test('a lost connection is opened again, fast at first', async () => {
  const { clock, events, far, line } = setUp();
  line.start();
  await settle();
  far[0]!.terminate();
  await clock.advance(99);
  expect(events).toEqual(['opened', 'closed 1006']);
  await clock.advance(1);
  expect(events.at(-1)).toBe('opened');
});

test('connections that die at once are opened ever more slowly', async () => {
  const { clock, far, line } = setUp();
  line.start();
  await settle();
  const openings: number[] = [];
  const begun = clock.now();
  for (let index = 0; index < 4; index += 1) {
    far.at(-1)!.terminate();
    const known = far.length;
    while (far.length === known) await clock.advance(50);
    openings.push(clock.now() - begun);
  }
  expect(openings).toEqual([100, 300, 700, 1_500]);
});

test('a connection that brought a message is replaced fast, however short it was', async () => {
  const { clock, far, line } = setUp();
  line.start();
  await settle();
  for (let index = 1; index <= 5; index += 1) {
    far.at(-1)!.send('hello');
    await settle();
    far.at(-1)!.terminate();
    await clock.advance(100);
    expect(far.length).toBe(index + 1);
  }
});

test('attempts go on for ever, at the cap in the end', async () => {
  const { clock, events, line } = setUp({ connect: () => Promise.reject(new Error('ECONNREFUSED')) });
  line.start();
  await clock.advance(30_000 * 12);
  expect(events.length).toBeGreaterThan(18);
  expect(events.slice(0, 2)).toEqual(['refused 1', 'refused 2']);
});

test('an attempt that never ends is given up, and its late socket dropped', async () => {
  const [near, far] = socketPair();
  let arrive: (socket: PairedSocket) => void = () => undefined;
  const { clock, events, line } = setUp({ connect: () => new Promise((resolve) => (arrive = resolve)) });
  line.start();
  await clock.advance(CONNECT_TIMEOUT_MS);
  expect(events).toEqual(['refused 1']);
  arrive(near);
  await settle();
  expect(far.closed?.code).toBe(1006);
});

test('refused with false gives up for good', async () => {
  let attempts = 0;
  const { clock, line } = setUp({
    connect: () => {
      attempts += 1;
      return Promise.reject(new Error('over'));
    },
    refused: () => false,
  });
  line.start();
  await clock.advance(100_000);
  expect(attempts).toBe(1);
});

test('stop closes with 1000, after what was sent, and opens nothing more', async () => {
  const { clock, events, far, line } = setUp();
  line.start();
  await settle();
  expect(line.send('last words')).toBe(true);
  line.stop();
  await clock.advance(100_000);
  expect(events).toEqual(['opened', 'sent last words']);
  expect(far).toHaveLength(1);
  expect(far[0]!.closed?.code).toBe(1000);
  expect(line.send('more')).toBe(false);
  expect(clock.pending).toBe(0);
});

test('stop during an attempt drops the socket that comes of it', async () => {
  const { far, line, events } = setUp();
  line.start();
  line.stop();
  await settle();
  expect(far[0]!.closed?.code).toBe(1006);
  expect(events).toEqual([]);
});

test('a line that is pulled without a word is found dead by its pings, and replaced', async () => {
  const { clock, far, events, line } = setUp();
  line.start();
  await clock.advance(10 * PING_INTERVAL_MS);
  expect(events).toEqual(['opened']);
  far[0]!.pull();
  await clock.advance(UNANSWERED_PINGS * PING_INTERVAL_MS);
  expect(events).toEqual(['opened']);
  await clock.advance(PING_INTERVAL_MS);
  expect(events).toEqual(['opened', 'closed the other end no longer answers']);
  await clock.advance(100);
  expect(events.at(-1)).toBe('opened');
  expect(far[0]!.peer!.closed?.code).toBe(1006);
});

test('every connection is pinged every 15 seconds, and none after its end', async () => {
  const { clock, far, line } = setUp();
  line.start();
  await clock.advance(PING_INTERVAL_MS - 1);
  expect(far[0]!.peer!.pings).toBe(0);
  await clock.advance(1 + PING_INTERVAL_MS);
  expect(far[0]!.peer!.pings).toBe(2);
  line.stop();
  await clock.advance(10 * PING_INTERVAL_MS);
  expect(far[0]!.peer!.pings).toBe(2);
});

test('AWS’s own rhythm is kept at least: a ping every 54 seconds', () => {
  expect(PING_INTERVAL_MS).toBeLessThanOrEqual(54_000);
});
