import type { Authorization } from '../../platform/aws/access.js';
import { AwsError } from '../../platform/aws/aws-error.js';
import type { DataKey, DataKeyRequest, DataKeys } from '../data-key-ports.js';
import { readBlobKey } from './ciphertext-blob.js';
import { KeyAccess } from './key-access.js';
import { KeyCipher } from './key-cipher.js';
import { kmsError } from './kms-error.js';
import type { KmsParts } from './kms-parts.js';
import { ServicePrincipal } from './service-principal.js';

/** AES-256. */
export const DATA_KEY_BYTES = 32;

/** Whoever the key is asked for: all of a request but which key. */
type Purpose = Omit<DataKeyRequest, 'keyId'>;

/**
 * The keys of other services' data (S3, CloudWatch Logs). `authorization` decides what is asked on behalf of a caller;
 * without one, such requests are refused.
 */
export function dataKeys(parts: KmsParts, authorization: Authorization | undefined): DataKeys {
  const access = new KeyAccess(parts);
  const cipher = new KeyCipher(parts);
  const principal = new ServicePrincipal(parts);

  async function requireAllowed(action: string, keyId: string, purpose: Purpose): Promise<void> {
    const { service, encryptionContext, context, unasked } = purpose;
    if (unasked === true) return;
    if (context === undefined) {
      await principal.requireAllowed({ service, action, keyId, encryptionContext });
      return;
    }
    const via = { 'kms:ViaService': `${service}.${parts.region}.amazonaws.com` };
    for (const question of await access.withContext(action, keyId, encryptionContext, context, via)) {
      if (authorization === undefined) throw notAsked(question.action);
      await authorization.require(question, context);
    }
  }

  return {
    generate(request): Promise<DataKey> {
      return inWordsOfKms(async () => {
        const { keyId, encryptionContext } = request;
        await requireAllowed('kms:GenerateDataKey', keyId, request);
        const plaintext = parts.random(DATA_KEY_BYTES);
        const { blob, keyArn } = await cipher.encrypt(keyId, plaintext, encryptionContext);
        return { keyArn, plaintext, ciphertext: blob };
      });
    },
    open(request, ciphertext): Promise<Uint8Array> {
      return inWordsOfKms(async () => {
        const blobKey = readBlobKey(ciphertext);
        if (blobKey === undefined) throw kmsError.invalidCiphertext('the blob was not made by this KMS');
        await requireAllowed('kms:Decrypt', blobKey.keyId, request);
        return (await cipher.decrypt(undefined, ciphertext, request.encryptionContext)).plaintext;
      });
    },
  };
}

async function inWordsOfKms<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof AwsError ? error : kmsError.internal(error);
  }
}

function notAsked(action: string): AwsError {
  return new AwsError('AccessDeniedException', `Not authorized to perform: ${action}`, {
    reason: 'there is no authorization that could be asked on behalf of the caller',
  });
}
