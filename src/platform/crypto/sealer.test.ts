import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { ROOT_KEY_BYTES, Sealer } from './sealer.js';

const sealer = new Sealer(randomBytes(ROOT_KEY_BYTES));

test('what was sealed opens again, for the same purpose only', () => {
  const sealed = sealer.sealText('wJalrXUtnFEMI', 'access-key/AKIA1');
  expect(sealer.openText(sealed, 'access-key/AKIA1')).toBe('wJalrXUtnFEMI');
  expect(() => sealer.openText(sealed, 'access-key/AKIA2')).toThrow();
});

test('another root key does not open it, and sealing twice gives two texts', () => {
  const sealed = sealer.sealText('secret', 'p');
  expect(sealer.sealText('secret', 'p')).not.toBe(sealed);
  expect(() => new Sealer(randomBytes(ROOT_KEY_BYTES)).openText(sealed, 'p')).toThrow();
});

test('one changed bit, or a cut, is refused', () => {
  const sealed = sealer.seal(Buffer.from('secret'), 'p');
  for (let index = 0; index < sealed.length; index += 1) {
    const bent = Uint8Array.from(sealed);
    bent[index]! ^= 1;
    expect(() => sealer.open(bent, 'p')).toThrow();
    expect(() => sealer.open(sealed.subarray(0, index), 'p')).toThrow();
  }
});

test('a root key of another length is refused', () => {
  expect(() => new Sealer(randomBytes(16))).toThrow('32 bytes');
});
