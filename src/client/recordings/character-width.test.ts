import { expect, test } from 'vitest';
import { characterWidth } from './character-width.js';

test.each([
  ['a', 1],
  ['é', 1],
  ['\u00ad', 1],
  ['\u0301', 0],
  ['\u200d', 0],
  ['漢', 2],
  ['ｗ', 2],
  ['한', 2],
  ['\u1161', 0],
  ['🙂', 2],
  ['✅', 2],
  ['☺', 1],
  ['🇨', 1],
  ['─', 1],
  ['\x07', 0],
])('%j has %i cells', (character, width) => {
  expect(characterWidth(character.codePointAt(0)!)).toBe(width);
});
