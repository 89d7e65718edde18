import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import {
  DecryptRequest$,
  DecryptResponse$,
  GenerateDataKeyRequest$,
  GenerateDataKeyResponse$,
  type DecryptRequest,
  type GenerateDataKeyRequest,
} from '@aws-sdk/client-kms';
import type { AccessKeys } from './access-keys.js';
import { AwsError } from './aws-error.js';
import { Endpoint } from './endpoint.js';
import type { Operation, RequestContext } from './service.js';

export interface KmsCallSeen {
  readonly operation: string;
  readonly accessKeyId: string;
  readonly input: unknown;
}

/** A small KMS: one key, real cipher, the encryption context bound to the ciphertext, callers told by signature. */
export class TestKms {
  readonly keyArn: string;
  readonly calls: KmsCallSeen[] = [];
  /** `CALLER OPERATION` pairs that policies refuse, for example `ASIATEMP Decrypt`. */
  readonly denied = new Set<string>();
  readonly #master = randomBytes(32);
  readonly #endpoint: Endpoint;
  url = '';

  constructor(region: string, accessKeys: AccessKeys) {
    this.keyArn = `arn:aws:kms:${region}:123456789012:key/11111111-2222-4333-8444-555555555555`;
    const operation = (
      name: string,
      [input, output]: readonly [unknown, unknown],
      run: (given: GenerateDataKeyRequest & DecryptRequest) => unknown,
    ): Operation => ({
      name,
      input,
      output,
      run: (given: unknown, { caller: { accessKeyId, arn } }: RequestContext) => {
        this.calls.push({ operation: name, accessKeyId, input: given });
        if (this.denied.has(`${accessKeyId} ${name}`)) {
          return Promise.reject(new AwsError('AccessDeniedException', denial(arn, name, this.keyArn)));
        }
        return new Promise((resolve) => resolve(run(given as GenerateDataKeyRequest & DecryptRequest)));
      },
    });
    this.#endpoint = new Endpoint({
      services: [
        {
          name: 'kms',
          protocol: 'json-1.1',
          targetPrefix: 'TrentService',
          version: '2014-11-01',
          operations: [
            operation('GenerateDataKey', [GenerateDataKeyRequest$, GenerateDataKeyResponse$], this.#generate),
            operation('Decrypt', [DecryptRequest$, DecryptResponse$], this.#decrypt),
          ],
          missingMember: (path) => new AwsError('ValidationException', path),
        },
      ],
      routes: [],
      upgrades: [],
      accessKeys,
      region,
      clock: Date.now,
      log: () => undefined,
    });
  }

  async listen(): Promise<void> {
    ({ url: this.url } = await this.#endpoint.listen({ host: '127.0.0.1', port: 0 }));
  }

  close(): Promise<void> {
    return this.#endpoint.close();
  }

  readonly #generate = ({ NumberOfBytes = 0, EncryptionContext }: GenerateDataKeyRequest) => {
    const plaintext = randomBytes(NumberOfBytes);
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#master, nonce).setAAD(bound(EncryptionContext));
    const sealed = Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    return { KeyId: this.keyArn, Plaintext: plaintext, CiphertextBlob: sealed };
  };

  readonly #decrypt = ({ CiphertextBlob = new Uint8Array(), EncryptionContext }: DecryptRequest) => {
    try {
      const sealed = Buffer.from(CiphertextBlob);
      const decipher = createDecipheriv('aes-256-gcm', this.#master, sealed.subarray(0, 12));
      decipher.setAAD(bound(EncryptionContext)).setAuthTag(sealed.subarray(-16));
      const plaintext = Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]);
      return { KeyId: this.keyArn, Plaintext: plaintext };
    } catch {
      throw new AwsError('InvalidCiphertextException', '');
    }
  };
}

export function denial(callerArn: string, operation: string, keyArn: string): string {
  return (
    `User: ${callerArn} is not authorized to perform: kms:${operation} on resource: ${keyArn} ` +
    `because no identity-based policy allows the kms:${operation} action`
  );
}

function bound(context: Readonly<Record<string, string>> = {}): Buffer {
  return Buffer.from(JSON.stringify(Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1))));
}
