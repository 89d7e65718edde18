import { Secret } from '../../platform/aws/secret.js';
import type { EntityKind } from './entity.js';

export type RandomBytes = (length: number) => Uint8Array;

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

const PREFIXES: Readonly<Record<EntityKind, string>> = Object.freeze({
  user: 'AIDA',
  group: 'AGPA',
  role: 'AROA',
  policy: 'ANPA',
  'instance-profile': 'AIPA',
});

/** `AIDA…` and so on: 21 characters, as AWS has them (ecs-api 2). */
export function entityId(random: RandomBytes, kind: EntityKind): string {
  return PREFIXES[kind] + text(random, BASE32, 17);
}

/** `AKIA…`: 20 characters. */
export function accessKeyId(random: RandomBytes): string {
  return `AKIA${text(random, BASE32, 16)}`;
}

/** 40 characters of 6 bits. */
export function secretAccessKey(random: RandomBytes): Secret {
  return new Secret(text(random, BASE64, 40));
}

/** Both alphabets have a power of two of characters, so that each is equally likely. */
function text(random: RandomBytes, alphabet: string, length: number): string {
  return Array.from(random(length), (byte) => alphabet[byte % alphabet.length] ?? '').join('');
}
