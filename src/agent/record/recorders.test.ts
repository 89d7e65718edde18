import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { NO_SESSION_INPUTS } from '../../core/protocol/session-document.js';
import { EventKind } from '../../core/recording/recording-format.js';
import { parseGap, parseHeader } from '../../core/recording/recording-payloads.js';
import { HandClock } from '../fixtures/hand-clock.fixture.js';
import { SessionFailure } from '../session/session-failure.js';
import {
  fastClock,
  readRecord,
  recordedSession,
  SESSION_ID,
  setUpRecorders,
  spoolOf,
  until,
} from './recorders.fixture.js';
import { nodeSpoolFiles, type SpoolFiles } from './spool-files.js';
import { SYNC_BEHIND_MS } from './sync-queue.js';

const END = { exitCode: 0, reason: '' };
const NO_SPACE = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });

/** Files whose writes fail, or fall short, when a test says so. */
function faultyFiles() {
  const faults = { write: (): number | undefined => undefined, sync: (): Error | undefined => undefined, syncs: 0 };
  const files: SpoolFiles = {
    ...nodeSpoolFiles,
    write(file, bytes, position) {
      const most = faults.write();
      return nodeSpoolFiles.write(file, most === undefined ? bytes : bytes.subarray(0, most), position);
    },
    sync(file) {
      faults.syncs += 1;
      const error = faults.sync();
      return error === undefined ? nodeSpoolFiles.sync(file) : Promise.reject(error);
    },
  };
  return { faults, files };
}

test('every piece is in the file when record() returns, whole and chained; spool and order are private', async () => {
  const { directory, recorders } = setUpRecorders();
  await recorders.start();
  const recorder = (await recorders.open(recordedSession({ input: true })))!;
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(directory).filter((each) => each.startsWith(SESSION_ID))) {
    expect([name, statSync(join(directory, name)).mode & 0o777]).toEqual([name, 0o600]);
  }
  expect(recorder.record('output', Buffer.from('one'))).toBeUndefined();
  expect(readRecord(spoolOf(directory)).output).toBe('one');
  recorder.resize({ columns: 1, rows: 10_000 });
  void recorder.record('stderr', Buffer.from('two'));
  void recorder.record('input', Buffer.from('three'));
  await recorder.close({ exitCode: 7, reason: 'why' });
  const { events, kinds, damage, end } = readRecord(spoolOf(directory));
  expect(damage).toBeUndefined();
  expect(parseHeader(events[0]!.payload)).toMatchObject({ version: 1, sessionId: SESSION_ID, input: true });
  expect(kinds).toEqual([
    EventKind.Header,
    EventKind.Output,
    EventKind.Resize,
    EventKind.StdErr,
    EventKind.Input,
    EventKind.End,
  ]);
  expect(end).toEqual({ exitCode: 7, reason: 'why', recovered: false, counts: { events: 5, bytes: 6, gaps: 0 } });
  await recorder.close(END);
  expect(() => recorder.record('output', Buffer.from('late'))).toThrow('the record is closed');
});

test('only sessions that name a place are recorded', async () => {
  const { deliverer, recorders } = setUpRecorders();
  await recorders.start();
  expect(await recorders.open({ ...recordedSession(), inputs: NO_SESSION_INPUTS })).toBeUndefined();
  expect(deliverer.checked).toEqual([]);
  const inputs = { ...NO_SESSION_INPUTS, cloudWatchLogGroupName: 'group' };
  expect(await recorders.open({ ...recordedSession(), inputs })).toBeDefined();
  expect(deliverer.checked).toEqual([SESSION_ID]);
});

test('a check that fails refuses the session as it says, and leaves nothing', async () => {
  const { directory, deliverer, recorders } = setUpRecorders();
  await recorders.start();
  const refusal = new SessionFailure('not encrypted', { bare: true });
  deliverer.refusal = () => refusal;
  await expect(recorders.open(recordedSession())).rejects.toBe(refusal);
  expect(readdirSync(directory).filter((name) => name.startsWith('ecs'))).toEqual([]);
});

