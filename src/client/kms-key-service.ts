import type { KeyService } from '../core/channel/channel-api.js';
import type { AwsCall } from './aws-call.js';

function bytes(base64: string | undefined, member: string): Uint8Array {
  if (base64 === undefined) throw new Error(`KMS answered without ${member}`);
  return Buffer.from(base64, 'base64');
}

/** Data keys from KMS, with the caller's own credentials (wire-protocol 8). */
export function kmsKeyService(call: AwsCall): KeyService {
  return {
    async generateDataKey({ keyId, numberOfBytes, encryptionContext }) {
      const output = (await call('kms', 'GenerateDataKey', {
        KeyId: keyId,
        NumberOfBytes: numberOfBytes,
        EncryptionContext: encryptionContext,
      })) as { Plaintext?: string; CiphertextBlob?: string };
      return {
        plaintext: bytes(output.Plaintext, 'Plaintext'),
        ciphertextBlob: bytes(output.CiphertextBlob, 'CiphertextBlob'),
      };
    },
    async decrypt({ keyId, ciphertextBlob, encryptionContext }) {
      const output = (await call('kms', 'Decrypt', {
        KeyId: keyId,
        CiphertextBlob: Buffer.from(ciphertextBlob).toString('base64'),
        EncryptionContext: encryptionContext,
      })) as { Plaintext?: string };
      return bytes(output.Plaintext, 'Plaintext');
    },
  };
}
