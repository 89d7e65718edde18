import type { RequestContext } from '../../platform/aws/service.js';
import { AwsError } from '../../platform/aws/aws-error.js';
import { AccessDenied } from '../../platform/aws/access.js';
import { bucketStore } from './bucket-store.js';
import { type BucketEncryption, DEFAULT_ENCRYPTION } from './bucket-encryption.js';
import type { ObjectEncryption, ObjectRecord } from './object-record.js';
import { s3Error } from './s3-error.js';
import type { S3Parts } from './s3-parts.js';

const DATA_KEY_BYTES = 32;
/** What stands for the account's own key of S3, where the request or the bucket names none. */
const AWS_MANAGED_KEY = 'alias/aws/s3';

type Parts = Pick<S3Parts, 'database' | 'sealer' | 'dataKeys' | 'random' | 'partition'>;
type Place = Pick<ObjectRecord, 'bucket' | 'key' | 'id'>;

export interface NewDataKey {
  readonly plaintext: Uint8Array;
  /** To be kept: sealed, or encrypted by KMS. */
  readonly kept: Uint8Array;
  readonly encryption: ObjectEncryption;
}

/** What a request asks for; without, what the bucket does. */
export async function wantedEncryption(
  parts: Parts,
  bucket: string,
  headers: ReadonlyMap<string, string>,
): Promise<BucketEncryption> {
  const algorithm = headers.get('x-amz-server-side-encryption');
  const keyId = headers.get('x-amz-server-side-encryption-aws-kms-key-id');
  const setting = await bucketStore.setting(parts.database, bucket, 'encryption');
  const ofBucket = setting === undefined ? DEFAULT_ENCRYPTION : (JSON.parse(setting) as BucketEncryption);
  if (algorithm === undefined) {
    if (keyId === undefined) return ofBucket;
    throw s3Error.invalidArgument(
      'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
      'x-amz-server-side-encryption',
      'null',
    );
  }
  if (algorithm === 'aws:kms:dsse') throw s3Error.notImplemented('x-amz-server-side-encryption');
  if (algorithm === 'AES256') {
    if (keyId === undefined) return { algorithm };
    throw s3Error.invalidArgument(
      'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
      'x-amz-server-side-encryption',
      algorithm,
    );
  }
  if (algorithm !== 'aws:kms') {
    throw s3Error.invalidArgument(
      'The encryption method specified is not supported',
      'x-amz-server-side-encryption',
      algorithm,
    );
  }
  const bucketKey = headers.get('x-amz-server-side-encryption-bucket-key-enabled');
  return {
    algorithm,
    ...(keyId !== undefined && { keyId }),
    ...((bucketKey === undefined ? ofBucket.bucketKey === true : bucketKey === 'true') && { bucketKey: true }),
  };
}

/** The keys that objects are sealed with: one for each. */
export class ObjectKeys {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Of KMS, on the caller's behalf: `kms:GenerateDataKey`. */
  async make(place: Place, wanted: BucketEncryption, context: RequestContext): Promise<NewDataKey> {
    const { sealer, dataKeys, random } = this.#parts;
    if (wanted.algorithm === 'AES256') {
      const plaintext = random(DATA_KEY_BYTES);
      return { plaintext, kept: sealer.seal(plaintext, purposeOf(place)), encryption: { algorithm: 'AES256' } };
    }
    const { keyId = AWS_MANAGED_KEY, bucketKey } = wanted;
    const encryption = { algorithm: 'aws:kms' as const, ...(bucketKey === true && { bucketKey }) };
    const key = await inWordsOfS3(() =>
      dataKeys.generate({ keyId, encryptionContext: this.#contextOf(place, encryption), service: 's3', context }),
    );
    return { plaintext: key.plaintext, kept: key.ciphertext, encryption: { ...encryption, keyArn: key.keyArn } };
  }

  /** Of KMS, on the caller's behalf: `kms:Decrypt`. */
  async open(
    place: Place,
    { encryption, kept }: { readonly encryption: ObjectEncryption; readonly kept: Uint8Array },
    context: RequestContext,
  ): Promise<Uint8Array> {
    const { sealer, dataKeys } = this.#parts;
    if (encryption.algorithm === 'AES256') return sealer.open(kept, purposeOf(place));
    const encryptionContext = this.#contextOf(place, encryption);
    return inWordsOfS3(() => dataKeys.open({ encryptionContext, service: 's3', context }, kept));
  }

  #contextOf({ bucket, key }: Place, { bucketKey }: Pick<ObjectEncryption, 'bucketKey'>): Record<string, string> {
    const arn = `arn:${this.#parts.partition}:s3:::${bucket}`;
    return { 'aws:s3:arn': bucketKey === true ? arn : `${arn}/${key}` };
  }
}

function purposeOf({ id }: Place): string {
  return `s3-object/${id}`;
}

/** KMS's errors have its name before theirs; a refusal is told as S3's own. */
async function inWordsOfS3<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AwsError) || error instanceof AccessDenied || error.fault === 'server') throw error;
    const { code, message, reason } = error;
    const options = { cause: error, ...(reason !== undefined && { reason }) };
    if (code === 'AccessDeniedException') throw new AwsError('AccessDenied', message, { status: 403, ...options });
    throw new AwsError(`KMS.${code}`, message, options);
  }
}