test('time is that of a clock that does not jump, and never goes back', async () => {
  let uptime = 5_000;
  const { directory, recorders } = setUpRecorders({ uptime: () => uptime });
  await recorders.start();
  const recorder = (await recorders.open(recordedSession()))!;
  for (const next of [5_000.001, 6_000, 5_500, 7_000]) {
    uptime = next;
    void recorder.record('output', Buffer.from('x'));
  }
  expect(readRecord(spoolOf(directory)).events.map(({ time }) => time)).toEqual([
    0, 1, 1_000_000, 1_000_000, 2_000_000,
  ]);
});

test.each(['../evil', '', '.hidden', 'a/b', 'x'.repeat(200), 'nul\0'])(
  'a session whose name is no file name is refused: %j',
  async (sessionId) => {
    const { recorders, log } = setUpRecorders();
    await recorders.start();
    await expect(recorders.open(recordedSession({}, { sessionId }))).rejects.toThrow('cannot write the record');
    expect(log.lines.join()).toContain('a name that no file can have');
  },
);

test('a second record of the same session is refused, and the first is left alone', async () => {
  const { directory, recorders } = setUpRecorders();
  await recorders.start();
  const recorder = (await recorders.open(recordedSession()))!;
  await expect(recorders.open(recordedSession())).rejects.toThrow('has a record of a session of this name already');
  void recorder.record('output', Buffer.from('mine'));
  expect(readRecord(spoolOf(directory)).output).toBe('mine');
});

test('one process at a time has a directory', async () => {
  const { directory, recorders } = setUpRecorders();
  await recorders.start();
  await expect(setUpRecorders({ directory }).recorders.start()).rejects.toThrow('is in use by');
});

describe('required, and a write fails:', () => {
  test('the piece is refused, nothing of it stays, and nothing follows', async () => {
    const { faults, files } = faultyFiles();
    const { directory, recorders, log } = setUpRecorders({ files });
    await recorders.start();
    const recorder = (await recorders.open(recordedSession()))!;
    void recorder.record('output', Buffer.from('kept'));
    const length = spoolOf(directory).length;
    let writes = 0;
    faults.write = () => {
      writes += 1;
      // Half of it is written before the disk is full.
      if (writes === 1) return 20;
      throw NO_SPACE;
    };
    expect(() => recorder.record('output', Buffer.from('lost'))).toThrow('the disk of the container host is full');
    expect(spoolOf(directory)).toHaveLength(length);
    faults.write = () => undefined;
    expect(() => recorder.record('output', Buffer.from('after'))).toThrow('the disk of the container host is full');
    await recorder.close(END);
    expect(readRecord(spoolOf(directory))).toMatchObject({ output: 'kept', damage: undefined });
    expect(log.lines.filter((line) => line.includes('ENOSPC'))).toHaveLength(1);
  });

  test('a short write goes on where it stopped', async () => {
    const { faults, files } = faultyFiles();
    const { directory, recorders } = setUpRecorders({ files });
    await recorders.start();
    faults.write = () => 7;
    const recorder = (await recorders.open(recordedSession()))!;
    void recorder.record('output', Buffer.from('piece by piece'));
    expect(readRecord(spoolOf(directory)).output).toBe('piece by piece');
  });

  test('the end is written when there is room again', async () => {
    const { faults, files } = faultyFiles();
    const { directory, recorders } = setUpRecorders({ files });
    await recorders.start();
    const recorder = (await recorders.open(recordedSession()))!;
    void recorder.record('output', Buffer.from('all'));
    faults.write = () => {
      throw NO_SPACE;
    };
    await recorder.close({ exitCode: 3, reason: '' });
    expect(readRecord(spoolOf(directory)).end).toBeUndefined();
    faults.write = () => undefined;
    await until('the end', () => readRecord(spoolOf(directory)).damage === undefined);
    expect(readRecord(spoolOf(directory)).end).toMatchObject({ exitCode: 3, recovered: false });
  });

  test('what the disk did not take, though the system had, ends the session too', async () => {
    const { faults, files } = faultyFiles();
    const { recorders } = setUpRecorders({ files });
    await recorders.start();
    const recorder = (await recorders.open(recordedSession()))!;
    faults.sync = () => Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
    void recorder.record('output', Buffer.from('a'));
    await until('the sync', () => faults.syncs >= 3);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(() => recorder.record('output', Buffer.from('b'))).toThrow('cannot write the record (EIO)');
    await expect(recorder.close(END)).rejects.toThrow('cannot write the record (EIO)');
  });

  test('a record that cannot be begun refuses the session and leaves nothing', async () => {
    const { faults, files } = faultyFiles();
    const { directory, recorders } = setUpRecorders({ files });
    await recorders.start();
    for (const failing of [1, 2]) {
      let writes = 0;
      faults.write = () => {
        writes += 1;
        if (writes === failing) throw NO_SPACE;
        return undefined;
      };
      await expect(recorders.open(recordedSession())).rejects.toThrow('the disk of the container host is full');
      expect(readdirSync(directory).filter((name) => name.startsWith('ecs'))).toEqual([]);
    }
    faults.write = () => undefined;
    await expect(recorders.open(recordedSession())).resolves.toBeDefined();
  });
});

