import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EventKind } from '../../core/recording/recording-format.js';
import { MAX_PART_BYTES } from '../../core/recording/recordings-api.js';
import { HandClock } from '../fixtures/hand-clock.fixture.js';
import { FakeRecordings, type Fault } from './fake-recordings.fixture.js';
import {
  fastClock,
  readRecord,
  recordedSession,
  SESSION_ID,
  setUpRecorders,
  spoolOf,
  until,
} from './recorders.fixture.js';
import { nodeSpoolFiles } from './spool-files.js';
import { PART_INTERVAL_MS, QUIET_AFTER_MS, REST_FACTOR, ShippingPace } from './shipping-pace.js';

const END = { exitCode: 0, reason: '' };

async function setUp(options: Parameters<typeof setUpRecorders>[0] = {}) {
  const recordings = new FakeRecordings();
  const endpoint = await recordings.start();
  const all = setUpRecorders({ endpoint, ...options });
  await all.recorders.start();
  return { ...all, recordings, endpoint };
}

const left = (directory: string): string[] => readdirSync(directory).filter((name) => name.startsWith('ecs'));

test('a record comes to the endpoint while it grows, ends there, is delivered, and leaves nothing behind', async () => {
  const { recorders, recordings, deliverer, directory } = await setUp();
  const recorder = (await recorders.open(recordedSession()))!;
  void recorder.record('output', Buffer.from('one'));
  await until(
    'the first part',
    () => readRecord(recordings.records.get(SESSION_ID) ?? Buffer.alloc(0)).output === 'one',
  );
  void recorder.record('output', Buffer.from('two'));
  await until('the next', () => readRecord(recordings.records.get(SESSION_ID)!).output === 'onetwo');
  expect(deliverer.delivered).toEqual([]);
  await recorder.close(END);
  await until('nothing is left', () => left(directory).length === 0);
  expect(readRecord(recordings.records.get(SESSION_ID)!)).toMatchObject({ output: 'onetwo', damage: undefined });
  expect(recordings.ended.has(SESSION_ID)).toBe(true);
  expect(deliverer.delivered).toMatchObject([{ recording: { order: { sessionId: SESSION_ID } }, role: false }]);
  expect(deliverer.delivered[0]!.events.map(({ kind }) => kind)).toEqual([
    EventKind.Header,
    EventKind.Output,
    EventKind.Output,
    EventKind.End,
  ]);
});

test('large records go in parts', async () => {
  const { recorders, recordings, directory } = await setUp();
  const recorder = (await recorders.open(recordedSession()))!;
  const piece = Buffer.alloc(60_000, 'x');
  for (let index = 0; index < 20; index += 1) void recorder.record('output', piece);
  await recorder.close(END);
  await until('nothing is left', () => left(directory).length === 0);
  expect(recordings.requests.filter((line) => line.startsWith('PUT')).length).toBeGreaterThanOrEqual(
    (20 * piece.length) / MAX_PART_BYTES,
  );
  expect(readRecord(recordings.records.get(SESSION_ID)!).output).toHaveLength(20 * piece.length);
});

test('while sessions run, one part a second of all of them; of one that is watched as it comes', async () => {
  const { recorders, recordings } = await setUp({ clock: fastClock(1) });
  const sessions = await Promise.all(
    ['a', 'b', 'c'].map(async (sessionId) => (await recorders.open(recordedSession({}, { sessionId })))!),
  );
  const begun = Date.now();
  const chatter = setInterval(() => {
    for (const recorder of sessions) void recorder.record('output', Buffer.from('x'));
  }, 10);
  await until('three parts', () => recordings.requests.length >= 3);
  expect(Date.now() - begun).toBeGreaterThan(0.9 * PART_INTERVAL_MS);
  recordings.watched = true;
  await until('many parts', () => recordings.requests.length >= 30);
  clearInterval(chatter);
  expect(Date.now() - begun).toBeLessThan(8 * PART_INTERVAL_MS);
});

