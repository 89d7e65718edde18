import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_REPEATS } from './emulated-screen.js';
import { MAX_LINE_LENGTH } from './transcript-line.js';
import { linesOf, output, resize, shown, TERMINAL_HEADER } from './terminal-recording.fixture.js';

const numbered = (count: number, from = 1): string[] => Array.from({ length: count }, (_, n) => `line ${n + from}`);

test('lines that scrolled off and the final screen, once each, in order', async () => {
  const lines = numbered(1000);
  expect(await shown(lines.map((line) => `${line}\r\n`).join(''))).toEqual(lines);
});

test('colours and cursor movements are resolved', async () => {
  expect(await shown('\x1b[1;31mred\x1b[0m \x1b]0;title\x07plain\r\nabc\x1b[2Dxy\r\n')).toEqual(['red plain', 'axy']);
});

test('what a carriage return or a backspace wrote over is gone: a progress bar is its last state', async () => {
  const bar = Array.from({ length: 101 }, (_, percent) => `\r\x1b[K${'#'.repeat(percent / 2)} ${percent}%`);
  expect(await shown(...bar, '\r\n', 'sudp\b\bdo\r\n')).toEqual([`${'#'.repeat(50)} 100%`, 'sudo']);
});

test('wrapped lines are one line, on the screen and above it', async () => {
  const long = 'x'.repeat(200);
  expect(await shown(`${long}\r\n`, 'y\r\n'.repeat(30), long)).toEqual([long, ...Array<string>(30).fill('y'), long]);
});

test('a line that is longer than any terminal goes on in lines of its own, and none of it is lost', async () => {
  const long = Array.from({ length: 20_000 }, (_, n) => `${n} `).join('');
  const lines = await shown(`${long}end\r\nnext\r\n`);
  expect(lines.map(({ length }) => length <= MAX_LINE_LENGTH)).not.toContain(false);
  expect(lines.slice(0, -1).join('')).toBe(`${long}end`);
  expect(lines.at(-1)).toBe('next');
});

test.each([
  ['clear', '\x1b[H\x1b[2J\x1b[3J'],
  ['a terminal that has no more than an erase', '\x1b[H\x1b[J'],
  ['reset', '\x1bc'],
  ['Ctrl-L', '\x1b[H\x1b[2J'],
])('what %s wiped is kept', async (_name, wipe) => {
  expect(await shown('secret\r\n', `${wipe}after\r\n`)).toEqual(['secret', 'after']);
  expect(await shown(numbered(40).join('\r\n'), `${wipe}after\r\n`)).toEqual([...numbered(40), 'after']);
});

test('a wipe of what has scrolled off alone loses and doubles nothing', async () => {
  expect(await shown(numbered(40).join('\r\n'), '\x1b[3J\r\nafter')).toEqual([...numbered(40), 'after']);
});

test('the alternate screen stands where it was shown, and the screen before it once', async () => {
  const lines = await shown(
    '$ ls\r\na b\r\n$ vi x\r\n',
    '\x1b[?1049h\x1b[2J\x1b[Hinside\r\n~\x1b[?1049l',
    '$ exit\r\n',
  );
  expect(lines).toEqual(['$ ls', 'a b', '$ vi x', 'inside', '~', '$ exit']);
});

test('pages that were turned on the alternate screen are all there', async () => {
  const page = (n: number): string => `\x1b[H${numbered(23, n * 23 + 1).join('\x1b[K\r\n')}\x1b[K`;
  const events = [0, 1, 2, 1].map((n, index) => output(page(n), (index + 1) * 1_000_000));
  const lines = await linesOf(TERMINAL_HEADER, [output('\x1b[?1049h'), ...events, output('\x1b[?1049l', 5_000_000)]);
  expect(lines.map(({ text }) => text).sort()).toEqual(numbered(69).sort());
});

test('what rushed through the alternate screen is there too', async () => {
  const lines = await shown(`\x1b[?1049h${numbered(500).join('\r\n')}\x1b[?1049l`);
  expect(lines).toEqual(numbered(500));
});

test('a line that is typed on the alternate screen is there as it was last', async () => {
  const typed = 'a secret line'.split(/(?:)/).map((key, n) => output(key, n * 500_000));
  const lines = await linesOf(TERMINAL_HEADER, [output('\x1b[?1049h'), ...typed, output('\x1b[?1049l', 9e7)]);
  expect(lines.map(({ text }) => text)).toEqual(['a secret line']);
});

test('an alternate screen that is never left is there', async () => {
  expect(await shown('before\r\n\x1b[?1049hinside')).toEqual(['before', 'inside']);
});

