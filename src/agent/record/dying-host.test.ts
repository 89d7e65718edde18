import { execFile, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EventKind } from '../../core/recording/recording-format.js';
import { encodeHeader } from '../../core/recording/recording-payloads.js';
import { RecordingWriter } from '../../core/recording/recording-writer.js';
import { HEADER, output, recordedEvents } from '../../core/recording/recording.fixture.js';
import { sha256 } from '../../platform/crypto/sha256.js';
import { temporaryDirectory } from '../../platform/store/temporary-directory.fixture.js';
import { compileSources } from './compiled-sources.fixture.js';
import { FakeRecordings } from './fake-recordings.fixture.js';
import { readRecord, recordedSession, setUpRecorders, until } from './recorders.fixture.js';
import { HOST_DIED } from './recover-spool.js';
import { nodeSpoolFiles } from './spool-files.js';

const PIECES = ['one\r\n', 'zwei\r\n', 'a longer piece of output, of the kind that a command writes\r\n', '4', '5'];

interface Run {
  readonly directory: string;
  readonly sent: string;
  readonly signal: string | undefined;
  readonly told: string;
}

function run(program: string, directory: string, ...args: string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, directory, ...args], (error, sent, told) =>
      resolve({ directory, sent, told, signal: error?.signal ?? undefined }),
    );
  });
}

/** What the next process makes of a directory that another has left. */
async function recovered(directory: string) {
  const recordings = new FakeRecordings();
  const { recorders, deliverer } = setUpRecorders({ directory, endpoint: await recordings.start() });
  await recorders.start();
  await until('nothing is left', () => readdirSync(directory).every((name) => ['lock', 'pid'].includes(name)));
  const record = recordings.records.get('session');
  await recorders.stop();
  await recordings.stop();
  return { record, recordings, delivered: deliverer.delivered };
}

describe.each(['os', 'always'])('kill -9 at every operation of a recorder (--record-sync %s)', (sync) => {
  test('every byte that was sent is in the record, and its chain is whole', { timeout: 240_000 }, async () => {
    const base = temporaryDirectory();
    const program = compileSources(join(import.meta.dirname, 'dying-recorder.fixture.ts'), base);
    const whole = await run(program, join(base, 'whole'), sync);
    expect(whole).toMatchObject({ sent: PIECES.join(''), signal: undefined });
    const operations = whole.told.split(' ');
    expect(operations.filter((name) => name === 'write')).toHaveLength(PIECES.length + 3);
    const points = operations.flatMap((name, index) =>
      (name === 'write' ? ['before', 'middle', 'after'] : ['before', 'after']).map((moment) => ({
        operation: String(index + 1),
        moment,
      })),
    );
    let begun = 0;
    let recoveredOnes = 0;
    const worker = async (): Promise<void> => {
      for (let point = points.shift(); point !== undefined; point = points.shift()) {
        const { operation, moment } = point;
        const { directory, sent, signal } = await run(
          program,
          join(base, `${operation}-${moment}`),
          sync,
          operation,
          moment,
        );
        // A sync that comes behind may not have come any more: the run was whole.
        if (signal === undefined) continue;
        expect(PIECES.join('').startsWith(sent)).toBe(true);
        const { record, recordings, delivered } = await recovered(directory);
        if (record === undefined) {
          expect([point, sent]).toEqual([point, '']);
          continue;
        }
        begun += 1;
        const { output: recorded, end, damage } = readRecord(record);
        expect([point, damage]).toEqual([point, undefined]);
        expect(PIECES.join('').startsWith(recorded)).toBe(true);
        expect(recorded.length).toBeGreaterThanOrEqual(sent.length);
        expect(end?.counts).toMatchObject({ bytes: recorded.length, gaps: 0 });
        if (end?.recovered === true) {
          recoveredOnes += 1;
          expect(end).toMatchObject({ exitCode: null, reason: HOST_DIED });
        }
        expect(recordings.ended.has('session')).toBe(true);
        expect(delivered).toHaveLength(1);
      }
    };
    await Promise.all([worker(), worker()]);
    expect(begun).toBeGreaterThan(PIECES.length * 2);
    expect(recoveredOnes).toBeGreaterThan(PIECES.length * 2);
  });
});