describe('best effort, and a write fails:', () => {
  test('the session goes on, and the gap is written when writing works again', async () => {
    const { faults, files } = faultyFiles();
    const { directory, recorders, log } = setUpRecorders({ files });
    await recorders.start();
    const recorder = (await recorders.open(recordedSession({ record: 'best-effort' })))!;
    void recorder.record('output', Buffer.from('one'));
    faults.write = () => {
      throw NO_SPACE;
    };
    for (let piece = 0; piece < 3; piece += 1) expect(recorder.record('output', Buffer.from('lost'))).toBeUndefined();
    faults.write = () => undefined;
    void recorder.record('output', Buffer.from('two'));
    await recorder.close(END);
    const { events, output, end, damage } = readRecord(spoolOf(directory));
    expect(damage).toBeUndefined();
    expect(output).toBe('onetwo');
    expect(parseGap(events[2]!.payload)).toEqual({ bytes: 12, reason: 'the disk of the container host is full' });
    expect(end?.counts).toEqual({ events: 4, bytes: 6, gaps: 1 });
    expect(log.lines.filter((line) => line.includes('cannot be recorded'))).toHaveLength(1);
  });

  test('a session whose record cannot be begun runs without', async () => {
    const { faults, files } = faultyFiles();
    const { recorders, log } = setUpRecorders({ files });
    await recorders.start();
    faults.write = () => {
      throw NO_SPACE;
    };
    expect(await recorders.open(recordedSession({ record: 'best-effort' }))).toBeUndefined();
    expect(log.lines.join()).toContain('ENOSPC');
  });
});

