import { describe, expect, test } from 'vitest';
import { momentOption, placeOption, positiveOption, readDuration } from './time-option.js';

test.each([
  ['90', 90_000],
  ['1.5', 1_500],
  ['45s', 45_000],
  ['1m30s', 90_000],
  ['2h', 7_200_000],
  ['1.5h', 5_400_000],
  ['3d', 259_200_000],
  ['1w', 604_800_000],
  ['', undefined],
  ['-1', undefined],
  ['1y', undefined],
  ['m', undefined],
  ['1m30', undefined],
])('a duration: %j', (text, milliseconds) => {
  expect(readDuration(text)).toBe(milliseconds);
});

test.each([
  ['1m30s', 90e6],
  ['1:30', 90e6],
  ['1:02:03', 3723e6],
  ['0:05', 5e6],
  ['90', 90e6],
])('a place: %j', (text, microseconds) => {
  expect(placeOption(text)).toBe(microseconds);
});

describe('moments', () => {
  const now = Date.parse('2026-11-25T12:00:00Z');
  test.each([
    ['2h', '2026-11-25T10:00:00Z'],
    ['1d12h', '2026-11-24T00:00:00Z'],
    ['2026-11-01', '2026-11-01T00:00:00Z'],
    ['2026-11-01T10:20:30+01:00', '2026-11-01T09:20:30Z'],
  ])('%s', (text, time) => {
    expect(momentOption(now)(text)).toBe(Date.parse(time));
  });
});

test.each([
  () => placeOption('soon'),
  () => placeOption('1:60'),
  () => momentOption(0)('yesterday'),
  () => momentOption(0)('5'),
  () => momentOption(0)('2026-13-01'),
  () => positiveOption('0'),
  () => positiveOption('fast'),
  () => positiveOption(''),
  () => positiveOption('Infinity'),
])('what is none is refused: %s', (read) => {
  expect(read).toThrow(/^It takes a /);
});
