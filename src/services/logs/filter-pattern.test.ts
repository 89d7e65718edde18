import { expect, test } from 'vitest';
import { AwsError } from '../../platform/aws/aws-error.js';
import { compileFilter } from './filter-pattern.js';

const message = 'GET /index.html [ERROR 500] user="ann" took 12ms';

test.each([
  ['', true],
  [' ', true],
  ['ERROR', true],
  ['error', false],
  ['ERROR 500', true],
  ['500 ERROR', true],
  ['ERROR 404', false],
  ['"[ERROR 500]"', true],
  ['"ERROR 404"', false],
  [String.raw`"user=\"ann\""`, true],
  ['-ERROR', false],
  ['ERROR -404', true],
  ['ERROR -"500]"', false],
  ['?WARN ?ERROR', true],
  ['?WARN ?INFO', false],
  ['?"ERROR 500" ?nothing', true],
  ['GET ?nothing', true],
])('terms: %s', (pattern, matches) => {
  expect(compileFilter(pattern)(message)).toBe(matches);
});

const event = JSON.stringify({
  level: 'error',
  status: 500,
  ok: false,
  user: null,
  a: { b: [{ c: 'x-ray' }] },
  'k-1': 1,
});

test.each([
  ['{ $.level = "error" }', true],
  ['{ $.level = error }', true],
  ['{$.level=warn}', false],
  ['{ $.level != warn }', true],
  ['{ $.missing != warn }', false],
  ['{ $.level = "err*" }', true],
  ['{ $.level = "*r*r" }', true],
  ['{ $.level = "*x*" }', false],
  ['{ $.level = "error*error" }', false],
  ['{ $.status = 500 }', true],
  ['{ $.status >= 500 && $.status < 600 }', true],
  ['{ $.status > 500 || $.level = "error" }', true],
  ['{ ($.status > 500 || $.level = "warn") && $.ok IS FALSE }', false],
  ['{ $.ok IS FALSE }', true],
  ['{ $.user IS NULL }', true],
  ['{ $.missing NOT EXISTS }', true],
  ['{ $.level NOT EXISTS }', false],
  ['{ $.a.b[0].c = "x-*" }', true],
  ['{ $.["k-1"] = 1 }', false],
  ['{ $["k-1"] = 1 }', true],
])('JSON: %s', (pattern, matches) => {
  let found: boolean | string;
  try {
    found = compileFilter(pattern)(event);
  } catch (error) {
    found = (error as Error).message;
  }
  expect(found).toBe(pattern.includes('$.[') ? 'Invalid filter pattern' : matches);
  if (!pattern.includes('$.[')) expect(compileFilter(pattern)('no JSON')).toBe(false);
});

test.each([
  ['a:b', "Invalid character(s) in term 'a:b'"],
  ['"open', 'Invalid filter pattern'],
  ['a"b"', 'Invalid filter pattern'],
  ['{ $.a }', 'Invalid filter pattern'],
  ['{ $.a = }', 'Invalid filter pattern'],
  ['{ $.a = 1', 'Invalid filter pattern'],
  ['{ $.a = 1 } x', 'Invalid filter pattern'],
  ['{ $.a < b }', 'Invalid filter pattern'],
  [`{ ${'('.repeat(500)}`, 'Invalid filter pattern'],
  ['[ip, user]', 'Space-delimited filter patterns are not supported.'],
  ['%a+%', 'Regular expressions in filter patterns are not supported.'],
])('refused: %s', (pattern, text) => {
  const compile = () => compileFilter(pattern);
  expect(compile).toThrow(AwsError);
  expect(compile).toThrow(text);
});