describe('a spool that ends anywhere', () => {
  const encoded = recordedEvents([output(1, 'one'), output(2, 'two')], { ...HEADER, sessionId: 'session' });
  const order = `${JSON.stringify({ version: 1, role: false, order: { sessionId: 'session', inputs: {}, settings: {} } })}\n`;

  function leave(bytes: Uint8Array, orderText = order): string {
    const directory = join(temporaryDirectory(), 'recordings');
    nodeSpoolFiles.makeDirectory(directory);
    writeFileSync(join(directory, 'session.order.json'), orderText, { mode: 0o600 });
    writeFileSync(join(directory, 'session.gwr'), bytes, { mode: 0o600 });
    return directory;
  }

  test('is recovered up to its last whole event, at every length', { timeout: 120_000 }, async () => {
    const whole = Buffer.concat(encoded);
    const ends = encoded.map((_, index) => Buffer.concat(encoded.slice(0, index + 1)).length);
    for (let length = 0; length <= whole.length; length += 1) {
      // The header is long and all one; its last bytes are as good as all.
      if (length > 20 && length < ends[0]! - 3) continue;
      const { record } = await recovered(leave(whole.subarray(0, length)));
      const events = ends.filter((end) => end <= length).length;
      if (events === 0) {
        expect(record).toBeUndefined();
        continue;
      }
      const { kinds, output: text, end, damage } = readRecord(record!);
      expect(damage).toBeUndefined();
      expect(text).toBe(['', 'one', 'onetwo', 'onetwo'][events - 1]);
      expect(kinds).toHaveLength(Math.min(events, 3) + 1);
      expect(end?.recovered).toBe(events < 4);
    }
  });

  test('and whose disk lost something in between is delivered up to there; the rest is kept and told', async () => {
    const bytes = Buffer.concat(encoded);
    bytes.fill(0, encoded[0]!.length + 5, encoded[0]!.length + encoded[1]!.length + 9);
    const directory = leave(bytes);
    const recordings = new FakeRecordings();
    const { recorders, log } = setUpRecorders({ directory, endpoint: await recordings.start() });
    await recorders.start();
    await until('it is delivered', () => !existsSync(join(directory, 'session.order.json')));
    expect(readRecord(recordings.records.get('session')!)).toMatchObject({ output: '', end: { recovered: true } });
    const torn = await nodeSpoolFiles.readAll(join(directory, 'session.torn'));
    expect(Buffer.from(torn).equals(bytes.subarray(encoded[0]!.length))).toBe(true);
    expect(log.lines.join('\n')).toMatch(/a spool was damaged .*changed at byte \d+, event 2/);
  });

  test('with half an order: no session had begun', async () => {
    const { record } = await recovered(leave(Buffer.alloc(0), order.slice(0, 40)));
    expect(record).toBeUndefined();
  });

  test('is recovered again when the first recovery died', async () => {
    const directory = leave(Buffer.concat(encoded.slice(0, 2)));
    const copy = join(temporaryDirectory(), 'copy');
    const recordings = new FakeRecordings();
    recordings.fault = () => 'cut';
    const { recorders } = setUpRecorders({ directory, endpoint: await recordings.start() });
    await recorders.start();
    await until('an attempt', () => recordings.requests.length > 0);
    mkdirSync(copy, { mode: 0o700 });
    cpSync(directory, copy, { recursive: true });
    rmSync(join(copy, 'lock'), { force: true });
    const { record } = await recovered(copy);
    expect(readRecord(record!)).toMatchObject({ output: 'one', damage: undefined, end: { recovered: true } });
  });
});

const canMount = process.getuid?.() === 0 && spawnSync('mount', ['--version']).status === 0;
const FULL = 'the disk of the container host is full';

describe.skipIf(!canMount)('a disk that fills up (needs root: a small tmpfs)', () => {
  test('ends what must be recorded; what was sent is on record, and all recovers', { timeout: 60_000 }, async () => {
    const directory = join(temporaryDirectory(), 'recordings');
    nodeSpoolFiles.makeDirectory(directory);
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k,mode=0700', 'tmpfs', directory]);
    expect(mounted.stderr.toString()).toBe('');
    const recordings = new FakeRecordings();
    const { recorders } = setUpRecorders({ directory, endpoint: await recordings.start() });
    try {
      await recorders.start();
      recordings.fault = () => 'cut';
      const sessions = await Promise.all(
        Array.from({ length: 8 }, async (_, index) => {
          const sessionId = `session-${index}`;
          return { sessionId, recorder: (await recorders.open(recordedSession({}, { sessionId })))!, sent: 0 };
        }),
      );
      const running = new Set(sessions);
      // Pieces of many sizes, so that there is no room left at many places of an event.
      for (let round = 1; running.size > 0; round += 1) {
        for (const session of running) {
          const piece = Buffer.alloc(1 + ((round * 1_237 + running.size * 311) % 3_000), 'x');
          try {
            void session.recorder.record('output', piece);
            session.sent += piece.length;
          } catch (error) {
            expect((error as Error).message).toBe(FULL);
            running.delete(session);
          }
        }
      }
      await expect(recorders.open(recordedSession())).rejects.toThrow(FULL);
      await Promise.all(sessions.map(({ recorder }) => recorder.close({ exitCode: 0, reason: '' })));
      expect(spawnSync('mount', ['-o', 'remount,size=10m', directory]).status).toBe(0);
      recordings.fault = () => undefined;
      await expect(recorders.open(recordedSession())).resolves.toBeDefined();
      await until('all ends', () => recordings.ended.size === sessions.length, 20_000);
      for (const { sessionId, sent } of sessions) {
        const { output: recorded, damage } = readRecord(recordings.records.get(sessionId)!);
        expect([sessionId, damage, recorded.length]).toEqual([sessionId, undefined, sent]);
      }
    } finally {
      await recorders.stop(0);
      spawnSync('umount', ['-l', directory]);
    }
  });
});

test('the header itself is chained and checked', () => {
  const writer = new RecordingWriter(sha256);
  const bytes = Buffer.from(writer.encode(EventKind.Header, 0, encodeHeader(HEADER)));
  bytes[20]! ^= 1;
  expect(readRecord(bytes).damage).toMatchObject({ what: 'changed', event: 1, offset: 0 });
});
