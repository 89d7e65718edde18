import { Secret } from '../../platform/aws/secret.js';

export type RandomBytes = (length: number) => Uint8Array;

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** `AIDA` (user), `AKIA` (access key) … and random characters, together as many as AWS has: 20 or 21. */
export function iamId(random: RandomBytes, prefix: 'AIDA' | 'AKIA'): string {
  const length = prefix === 'AIDA' ? 21 : 20;
  return prefix + text(random, BASE32, length - prefix.length);
}

/** 40 characters of 6 bits. */
export function secretAccessKey(random: RandomBytes): Secret {
  return new Secret(text(random, BASE64, 40));
}

/** Both alphabets have a power of two of characters, so that each is equally likely. */
function text(random: RandomBytes, alphabet: string, length: number): string {
  return Array.from(random(length), (byte) => alphabet[byte % alphabet.length] ?? '').join('');
}
