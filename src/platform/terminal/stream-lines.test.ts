import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventKind } from '../../core/recording/recording-format.js';
import { PlainText } from './plain-text.js';
import { MAX_LINE_LENGTH } from './transcript-line.js';
import { json, linesOf, output, PIPES_HEADER, stderr } from './terminal-recording.fixture.js';

const texts = async (...events: Parameters<typeof linesOf>[1][number][]): Promise<string[]> =>
  (await linesOf(PIPES_HEADER, events)).map(({ text }) => text);

test('lines of stdout and stderr, each whole, in the order of their ends', async () => {
  expect(await texts(output('out '), stderr('err\n'), output('put\nlast'), stderr('!'))).toEqual([
    ...['err', 'out put', 'last', '!'],
  ]);
});

test('each line has the time of its last piece', async () => {
  const lines = await linesOf(PIPES_HEADER, [output('a', 1), output('b\nc', 2), output('\n', 3)]);
  expect(lines).toEqual([
    { text: 'ab', time: 2 },
    { text: 'c', time: 3 },
  ]);
});

test('line ends of every kind; a lone carriage return ends a line too', async () => {
  expect(await texts(output('a\r\nb\n\nc\r50%\r100%\r\r\nd'))).toEqual(['a', 'b', '', 'c', '50%', '100%', 'd']);
});

test('control sequences are no text, and a string that never ends hides one line', async () => {
  expect(await texts(output('\x1b[1mbold\x1b[0m\tx\x07\x1b]0;title\x07y\x1bPq\x1b\\z\x1b(Bw\x9b1mv\n'))).toEqual([
    'bold\txyzwv',
  ]);
  expect(await texts(output('\x1b]0;hidden\nseen\n'))).toEqual(['', 'seen']);
});

test('a line of many megabytes goes on in lines of its own', async () => {
  const piece = 'é'.repeat(50_000);
  const lines = await texts(...Array.from({ length: 40 }, () => output(piece)), output('\nnext'));
  expect(lines.slice(0, -1).join('')).toBe(piece.repeat(40));
  expect(Math.max(...lines.map(({ length }) => length))).toBe(MAX_LINE_LENGTH);
  expect(lines.at(-1)).toBe('next');
});

test('what is missing is said; what was typed is not shown', async () => {
  const gap = json(EventKind.Gap, { bytes: 42, reason: 'no space left on device' });
  const typed = { ...output('password'), kind: EventKind.Input };
  expect(await texts(output('a\n'), gap, typed, output('b\n'))).toEqual([
    ...['a', '[42 bytes are missing here: no space left on device]', 'b'],
  ]);
});

const nasty = fc
  .array(
    fc.constantFrom('\r', '\n', '\x1b', '[', '1', 'm', ']', ';', '\x07', '\\', 'P', '\x18', '\x9b', 'é', '漢', ' '),
    {
      maxLength: 60,
    },
  )
  .map((parts) => Buffer.from(parts.join('')));

test('whatever is sent, and however it is cut: the same lines', async () => {
  const property = fc.asyncProperty(
    fc.oneof(nasty, fc.uint8Array({ maxLength: 200 })),
    fc.array(fc.nat(20)),
    async (bytes, cuts) => {
      const pieces: Uint8Array[] = [];
      let at = 0;
      for (const cut of cuts) {
        pieces.push(bytes.subarray(at, at + cut));
        at += cut;
      }
      const cut = [...pieces, bytes.subarray(at)].map((piece) => output(piece));
      expect(await texts(...cut)).toEqual(await texts(output(bytes)));
    },
  );
  await fc.assert(property);
});

test('what is left of any text has no control characters but tabs and line ends', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(new PlainText().strip(text)).not.toMatch(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/);
    }),
  );
});
