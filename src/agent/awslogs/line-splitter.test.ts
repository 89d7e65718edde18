import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineSplitter, MAX_LINE_BYTES } from './line-splitter.js';

const bytes = (text: string): Uint8Array => Buffer.from(text);

test('lines, however the bytes are cut; the last one without an end waits', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ''))),
      fc.array(fc.nat(40)),
      (lines, cuts) => {
        const splitter = new LineSplitter();
        let rest: Uint8Array = bytes(lines.map((line) => `${line}\n`).join('') + 'rest');
        const found: string[] = [];
        for (const cut of cuts) {
          found.push(...splitter.write(rest.subarray(0, cut)));
          rest = rest.subarray(cut);
        }
        found.push(...splitter.write(rest));
        expect(found).toEqual(lines.filter((line) => line !== ''));
        expect(splitter.flush()).toEqual(['rest']);
        expect(splitter.pending).toBe(false);
      },
    ),
  );
});

test('a line that is too long is cut between characters, and nothing of it is lost', () => {
  const splitter = new LineSplitter();
  const line = `x${'ä🚢'.repeat(100_000)}`;
  const found = [...splitter.write(bytes(line)), ...splitter.write(bytes('\n'))];
  expect(found.join('')).toBe(line);
  expect(found.length).toBeGreaterThan(2);
  for (const part of found) expect(Buffer.byteLength(part)).toBeLessThanOrEqual(MAX_LINE_BYTES);
});

test('bytes that are no text become U+FFFD, and still fit', () => {
  const splitter = new LineSplitter();
  const found = splitter.write(Buffer.concat([Buffer.alloc(MAX_LINE_BYTES, 0xff), bytes('\n')]));
  expect(found.join('')).toBe('\ufffd'.repeat(MAX_LINE_BYTES));
  for (const part of found) expect(Buffer.byteLength(part)).toBeLessThanOrEqual(MAX_LINE_BYTES);
});
