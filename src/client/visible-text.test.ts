import { expect, test } from 'vitest';
import { visibleText } from './visible-text.js';

test('what would move the cursor, or hide, is shown; everything else stays', () => {
  expect(visibleText('a\u001b[2Jb\r\nc\u009b1m\u202e\u2028')).toBe(
    'a\\u001b[2Jb\\u000d\\u000ac\\u009b1m\\u202e\\u2028',
  );
  expect(visibleText('Größe: 10 µm – naïve ☃ 😀 "\'\\')).toBe('Größe: 10 µm – naïve ☃ 😀 "\'\\');
});