test('the endpoint never has what a power cut could still take from here', async () => {
  let sync: () => Promise<void> = () => Promise.resolve();
  const { recorders, recordings } = await setUp({ files: { ...nodeSpoolFiles, sync: () => sync() } });
  const recorder = (await recorders.open(recordedSession()))!;
  let release: () => void = () => undefined;
  sync = () => new Promise((resolve) => (release = resolve));
  void recorder.record('output', Buffer.from('not on the disk yet'));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(readRecord(recordings.records.get(SESSION_ID)!).output).toBe('');
  release();
  await until('the part', () => readRecord(recordings.records.get(SESSION_ID)!).output === 'not on the disk yet');
  sync = () => Promise.resolve();
});

describe('nothing is lost, and the record arrives, when', () => {
  async function survives(prepare: (recordings: FakeRecordings) => void) {
    const all = await setUp();
    prepare(all.recordings);
    const recorder = (await all.recorders.open(recordedSession()))!;
    let expected = '';
    for (let index = 0; index < 50; index += 1) {
      void recorder.record('output', Buffer.from(`line ${index}\n`));
      expected += `line ${index}\n`;
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    await recorder.close(END);
    await until('nothing is left', () => left(all.directory).length === 0);
    const { output, damage } = readRecord(all.recordings.records.get(SESSION_ID)!);
    expect(damage).toBeUndefined();
    expect(output).toBe(expected);
    expect(all.deliverer.delivered).toHaveLength(1);
    return all;
  }

  /** This fault for every request but each fourth. */
  const often = (fault: Fault) => (recordings: FakeRecordings) => {
    let count = 0;
    recordings.fault = () => ((count += 1) % 4 === 0 ? undefined : fault);
  };

  test.each<[string, Fault]>([
    ['connections are cut', 'cut'],
    ['answers are lost', 'cut-after'],
    ['the endpoint fails', { status: 500, code: 'InternalFailure' }],
    ['it asks for less', { status: 429, code: 'ThrottlingException' }],
    ['it refuses', { status: 403, code: 'AccessDeniedException' }],
  ])('%s', async (_name, fault) => {
    await survives(often(fault));
  });

  test('the endpoint is away for long, and its log says so', async () => {
    const { log } = await survives((recordings) => {
      const begun = Date.now();
      recordings.fault = () => (Date.now() - begun < 1_500 ? 'cut' : undefined);
    });
    expect(log.lines.join('\n')).toContain('a record is not with the endpoint yet');
  });

  test('it has forgotten what it had', async () => {
    let forgot = false;
    await survives((recordings) => {
      recordings.fault = () => {
        const there = recordings.records.get(SESSION_ID);
        if (!forgot && there !== undefined) {
          forgot = true;
          recordings.records.set(SESSION_ID, there.subarray(0, 100));
        }
        return undefined;
      };
    });
    expect(forgot).toBe(true);
  });

  test('it restarts', async () => {
    const { recorders, recordings, directory } = await setUp();
    const recorder = (await recorders.open(recordedSession()))!;
    void recorder.record('output', Buffer.from('before,'));
    await until('the first part', () => recordings.records.has(SESSION_ID));
    await recordings.stop();
    void recorder.record('output', Buffer.from('meanwhile,'));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await recordings.start();
    void recorder.record('output', Buffer.from('after'));
    await recorder.close(END);
    await until('nothing is left', () => left(directory).length === 0);
    expect(readRecord(recordings.records.get(SESSION_ID)!).output).toBe('before,meanwhile,after');
  });
});

describe('a spool stays until', () => {
  test('the endpoint has vouched for it', async () => {
    const { recorders, recordings, deliverer, directory } = await setUp();
    recordings.fault = (line) => (line.endsWith('/end') ? { status: 500, code: 'InternalFailure' } : undefined);
    const recorder = (await recorders.open(recordedSession()))!;
    await recorder.close(END);
    await until('the delivery', () => deliverer.delivered.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(left(directory)).toHaveLength(2);
    recordings.fault = () => undefined;
    await until('nothing is left', () => left(directory).length === 0);
  });

  test('its copies are delivered', async () => {
    const { recorders, recordings, deliverer, directory } = await setUp();
    let failures = 0;
    deliverer.failure = () => ((failures += 1) < 5 ? new Error('the bucket is away') : undefined);
    let release: () => void = () => undefined;
    deliverer.hold = new Promise((resolve) => (release = resolve));
    const recorder = (await recorders.open(recordedSession()))!;
    await recorder.close(END);
    await until('the end', () => recordings.ended.has(SESSION_ID) && failures === 5);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(left(directory)).toHaveLength(2);
    release();
    await until('nothing is left', () => left(directory).length === 0);
  });
});

describe('a host that stops', () => {
  test('leaves what it cannot ship, and the next one ships it', async () => {
    const { recorders, recordings, endpoint, directory } = await setUp();
    recordings.fault = () => 'cut';
    const recorder = (await recorders.open({
      ...recordedSession(),
      role: () => Promise.reject(new Error('not asked here')),
    }))!;
    void recorder.record('output', Buffer.from('seen'));
    await recorder.close(END);
    await recorders.stop(100);
    expect(left(directory)).toHaveLength(2);
    recordings.fault = () => undefined;
    const next = setUpRecorders({ directory, endpoint });
    await next.recorders.start();
    await until('nothing is left', () => left(directory).length === 0);
    expect(readRecord(recordings.records.get(SESSION_ID)!)).toMatchObject({ output: 'seen', damage: undefined });
    expect(next.deliverer.delivered).toMatchObject([{ role: true }]);
  });

  test('ships what it can', async () => {
    const { recorders, recordings, directory } = await setUp();
    const recorder = (await recorders.open(recordedSession()))!;
    await recorder.close(END);
    // A grace of ten of our seconds.
    await recorders.stop(1_000_000);
    expect(left(directory)).toEqual([]);
    expect(recordings.ended.size).toBe(1);
  });

  test('does not wait for a deliverer that does not let go', async () => {
    const { recorders, deliverer, directory } = await setUp();
    deliverer.deliver = () => new Promise<never>(() => undefined);
    const recorder = (await recorders.open(recordedSession()))!;
    await recorder.close(END);
    await recorders.stop(100);
    expect(left(directory)).toHaveLength(2);
  });

  test('opens no more records', async () => {
    const { recorders } = await setUp();
    await recorders.stop(0);
    await expect(recorders.open(recordedSession())).rejects.toThrow('cannot write the record');
  });
});

test('a spool that was changed under way is never delivered as if it were whole', async () => {
  const { recorders, recordings, deliverer, directory, log } = await setUp();
  recordings.fault = () => 'cut';
  const recorder = (await recorders.open(recordedSession()))!;
  void recorder.record('output', Buffer.from('true'));
  await recorder.close(END);
  const { writeFileSync } = await import('node:fs');
  const bytes = spoolOf(directory);
  bytes[bytes.indexOf('true')]! ^= 1;
  writeFileSync(join(directory, `${SESSION_ID}.gwr`), bytes);
  recordings.fault = () => undefined;
  await until('it is told', () => log.lines.some((line) => line.includes('the spool is damaged: changed at byte')));
  expect(deliverer.delivered).toEqual([]);
  expect(existsSync(join(directory, `${SESSION_ID}.gwr`))).toBe(true);
});

test('what has ended is shipped in a tenth of the time while sessions show something, and else at once', async () => {
  const clock = new HandClock();
  const pace = new ShippingPace(clock);
  const { signal } = new AbortController();
  const rest = async (took: number): Promise<number> => {
    const begun = clock.now();
    let ended = Number.NaN;
    void pace.rest(took, signal).then(() => (ended = clock.now()));
    await clock.advance(2 * PART_INTERVAL_MS);
    return ended - begun;
  };
  expect(await rest(10)).toBe(0);
  pace.active();
  expect(await rest(10)).toBe(10 * REST_FACTOR);
  pace.active();
  expect(await rest(1_000)).toBe(PART_INTERVAL_MS);
  pace.active();
  await clock.advance(QUIET_AFTER_MS);
  expect(await rest(10)).toBe(0);
});
