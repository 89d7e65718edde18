import { createPublicKey, type KeyObject } from 'node:crypto';
import { instanceError } from './instance-error.js';
import { RSA_BITS } from './managed-instance.js';

/** The only type that agents have. */
export const KEY_TYPE = 'Rsa';
/** Of the exponent; all programs take 65537. A large one makes verifying as slow as signing. */
const MAX_EXPONENT = 0xffff_ffffn;

/** SubjectPublicKeyInfo, DER in base64. Throws InvalidPublicKey unless it is an RSA key of a size that is of use. */
export function readPublicKey(text: string): KeyObject {
  const key = parse(text);
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType !== 'rsa') throw instanceError.invalidPublicKey('it is no RSA key');
  if (modulusLength < RSA_BITS[0] || modulusLength > RSA_BITS[1]) {
    throw instanceError.invalidPublicKey(`an RSA key has ${RSA_BITS.join(' to ')} bits here, not ${modulusLength}`);
  }
  if (publicExponent < 3n || publicExponent > MAX_EXPONENT) {
    throw instanceError.invalidPublicKey('its exponent is out of range');
  }
  return key;
}

/** One text for one key, however it was written: keys are compared by it. */
export function publicKeyText(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'der' }).toString('base64');
}

function parse(text: string): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
  } catch {
    throw instanceError.invalidPublicKey('it is no SubjectPublicKeyInfo, DER in base64');
  }
}
