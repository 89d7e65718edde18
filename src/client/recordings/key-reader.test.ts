import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Key, KeyReader } from './key-reader.js';

const typed = ' \x1b[C\x1bOD+-=\x1b[1;5C\x1b[A\x1b[200~q\x03sxyz\x1b[D\x1bq\x1a';
const keys: readonly Key[] = [
  ...(['pause', 'forward', 'back', 'faster', 'slower', 'faster', 'quit', 'quit', 'status', 'back', 'suspend'] as const),
];

test('keys are read in whatever pieces they come', () => {
  expect(new KeyReader().feed(Buffer.from(typed))).toEqual(keys);
  fc.assert(
    fc.property(fc.array(fc.nat(typed.length), { maxLength: 8 }), (cuts) => {
      const reader = new KeyReader();
      const places = [0, ...cuts.sort((one, other) => one - other), typed.length];
      const pieces = places.slice(1).map((end, index) => typed.slice(places[index], end));
      expect(pieces.flatMap((piece) => reader.feed(Buffer.from(piece)))).toEqual(keys);
    }),
  );
});

test('what never ends is forgotten', () => {
  const reader = new KeyReader();
  expect(reader.feed(Buffer.from(`\x1b[${'1'.repeat(100)}`))).toEqual([]);
  expect(reader.feed(Buffer.from('q'))).toEqual(['quit']);
});
