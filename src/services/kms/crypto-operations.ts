import {
  DecryptRequest$,
  DecryptResponse$,
  EncryptRequest$,
  EncryptResponse$,
  GenerateRandomRequest$,
  GenerateRandomResponse$,
  ReEncryptRequest$,
  ReEncryptResponse$,
} from '@aws-sdk/client-kms';
import type { DecryptRequest, EncryptRequest, GenerateRandomRequest, ReEncryptRequest } from '@aws-sdk/client-kms';
import type { Operation } from '../../platform/aws/service.js';
import { readBlobKey } from './ciphertext-blob.js';
import { shape } from './constraints.js';
import { KeyCipher, requireSupported } from './key-cipher.js';
import { KeyAccess } from './key-access.js';
import { kmsError } from './kms-error.js';
import { kmsOperation } from './kms-operation.js';
import type { KmsParts } from './kms-parts.js';

/** Encrypt, Decrypt and what is made of them. */
export function cryptoOperations(parts: KmsParts): readonly Operation[] {
  const access = new KeyAccess(parts);
  const cipher = new KeyCipher(parts);

  /** The key the caller names, or else the one that the blob names. */
  function keyOf(keyId: string | undefined, blob: Uint8Array): string {
    return keyId ?? requireBlobKey(blob).keyId;
  }

  return [
    kmsOperation({
      name: 'Encrypt',
      input: EncryptRequest$,
      output: EncryptResponse$,
      constraints: { KeyId: shape.keyId, Plaintext: shape.plaintext, GrantTokens: shape.grantTokens },
      access: ({ KeyId = '', EncryptionContext }: EncryptRequest, context) =>
        access.withContext('kms:Encrypt', KeyId, EncryptionContext, context),
      async run({ KeyId = '', Plaintext = new Uint8Array(), ...input }) {
        requireSupported(input);
        const sealed = await cipher.encrypt(KeyId, Plaintext, input.EncryptionContext, input.DryRun);
        return { CiphertextBlob: sealed.blob, KeyId: sealed.keyArn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
      },
    }),
    kmsOperation({
      name: 'Decrypt',
      input: DecryptRequest$,
      output: DecryptResponse$,
      constraints: { KeyId: shape.optionalKeyId, CiphertextBlob: shape.ciphertext, GrantTokens: shape.grantTokens },
      access: ({ KeyId, CiphertextBlob = new Uint8Array(), EncryptionContext }: DecryptRequest, context) =>
        access.withContext('kms:Decrypt', keyOf(KeyId, CiphertextBlob), EncryptionContext, context),
      async run({ KeyId, CiphertextBlob = new Uint8Array(), ...input }) {
        requireSupported(input);
        const opened = await cipher.decrypt(KeyId, CiphertextBlob, input.EncryptionContext);
        if (input.DryRun === true) throw kmsError.dryRun();
        return { Plaintext: opened.plaintext, KeyId: opened.keyArn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
      },
    }),
    kmsOperation({
      name: 'ReEncrypt',
      input: ReEncryptRequest$,
      output: ReEncryptResponse$,
      constraints: {
        CiphertextBlob: shape.ciphertext,
        SourceKeyId: shape.optionalKeyId,
        DestinationKeyId: shape.keyId,
        GrantTokens: shape.grantTokens,
      },
      async access(input: ReEncryptRequest, context) {
        const { CiphertextBlob = new Uint8Array(), SourceKeyId, DestinationKeyId = '' } = input;
        const from = keyOf(SourceKeyId, CiphertextBlob);
        const same = { 'kms:ReEncryptOnSameKey': String(await cipher.isSameKey(from, DestinationKeyId)) };
        const { SourceEncryptionContext, DestinationEncryptionContext } = input;
        return [
          ...(await access.withContext('kms:ReEncryptFrom', from, SourceEncryptionContext, context, same)),
          ...(await access.withContext(
            'kms:ReEncryptTo',
            DestinationKeyId,
            DestinationEncryptionContext,
            context,
            same,
          )),
        ];
      },
      async run({ CiphertextBlob = new Uint8Array(), SourceKeyId, DestinationKeyId = '', ...input }) {
        requireSupported({ ...input, EncryptionAlgorithm: input.SourceEncryptionAlgorithm });
        requireSupported({ EncryptionAlgorithm: input.DestinationEncryptionAlgorithm });
        const from = await cipher.decrypt(SourceKeyId, CiphertextBlob, input.SourceEncryptionContext);
        const to = await cipher.encrypt(
          DestinationKeyId,
          from.plaintext,
          input.DestinationEncryptionContext,
          input.DryRun,
        );
        return {
          CiphertextBlob: to.blob,
          SourceKeyId: from.keyArn,
          KeyId: to.keyArn,
          SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
          DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        };
      },
    }),
    kmsOperation({
      name: 'GenerateRandom',
      input: GenerateRandomRequest$,
      output: GenerateRandomResponse$,
      constraints: { NumberOfBytes: shape.numberOfBytes },
      access: (_input: GenerateRandomRequest, context) => access.onEverything('kms:GenerateRandom', context),
      run({ NumberOfBytes, CustomKeyStoreId, ...input }) {
        requireSupported(input);
        if (CustomKeyStoreId !== undefined) throw kmsError.unsupported('Custom key stores are not supported.');
        if (NumberOfBytes === undefined) throw kmsError.validation('NumberOfBytes is required.');
        return Promise.resolve({ Plaintext: parts.random(NumberOfBytes) });
      },
    }),
  ];
}

function requireBlobKey(blob: Uint8Array) {
  const key = readBlobKey(blob);
  if (key === undefined) throw kmsError.invalidCiphertext('the blob was not made by this KMS');
  return key;
}
