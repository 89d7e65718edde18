import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../store/temporary-directory.fixture.js';
import { openRootKey } from './root-key.js';

test('it is made once, for its owner only, and read again', () => {
  const directory = temporaryDirectory();
  const path = join(directory, 'root.key');
  const key = openRootKey(path, { make: true });
  expect(key).toHaveLength(32);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, 'utf8')).toBe(`${Buffer.from(key).toString('base64')}\n`);
  expect(openRootKey(path, { make: true })).toEqual(key);
  expect(openRootKey(path, { make: false })).toEqual(key);
  expect(readdirSync(directory)).toEqual(['root.key']);
});

test('one that is not there is only made when that is wanted', () => {
  const directory = temporaryDirectory();
  expect(() => openRootKey(join(directory, 'root.key'), { make: false })).toThrow('there is no root key');
  expect(readdirSync(directory)).toEqual([]);
  expect(() => openRootKey(join(directory, 'none', 'root.key'), { make: true })).toThrow('cannot make the root key');
});

test('one that others can read is refused, with the remedy', () => {
  const path = join(temporaryDirectory(), 'root.key');
  openRootKey(path, { make: true });
  for (const mode of [0o640, 0o604, 0o620, 0o601]) {
    chmodSync(path, mode);
    expect(() => openRootKey(path, { make: true })).toThrow(
      `can be read by other users (mode 0${mode.toString(8)}): run \`chmod 600\` on it`,
    );
  }
});

test.each(['', 'short\n', `${'A'.repeat(44)}\n`, `${Buffer.alloc(31).toString('base64')}\n`, 'ä'.repeat(44)])(
  'what is no key is refused: %j',
  (text) => {
    const path = join(temporaryDirectory(), 'root.key');
    writeFileSync(path, text, { mode: 0o600 });
    expect(() => openRootKey(path, { make: true })).toThrow('is no root key');
    expect(readFileSync(path, 'utf8')).toBe(text);
  },
);
