import type { KeyService } from '../../core/channel/channel-api.js';
import { AwsClient } from './aws-client.js';
import { AwsError } from './aws-error.js';
import { defaultEndpoint } from './configuration/default-endpoint.js';
import type { Credentials } from './credentials.js';
import type { Trust } from './trust.js';

/** First part of `X-Amz-Target`. */
const KMS_TARGET_PREFIX = 'TrentService';
/** For one attempt: with its repetitions a call shall end before the handshake's 15 s do, so that its cause is said. */
export const KMS_TIMEOUT_MS = 4_000;

/** One operation of KMS (JSON 1.1). Rejects with an {@link AwsError} when KMS answers with one. */
export type KmsCall = (
  operation: 'GenerateDataKey' | 'Decrypt',
  input: Readonly<Record<string, unknown>>,
) => Promise<unknown>;

export interface KmsClientOptions {
  /** Base URL, or `aws` for AWS's own of the region. */
  readonly endpointUrl: string;
  readonly region: string;
  /** Asked before every attempt, so that they can be renewed. */
  readonly credentials: () => Promise<Credentials>;
  /** PEM certificates to trust beside the usual ones. */
  readonly ca?: Trust;
}

/** The two calls of an encrypted session, signed (wire-protocol 8). */
export function createKmsClient(options: KmsClientOptions): KeyService {
  const { endpointUrl, region, credentials, ca } = options;
  const client = new AwsClient({
    endpoint: endpointUrl === 'aws' ? defaultEndpoint('kms', region) : endpointUrl,
    region,
    credentials,
    timeoutMs: KMS_TIMEOUT_MS,
    ...(ca !== undefined && { ca }),
  });
  return kmsKeyService((operation, input) => client.json('kms', KMS_TARGET_PREFIX, operation, input));
}

/** The key service of a channel, over whoever calls KMS. Errors say KMS's code, which often is all they have to say. */
export function kmsKeyService(call: KmsCall): KeyService {
  const ask: KmsCall = (operation, input) =>
    call(operation, input).catch((error: unknown) => {
      throw error instanceof AwsError ? new Error(`${error.code}: ${error.message}`, { cause: error }) : error;
    });
  return {
    async generateDataKey({ keyId, numberOfBytes, encryptionContext }) {
      const output = await ask('GenerateDataKey', {
        EncryptionContext: encryptionContext,
        KeyId: keyId,
        NumberOfBytes: numberOfBytes,
      });
      return { plaintext: bytesOf(output, 'Plaintext'), ciphertextBlob: bytesOf(output, 'CiphertextBlob') };
    },
    async decrypt({ keyId, ciphertextBlob, encryptionContext }) {
      const output = await ask('Decrypt', {
        CiphertextBlob: Buffer.from(ciphertextBlob).toString('base64'),
        EncryptionContext: encryptionContext,
        KeyId: keyId,
      });
      return bytesOf(output, 'Plaintext');
    },
  };
}

function bytesOf(output: unknown, member: string): Uint8Array {
  const value = (output as Readonly<Record<string, unknown>> | null)?.[member];
  if (typeof value !== 'string') throw new Error(`KMS answered without ${member}`);
  return Buffer.from(value, 'base64');
}
