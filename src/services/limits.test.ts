import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LIMIT_NAMES, Limits } from './limits.js';

test.each([
  ['aws', []],
  ['open', LIMIT_NAMES],
  ['user', ['user']],
  ['aws,user,idle-timeout', ['user', 'idle-timeout']],
  ['open, -user', LIMIT_NAMES.filter((name) => name !== 'user')],
  ['open,aws,debug', ['debug']],
  ['user,-user', []],
])('%s', (text, open) => {
  const limits = Limits.parse(text);
  expect(LIMIT_NAMES.filter((name) => limits.isOpen(name))).toEqual(open);
});

test.each(['', 'none', 'aws,', '-', '--user', '-open', 'toString', 'user idle-timeout'])(
  '%j is refused by name',
  (text) => {
    expect(() => Limits.parse(text)).toThrow(/is no limit: take aws, open, or a list .* running-tasks, .*max-duration/);
  },
);

test('what is printed is read again as the same', () => {
  fc.assert(
    fc.property(fc.subarray([...LIMIT_NAMES]), (open) => {
      const limits = Limits.parse(['aws', ...open].join(','));
      const again = Limits.parse(String(limits));
      expect(LIMIT_NAMES.filter((name) => again.isOpen(name))).toEqual(open);
      expect(String(again)).toBe(String(limits));
    }),
  );
  expect(String(Limits.aws)).toBe('aws');
  expect(String(Limits.open)).toBe('open');
});
