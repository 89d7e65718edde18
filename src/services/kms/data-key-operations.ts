import {
  GenerateDataKeyRequest$,
  GenerateDataKeyResponse$,
  GenerateDataKeyWithoutPlaintextRequest$,
  GenerateDataKeyWithoutPlaintextResponse$,
} from '@aws-sdk/client-kms';
import type { GenerateDataKeyRequest, GenerateDataKeyWithoutPlaintextRequest } from '@aws-sdk/client-kms';
import type { Operation } from '../../platform/aws/service.js';
import { shape, type Constraints } from './constraints.js';
import { KeyAccess } from './key-access.js';
import { KeyCipher, requireSupported } from './key-cipher.js';
import { kmsError } from './kms-error.js';
import { kmsOperation } from './kms-operation.js';
import type { KmsParts } from './kms-parts.js';

const BYTES_OF: Readonly<Record<string, number>> = { AES_256: 32, AES_128: 16 };

const constraints: Constraints = {
  KeyId: shape.keyId,
  NumberOfBytes: shape.numberOfBytes,
  KeySpec: { values: ['AES_256', 'AES_128'] },
  GrantTokens: shape.grantTokens,
};

export function dataKeyOperations(parts: KmsParts): readonly Operation[] {
  const access = new KeyAccess(parts);
  const cipher = new KeyCipher(parts);

  async function generate(input: GenerateDataKeyRequest) {
    requireSupported(input);
    const plaintext = parts.random(lengthOf(input));
    const { blob, keyArn } = await cipher.encrypt(input.KeyId ?? '', plaintext, input.EncryptionContext, input.DryRun);
    return { plaintext, blob, keyArn };
  }

  return [
    kmsOperation({
      name: 'GenerateDataKey',
      input: GenerateDataKeyRequest$,
      output: GenerateDataKeyResponse$,
      constraints,
      access: ({ KeyId = '', EncryptionContext }: GenerateDataKeyRequest, context) =>
        access.withContext('kms:GenerateDataKey', KeyId, EncryptionContext, context),
      async run(input) {
        const { plaintext, blob, keyArn } = await generate(input);
        return { CiphertextBlob: blob, Plaintext: plaintext, KeyId: keyArn };
      },
    }),
    kmsOperation({
      name: 'GenerateDataKeyWithoutPlaintext',
      input: GenerateDataKeyWithoutPlaintextRequest$,
      output: GenerateDataKeyWithoutPlaintextResponse$,
      constraints,
      access: ({ KeyId = '', EncryptionContext }: GenerateDataKeyWithoutPlaintextRequest, context) =>
        access.withContext('kms:GenerateDataKeyWithoutPlaintext', KeyId, EncryptionContext, context),
      async run(input) {
        const { blob, keyArn } = await generate(input);
        return { CiphertextBlob: blob, KeyId: keyArn };
      },
    }),
  ];
}

/** Exactly one of the two says how long the key is to be. */
function lengthOf({ NumberOfBytes, KeySpec }: GenerateDataKeyRequest): number {
  if ((NumberOfBytes === undefined) === (KeySpec === undefined)) {
    throw kmsError.validation('Please specify either number of bytes or key spec.');
  }
  return NumberOfBytes ?? BYTES_OF[KeySpec ?? ''] ?? 0;
}
