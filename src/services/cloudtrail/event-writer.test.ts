import { expect, test } from 'vitest';
import type { CloudTrailRecord } from './cloudtrail-record.js';
import type { StoredEvent } from './event-store.js';
import { EventWriter, MAX_BATCH, MAX_WAITING } from './event-writer.js';

function event(time: number): StoredEvent {
  return { time, userName: 'ann', record: {} as CloudTrailRecord };
}

function writer(write: (events: readonly StoredEvent[]) => Promise<void>) {
  const timers: (() => void)[] = [];
  const warnings: string[] = [];
  const made = new EventWriter({
    write,
    after(_, work) {
      timers.push(work);
      return { cancel: () => void timers.splice(timers.indexOf(work) >>> 0, 1) };
    },
    warn: (_, message) => warnings.push(message),
  });
  return { writer: made, timers, warnings };
}

test('events are written together, in order, in batches of a limited size', async () => {
  const batches: number[][] = [];
  const { writer: made } = writer((events) => {
    batches.push(events.map(({ time }) => time));
    return Promise.resolve();
  });
  for (let time = 0; time < MAX_BATCH + 3; time++) made.add(event(time));
  await made.flush();
  expect(batches.map((batch) => batch.length)).toEqual([MAX_BATCH, 3]);
  expect(batches.flat()).toEqual(Array.from({ length: MAX_BATCH + 3 }, (_, time) => time));
});

test('a disk that refuses delays events and loses none; what is past the limit is lost and said to be', async () => {
  let full = true;
  const written: number[] = [];
  const {
    writer: made,
    timers,
    warnings,
  } = writer((events) => {
    if (full) return Promise.reject(new Error('disk full'));
    written.push(...events.map(({ time }) => time));
    return Promise.resolve();
  });
  for (let time = 0; time < MAX_WAITING + 2; time++) made.add(event(time));
  await made.flush();
  await made.flush();
  expect(warnings).toEqual([expect.stringContaining('they wait')]);
  expect(timers).toHaveLength(1);
  full = false;
  timers[0]?.();
  await made.flush();
  expect(written).toEqual(Array.from({ length: MAX_WAITING }, (_, time) => time));
  expect(warnings.at(-1)).toContain('were lost');
});