describe('syncs:', () => {
  test('os: behind the pieces, one for all that came meanwhile', async () => {
    const clock = new HandClock();
    const { faults, files } = faultyFiles();
    const { recorders } = setUpRecorders({ files, clock });
    await recorders.start();
    const recorder = (await recorders.open(recordedSession()))!;
    await clock.advance(SYNC_BEHIND_MS);
    const before = faults.syncs;
    for (let piece = 0; piece < 100; piece += 1) void recorder.record('output', Buffer.from('x'));
    expect(faults.syncs).toBe(before);
    await clock.advance(SYNC_BEHIND_MS);
    expect(faults.syncs).toBe(before + 1);
    await clock.advance(10 * SYNC_BEHIND_MS);
    expect(faults.syncs).toBe(before + 1);
    await recorders.stop(0);
  });

  test('always: a piece goes on only when a sync that began after its write has ended', async () => {
    const { faults, files } = faultyFiles();
    const ends: (() => void)[] = [];
    const { recorders } = setUpRecorders({
      sync: 'always',
      files: { ...files, sync: () => new Promise((resolve) => ends.push(resolve)) },
    });
    await recorders.start();
    const opening = recorders.open(recordedSession());
    for (let sync = 0; sync < 2; sync += 1) {
      await until('a sync of what is opened', () => ends.length > sync);
      ends[sync]!();
    }
    const recorder = (await opening)!;
    const gone: number[] = [];
    const record = (piece: number): void =>
      void recorder.record('output', Buffer.from('x'))!.then(() => void gone.push(piece));
    record(1);
    await until('the sync of the first', () => ends.length === 3);
    record(2);
    record(3);
    ends[2]!();
    await until('the sync of the others', () => ends.length === 4);
    expect(gone).toEqual([1]);
    ends[3]!();
    await until('the others', () => gone.length === 3);
    expect(faults.syncs).toBe(0);
    const closing = recorder.close(END);
    await until('the sync of the end', () => ends.length === 5);
    ends[4]!();
    await closing;
  });

  test('always: what did not reach the disk is not sent', async () => {
    const { faults, files } = faultyFiles();
    const { recorders } = setUpRecorders({ files, sync: 'always' });
    await recorders.start();
    const recorder = (await recorders.open(recordedSession()))!;
    faults.sync = () => Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
    await expect(recorder.record('output', Buffer.from('a'))).rejects.toThrow('cannot write the record (EIO)');
  });
});

test('live events are given away in order, with header and end, and closed once', async () => {
  const { deliverer, recorders } = setUpRecorders();
  await recorders.start();
  const recorder = (await recorders.open(recordedSession({ live: true })))!;
  void recorder.record('output', Buffer.from('seen'));
  await recorder.close(END);
  expect(deliverer.liveEvents.map(({ kind }) => kind)).toEqual([EventKind.Header, EventKind.Output, EventKind.End]);
  expect(deliverer.liveClosed).toBe(1);
});

test('200 sessions at once, each with its own record', { timeout: 60_000 }, async () => {
  const { directory, recorders } = setUpRecorders({ clock: fastClock(10) });
  await recorders.start();
  const files = (): number => readdirSync('/proc/self/fd').length;
  const before = files();
  const all = await Promise.all(
    Array.from({ length: 200 }, async (_, index) => {
      const sessionId = `session-${index}`;
      return { sessionId, recorder: (await recorders.open(recordedSession({}, { sessionId })))! };
    }),
  );
  for (let round = 0; round < 20; round += 1) {
    for (const { sessionId, recorder } of all) void recorder.record('output', Buffer.from(`${sessionId} ${round}\n`));
    await new Promise((resolve) => setImmediate(resolve));
  }
  // One each, and what the syncs and parts under way have open.
  expect(files() - before).toBeLessThanOrEqual(200 + 20);
  await Promise.all(all.map(({ recorder }) => recorder.close(END)));
  for (const { sessionId } of all) {
    const { output, damage } = readRecord(spoolOf(directory, sessionId));
    expect(damage).toBeUndefined();
    expect(output.split('\n').slice(0, -1)).toEqual(Array.from({ length: 20 }, (_, round) => `${sessionId} ${round}`));
  }
  expect(files() - before).toBeLessThanOrEqual(20);
});

test('a file that is no order is no reason not to start', async () => {
  const { directory, recorders, log } = setUpRecorders();
  nodeSpoolFiles.makeDirectory(directory);
  writeFileSync(join(directory, 'strange.order.json'), '{}\n');
  await recorders.start();
  await until('it is told', () => log.lines.some((line) => line.includes('not recovered yet')));
});
