import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { SigningKey, Statement, StatementContent } from '../../core/recording/recordings-api.js';

/** Bytes of a key's SHA-256 that are its id. */
const KEY_ID_BYTES = 16;

/** A key that statements are checked with. */
export interface VerifyingKey {
  readonly keyId: string;
  readonly key: KeyObject;
}

/** Throws when the PEM is none of an Ed25519 public key. */
export function readPublicKey(pem: string): VerifyingKey {
  const key = createPublicKey(pem);
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('the public key is none of Ed25519');
  const der = key.export({ type: 'spki', format: 'der' });
  return {
    key,
    keyId: createHash('sha256')
      .update(der)
      .digest('hex')
      .slice(0, KEY_ID_BYTES * 2),
  };
}

/** The endpoint's own word, for whoever has pinned no key. */
export function endpointKey({ keyId, publicKey }: SigningKey): VerifyingKey {
  const key = readPublicKey(publicKey);
  if (key.keyId !== keyId) throw new Error(`the endpoint's key says that it is ${keyId}, and is ${key.keyId}`);
  return key;
}

/** What a statement says, if it is signed with the key; otherwise what is wrong with it. */
export function readStatement(
  { signed, signature, keyId }: Statement,
  key: VerifyingKey,
): { readonly content: StatementContent } | { readonly problem: string } {
  if (keyId !== key.keyId)
    return { problem: `the statement is signed with the key ${keyId}, and not with ${key.keyId}` };
  if (!verify(null, Buffer.from(signed), key.key, Buffer.from(signature, 'base64'))) {
    return { problem: 'the signature of the statement does not fit to it' };
  }
  return { content: JSON.parse(signed) as StatementContent };
}

/** Hex, as the next statement names this one. */
export function statementDigest(signed: string): string {
  return createHash('sha256').update(signed).digest('hex');
}
