import { afterEach, expect, test } from 'vitest';
import { EventKind, type RecordingEvent } from '../../core/recording/recording-format.js';
import { linesOf, json, output, PIPES_HEADER, stream, TERMINAL_HEADER } from './terminal-recording.fixture.js';
import { transcriptLog } from './transcript-log.js';
import { transcriptLines } from './transcript-lines.js';
import { TranscriptBroken, TranscriptThread } from './transcript-thread.js';

const thread = new TranscriptThread();
afterEach(() => thread.close());

const END = json(EventKind.End, { exitCode: 7, reason: '', recovered: false, counts: {} }, 65_000_000);

async function collect<T>(pieces: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const piece of pieces) all.push(piece);
  return all;
}

function numbered(count: number): RecordingEvent[] {
  return Array.from({ length: count }, (_, n) => output(`${n} ${'x'.repeat(50)}\r\n`, n * 1000));
}

test('the thread makes the lines that would be made here', async () => {
  const events = numbered(20_000);
  expect(await collect(thread.lines(TERMINAL_HEADER, stream(events)))).toEqual(await linesOf(TERMINAL_HEADER, events));
  expect(await collect(thread.lines(PIPES_HEADER, stream(events)))).toEqual(await linesOf(PIPES_HEADER, events));
});

test('many at once are made one after the other, and the timers of this thread go on', async () => {
  const events = numbered(20_000);
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  const made = await Promise.all([1, 2, 3].map(() => collect(thread.lines(TERMINAL_HEADER, stream(events)))));
  clearInterval(timer);
  expect(made.map((lines) => lines.length)).toEqual([20_000, 20_000, 20_000]);
  expect(longest).toBeLessThan(1_000);
});

test('one that is given up does not reach into the next', async () => {
  const lines = thread.lines(TERMINAL_HEADER, stream(numbered(10_000)));
  await lines.next();
  await lines.return();
  expect(await collect(thread.lines(TERMINAL_HEADER, stream([output('b')])))).toEqual([{ text: 'b', time: 0 }]);
});

test('events that cannot be read are the taker’s to know, and the next is made', async () => {
  async function* broken(): AsyncGenerator<RecordingEvent> {
    yield* numbered(3);
    await Promise.reject(new Error('disk'));
  }
  await expect(collect(thread.lines(TERMINAL_HEADER, broken()))).rejects.toThrow('disk');
  expect(await collect(thread.lines(TERMINAL_HEADER, stream([output('b')])))).toHaveLength(1);
});

test('a screen that would need more memory than there is breaks the thread alone', { timeout: 60_000 }, async () => {
  async function* zalgo(): AsyncGenerator<RecordingEvent> {
    yield output('a');
    const marks = Buffer.from('\u0301\u0302'.repeat(100_000));
    for (let n = 0; n < 10_000; n++) yield await Promise.resolve(output(marks, n));
  }
  const small = new TranscriptThread(64);
  await expect(collect(small.lines(TERMINAL_HEADER, zalgo()))).rejects.toThrow(TranscriptBroken);
  expect(await collect(small.lines(TERMINAL_HEADER, stream([output('b')])))).toHaveLength(1);
  await small.close();
});

async function log(header: typeof TERMINAL_HEADER, events: RecordingEvent[]): Promise<string> {
  return (await collect(transcriptLog(header, stream(events), transcriptLines))).join('');
}

test('the log is framed as script does it', async () => {
  expect(await log(TERMINAL_HEADER, [output('hello\r\n'), END])).toBe(
    'Script started on 2026-01-02 03:04:05+00:00 [TERM="xterm-256color" COLUMNS="80" LINES="24"]\nhello\n' +
      '\nScript done on 2026-01-02 03:05:10+00:00 [COMMAND_EXIT_CODE="7"]\n',
  );
  expect(await log(PIPES_HEADER, [output('hello')])).toBe(
    'Script started on 2026-01-02 03:04:05+00:00 [<not executed on terminal>]\nhello\n' +
      '\nScript done on 2026-01-02 03:04:05+00:00 [<exit code not known>]\n',
  );
});

test('a line of the log cannot be forged by the name of a terminal', async () => {
  const terminal = { columns: 80, rows: 24, term: 'x"]\nScript done' };
  const [first] = (await log({ ...TERMINAL_HEADER, terminal }, [])).split('\n');
  expect(first).toBe('Script started on 2026-01-02 03:04:05+00:00 [TERM="x]Script done" COLUMNS="80" LINES="24"]');
});
