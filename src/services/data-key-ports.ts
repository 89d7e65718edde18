import type { RequestContext } from '../platform/aws/service.js';

/** For what a service keeps at rest under a customer's key. */
export interface DataKeyRequest {
  /** Key id or ARN, alias name or ARN. */
  readonly keyId: string;
  readonly encryptionContext: Readonly<Record<string, string>>;
  /** `s3`, `logs`: becomes `kms:ViaService`, or the service principal. */
  readonly service: string;
  /**
   * On whose behalf: the key's policy and the caller's policies are asked, as S3 does it. Absent: the service acts for
   * itself, and the key's policy must allow `SERVICE.REGION.amazonaws.com`, as CloudWatch Logs does it.
   */
  readonly context?: RequestContext;
  /** The endpoint's limits are open: no policy is asked, only the key's state. For a service that acts for itself. */
  readonly unasked?: boolean;
}

export interface DataKey {
  readonly keyArn: string;
  /** 32 bytes. Never stored, never logged. */
  readonly plaintext: Uint8Array;
  /** To be kept beside what it encrypts. */
  readonly ciphertext: Uint8Array;
}

/** Implemented by `services/kms`. Every refusal is an AwsError in KMS's words. */
export interface DataKeys {
  /** Asks `kms:GenerateDataKey`. */
  generate(request: DataKeyRequest): Promise<DataKey>;
  /** Asks `kms:Decrypt`. */
  open(request: Omit<DataKeyRequest, 'keyId'>, ciphertext: Uint8Array): Promise<Uint8Array>;
}
