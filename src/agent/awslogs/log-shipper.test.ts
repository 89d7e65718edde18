import { expect, test } from 'vitest';
import { AwsError } from '../../platform/aws/aws-error.js';
import type { LogEvent, RejectedLogEvents } from '../../platform/aws/logs-client.js';
import { eventBytes, MAX_BATCH_BYTES, MAX_BATCH_EVENTS } from '../../platform/aws/logs-limits.js';
import { noJitter, RecordedLog } from '../fixtures/agent-host.fixture.js';
import { HandClock, settle } from '../fixtures/hand-clock.fixture.js';
import { BATCH_WAIT_MS, LAST_DELIVERY_MS, LogShipper, RETRY_LIMITS } from './log-shipper.js';

function setUp({ maxBytes = 4 * MAX_BATCH_BYTES } = {}) {
  const clock = new HandClock();
  const log = new RecordedLog();
  const state = { failure: undefined as Error | undefined, rejected: undefined as RejectedLogEvents | undefined };
  const sent: string[][] = [];
  const attempts: number[] = [];
  let restored = 0;
  const shipper = new LogShipper({
    clock,
    log,
    random: noJitter,
    fields: { task: 't' },
    maxBytes,
    put: (events: readonly LogEvent[]) => {
      attempts.push(clock.now());
      if (state.failure !== undefined) return Promise.reject(state.failure);
      sent.push(events.map(({ message }) => message));
      return Promise.resolve(state.rejected);
    },
    restore: () => {
      restored += 1;
      state.failure = undefined;
      return Promise.resolve();
    },
  });
  const add = (...messages: string[]) => messages.map((message) => shipper.add({ timestamp: clock.now(), message }));
  return { clock, log, state, sent, attempts, shipper, add, restored: () => restored };
}

test('what comes within a second goes together; a full batch goes at once', async () => {
  const { clock, sent, add } = setUp();
  add('a');
  await clock.advance(BATCH_WAIT_MS - 1);
  add('b');
  expect(sent).toEqual([]);
  await clock.advance(1);
  expect(sent).toEqual([['a', 'b']]);
  add(...Array.from({ length: MAX_BATCH_EVENTS }, () => 'x'));
  await settle();
  expect(sent[1]).toHaveLength(MAX_BATCH_EVENTS);
});

test('batches are cut at the bytes of one request, and where the clock was set back', async () => {
  const { clock, sent, add, shipper } = setUp();
  const half = 'x'.repeat(MAX_BATCH_BYTES / 2);
  add(half, half, 'y');
  shipper.add({ timestamp: clock.now() - 5_000, message: 'earlier' });
  await clock.advance(BATCH_WAIT_MS * 2);
  expect(sent.map((batch) => batch.map((message) => message.length))).toEqual([[half.length], [half.length, 1], [7]]);
});

test('while the service cannot be reached it is tried again, less and less often, and nothing is lost', async () => {
  const { clock, log, state, sent, attempts, add } = setUp();
  state.failure = new Error('connect ECONNREFUSED');
  add('a');
  await clock.advance(BATCH_WAIT_MS);
  add('b');
  await clock.advance(3_600_000);
  const waits = attempts.slice(1).map((at, index) => at - attempts[index]!);
  expect(waits.slice(0, 3)).toEqual([RETRY_LIMITS.firstMs, 2 * RETRY_LIMITS.firstMs, 4 * RETRY_LIMITS.firstMs]);
  expect(waits.at(-1)).toBe(RETRY_LIMITS.capMs);
  expect(log.lines.filter((line) => line.includes('not delivered yet'))).toHaveLength(1);
  state.failure = undefined;
  await clock.advance(RETRY_LIMITS.capMs);
  expect(sent).toEqual([['a', 'b']]);
  expect(log.lines.at(-1)).toContain('delivered again');
});

test('what finds no room is dropped, counted, and said when delivery goes on', async () => {
  const { clock, log, state, sent, add } = setUp({ maxBytes: 2 * eventBytes('a') });
  state.failure = new Error('down');
  expect(add('a', 'b', 'c', 'd')).toEqual([true, true, false, false]);
  await clock.advance(BATCH_WAIT_MS);
  state.failure = undefined;
  await clock.advance(RETRY_LIMITS.firstMs);
  expect(sent).toEqual([['a', 'b']]);
  expect(log.lines.at(-1)).toMatch(/lost.*"events":2/);
});

test('who waits for room gets it when half is free', async () => {
  const { clock, add, shipper } = setUp({ maxBytes: 4 * eventBytes('a') });
  add('a');
  expect(shipper.room()).toBeUndefined();
  add('b', 'c');
  let free = false;
  void shipper.room()!.then(() => (free = true));
  await settle();
  expect(free).toBe(false);
  await clock.advance(BATCH_WAIT_MS);
  expect(free).toBe(true);
});

test('a stream that was deleted is made again; a batch that is refused is given up', async () => {
  const { clock, log, state, sent, add, restored } = setUp();
  state.failure = new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.');
  add('a');
  await clock.advance(BATCH_WAIT_MS + RETRY_LIMITS.firstMs);
  expect([restored(), sent]).toEqual([1, [['a']]]);
  state.failure = new AwsError('InvalidParameterException', 'no');
  add('b');
  await clock.advance(BATCH_WAIT_MS);
  state.failure = undefined;
  add('c');
  await clock.advance(BATCH_WAIT_MS);
  expect(sent).toEqual([['a'], ['c']]);
  expect(log.lines.some((line) => /lost.*"events":1/.test(line))).toBe(true);
  state.rejected = { tooOldLogEventEndIndex: 1, tooNewLogEventStartIndex: 2 };
  add('x', 'y', 'z');
  await clock.advance(BATCH_WAIT_MS);
  expect(log.lines.at(-1)).toMatch(/lost.*"events":2/);
});

test('the end sends what is left at once, and waits no longer than it may', async () => {
  const { sent, add, shipper } = setUp();
  add('a');
  await shipper.close();
  expect(sent).toEqual([['a']]);
  expect(add('late')).toEqual([false]);

  const down = setUp();
  down.state.failure = new Error('down');
  down.add('a', 'b');
  const closed = down.shipper.close();
  await down.clock.advance(LAST_DELIVERY_MS);
  await closed;
  expect(down.log.lines.at(-1)).toMatch(/lost.*"events":2/);
  expect(down.clock.pending).toBe(0);
});
