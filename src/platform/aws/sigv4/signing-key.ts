import { createHmac } from 'node:crypto';
import type { Secret } from '../secret.js';
import { formatScope } from './credential-scope.js';
import type { CredentialScope } from './credential-scope.js';
import { sha256Hex } from './canonical-request.js';

export const ALGORITHM = 'AWS4-HMAC-SHA256';
/** Enough for every key that signs at one endpoint in one day; the oldest goes first. */
export const SIGNING_KEY_CACHE_SIZE = 512;

/** Derived keys, remembered: the HMAC chain costs four times the signature itself. */
export class SigningKeys {
  readonly #keys = new Map<string, Buffer>();

  /** Hex signature of a canonical request. `timestamp` is `YYYYMMDDThhmmssZ`. */
  sign(secret: Secret, scope: CredentialScope, timestamp: string, canonicalRequest: string): string {
    return this.signText(secret, scope, stringToSign(scope, timestamp, canonicalRequest));
  }

  /** Of a string to sign that is no request: a chunk of a body. */
  signText(secret: Secret, scope: CredentialScope, text: string): string {
    return hmac(this.#key(secret, scope), text).toString('hex');
  }

  get size(): number {
    return this.#keys.size;
  }

  #key(secret: Secret, scope: CredentialScope): Buffer {
    const name = `${scope.date}/${scope.region}/${scope.service}/${secret.reveal()}`;
    const known = this.#keys.get(name);
    if (known !== undefined) return known;
    const parts = [scope.date, scope.region, scope.service, 'aws4_request'];
    const key = parts.reduce<Buffer>(hmac, Buffer.from(`AWS4${secret.reveal()}`));
    this.#keys.set(name, key);
    if (this.#keys.size > SIGNING_KEY_CACHE_SIZE) {
      const oldest = this.#keys.keys().next();
      if (oldest.done !== true) this.#keys.delete(oldest.value);
    }
    return key;
  }
}

/** What is signed, whatever the key. `timestamp` is `YYYYMMDDThhmmssZ`. */
export function stringToSign(scope: CredentialScope, timestamp: string, canonicalRequest: string): string {
  return `${ALGORITHM}\n${timestamp}\n${formatScope(scope)}\n${sha256Hex(canonicalRequest)}`;
}

function hmac(key: Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
