import { decodeBase64, encodeBase64 } from './base64.js';
import { encodeJson, JsonFields } from './json-fields.js';
import { PayloadError } from './payload-error.js';

/** Payload types 8 and 9, one shape for both directions (wire-protocol 4.3): nonce, ciphertext and tag in Base64. */
export function encodeEncryptionChallenge(sealed: Uint8Array): Uint8Array {
  return encodeJson({ Challenge: encodeBase64(sealed) });
}

/** Throws a PayloadError. */
export function parseEncryptionChallenge(payload: Uint8Array): Uint8Array {
  const sealed = decodeBase64(JsonFields.parse(payload, 'EncryptionChallenge').requiredString('Challenge'));
  if (sealed === undefined) throw new PayloadError('EncryptionChallenge.Challenge', 'is not Base64');
  return sealed;
}
