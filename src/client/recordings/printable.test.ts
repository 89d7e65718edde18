import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printable, printableJson } from './printable.js';

const steering = /[^\P{C}\p{Co}\p{Cn}]|[\p{Zl}\p{Zp}]/u;

test.each([
  ['plain, ümläut, 漢字, 🙂', 'plain, ümläut, 漢字, 🙂'],
  ['a\nb\tc\r', 'a\\nb\\tc\\r'],
  ['\x1b]52;c;aGk=\x07', '\\x1b]52;c;aGk=\\x07'],
  ['\x9b31m', '\\x9b31m'],
  ['abc\u202etxt', 'abc\\u202etxt'],
  ['\u{e0041}', '\\u{e0041}'],
  ['\ud800', '\\ud800'],
])('%j becomes %j', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('nothing that steers a terminal is left, whatever comes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(printable(text)).not.toMatch(steering);
      const json = printableJson(JSON.stringify({ text }));
      expect(json).not.toMatch(steering);
      expect(JSON.parse(json)).toEqual({ text });
    }),
  );
});

test('indented JSON keeps its lines', () => {
  const value = { a: ['\x1b[2J', '\x9b', '\u202e', '\n'] };
  const json = printableJson(JSON.stringify(value, undefined, 2));
  expect(json.split('\n')).toHaveLength(8);
  expect(JSON.parse(json)).toEqual(value);
});
