import { expect, test } from 'vitest';
import { DamagedFile, Segments } from './segments.js';

const KEY = new Uint8Array(32).fill(7);
const FILE = '0123456789abcdef0123456789abcdef';
const segments = new Segments(KEY, FILE);
const sealed = (number: number, last: boolean): Buffer =>
  Buffer.concat(segments.seal(Buffer.from('content'), number, last));

test('a segment opens in its own place', () => {
  expect(Buffer.from(segments.open(sealed(3, false), 3, false)).toString()).toBe('content');
  expect(Buffer.from(segments.open(sealed(4, true), 4, true)).toString()).toBe('content');
});

test.each([
  ['as the last, which it was not', () => segments.open(sealed(3, false), 3, true)],
  ['as one of the middle, though it was the last', () => segments.open(sealed(3, true), 3, false)],
  ['under another number', () => segments.open(sealed(3, false), 2, false)],
  ['in another file', () => new Segments(KEY, FILE.replace('0', '1')).open(sealed(3, false), 3, false)],
  ['under another key', () => new Segments(new Uint8Array(32), FILE).open(sealed(3, false), 3, false)],
])('and not %s', (_place, open) => {
  expect(open).toThrow(DamagedFile);
});