test('the time of a line is that of its last change', async () => {
  const lines = await linesOf(TERMINAL_HEADER, [
    output('one\r\n', 1_000_000),
    output('two', 2_000_000),
    output(' more\r\n', 3_000_000),
    output('\r\n', 50_000_000),
    output(numbered(30).join('\r\n'), 60_000_000),
  ]);
  expect(lines.slice(0, 2)).toEqual([
    { text: 'one', time: 1_000_000 },
    { text: 'two more', time: 3_000_000 },
  ]);
  expect(lines.at(-1)).toEqual({ text: 'line 30', time: 60_000_000 });
});

test.each([
  [1, 1],
  [10_000, 10_000],
  [0, 0],
  [-1, NaN],
])('a terminal of %i by %i loses no line', async (columns, rows) => {
  const lines = await linesOf({ terminal: { columns, rows, term: 'xterm' } }, [output('first\r\nsecond\r\n')]);
  expect(lines.map(({ text }) => text)).toEqual(['first', 'second']);
});

test('lines survive the terminal growing and shrinking, once each', async () => {
  const sizes = [resize(1, 1), resize(10_000, 10_000), resize(40, 10), resize(200, 60), resize(80, 24)];
  const events = sizes.flatMap((size, n) => [output(`${numbered(50, n * 50 + 1).join('\r\n')}\r\n`), size]);
  const lines = await linesOf(TERMINAL_HEADER, events);
  expect(lines.map(({ text }) => text)).toEqual(numbered(250));
});

test('a terminal that has grown and is written on from the top keeps what was above', async () => {
  const lines = await linesOf(TERMINAL_HEADER, [
    output(`${numbered(40).join('\r\n')}\r\n`),
    resize(80, 50),
    output(`\x1b[H\x1b[2J${numbered(60, 101).join('\r\n')}`),
  ]);
  expect(lines.map(({ text }) => text)).toEqual([...numbered(40), ...numbered(60, 101)]);
});

test('sequences that would keep the emulator busy for ever are left out', async () => {
  const before = process.cpuUsage().user;
  const counts = [2 ** 31 - 1, MAX_REPEATS + 1];
  const sequences = 'bLMSTIZ'
    .split(/(?:)/)
    .flatMap((final) => counts.map((count) => `x\x1b[${count}${final}`))
    .join('');
  expect(await shown(`${sequences}\r\nend`)).toEqual(['x'.repeat(14), 'end']);
  expect(process.cpuUsage().user - before).toBeLessThan(2_000_000);
});

test('broken UTF-8 is shown as what cannot be read', async () => {
  expect(await shown(Buffer.from([0x61, 0xff, 0x62, 0xe2, 0x82]))).toEqual(['a\ufffdb\ufffd']);
  expect(await shown(Buffer.from([0xe2, 0x82]), Buffer.from([0xac]))).toEqual(['€']);
});

const hostile = fc.oneof(
  { weight: 3, arbitrary: fc.uint8Array({ maxLength: 300 }) },
  {
    weight: 5,
    arbitrary: fc
      .array(
        fc.constantFrom(
          ...[
            '\x1b[2J',
            '\x1b[H',
            '\x1b[J',
            '\x1b[3J',
            '\x1bc',
            '\x1b[?1049h',
            '\x1b[?1049l',
            '\x1b[?47h',
            '\x1b[5;10r',
          ],
          ...[
            '\x1b[r',
            '\x1bM',
            '\x1bD',
            '\x1b[99b',
            '\x1b[7L',
            '\x1b[3M',
            '\x1b[9S',
            '\x1b[4T',
            '\r\n',
            '\n',
            '\r',
            '\t',
          ],
          ...[
            'wörld',
            '漢字',
            '👩‍👩‍👧',
            'e\u0301',
            'x'.repeat(90),
            'some words ',
            '\x1b]8;;http://a\x07',
            '\x1bP',
            '\x1b\\',
          ],
          ...numbered(9),
        ),
        { maxLength: 120 },
      )
      .map((parts) => Buffer.from(parts.join(''))),
  },
);

test(
  'whatever is sent, and however it is cut: the same transcript, and never a throw',
  { timeout: 120_000 },
  async () => {
    const property = fc.asyncProperty(
      fc.array(hostile, { maxLength: 8 }),
      fc.array(fc.nat(400), { maxLength: 20 }),
      fc.constantFrom(1, 2, 7, 80, 200),
      fc.constantFrom(1, 2, 5, 24),
      async (parts, cuts, columns, rows) => {
        const bytes = Buffer.concat(parts);
        const header = { terminal: { columns, rows, term: 'xterm' } };
        const whole = await linesOf(header, [output(bytes)]);
        const pieces: Uint8Array[] = [];
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          pieces.push(bytes.subarray(at, at + cut));
          at += cut;
        }
        expect(
          await linesOf(
            header,
            [...pieces, bytes.subarray(at)].map((piece) => output(piece)),
          ),
        ).toEqual(whole);
      },
    );
    await fc.assert(property, { numRuns: 300 });
  },
);
