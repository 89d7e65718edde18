import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { open } from 'node:fs/promises';
import { AwsError } from '../../platform/aws/aws-error.js';
import type { Credentials } from '../../platform/aws/credentials.js';
import { sdkCredentials, sdkTrust, silenceSdkVersionWarning } from '../../platform/aws/sdk-settings.js';
import type { Trust } from '../../platform/aws/trust.js';

/** A larger object goes in parts of this size, so that none is ever in memory as a whole. */
export const PART_BYTES = 8 * 1024 * 1024;
/** Of one request. */
export const S3_REQUEST_MS = 60_000;
const S3_CONNECTION_MS = 5_000;

/** Of nothing: S3 asks for the permission to write before it looks at what is written. */
const NOT_ITS_DIGEST = '1B2M2Y8AsgTpgAmY7PhCfg==';

/** The bucket's default, as its objects are to be encrypted. */
export interface BucketEncryption {
  /** `AES256`, `aws:kms`, … */
  readonly algorithm: string;
  readonly keyId?: string;
}

export interface StoredObject {
  readonly bucket: string;
  readonly key: string;
  readonly contentType: string;
  readonly encryption: BucketEncryption | undefined;
}

/** What a delivery needs of S3. Rejects with an AwsError where S3 answers with one. */
export interface ObjectStore {
  /** Undefined: there is no rule. */
  encryption(bucket: string, signal?: AbortSignal): Promise<BucketEncryption | undefined>;
  /** Whether the object could be written, found out without writing one. Rejects when not. */
  tryToPut(object: StoredObject, signal?: AbortSignal): Promise<void>;
  put(object: StoredObject, path: string, signal: AbortSignal): Promise<void>;
  close(): void;
}

export interface ObjectStoreOptions {
  /** Base URL, or `aws`. */
  readonly endpointUrl: string;
  readonly region: string;
  readonly credentials: () => Promise<Credentials>;
  readonly ca?: Trust;
}

type Sdk = typeof import('@aws-sdk/client-s3');

/** S3 by its own SDK, which is loaded at the first use: most hosts start without needing it. One attempt each. */
export function createObjectStore(options: ObjectStoreOptions): ObjectStore {
  let opened: Promise<{ sdk: Sdk; client: S3Client }> | undefined;

  async function load(): Promise<{ sdk: Sdk; client: S3Client }> {
    silenceSdkVersionWarning();
    const sdk = await import('@aws-sdk/client-s3');
    return { sdk, client: new sdk.S3Client(configuration(options)) };
  }

  async function use<T>(work: (sdk: Sdk, client: S3Client) => Promise<T>): Promise<T> {
    opened ??= load();
    const { sdk, client } = await opened;
    return work(sdk, client).catch((error: unknown) => {
      throw asAwsError(error);
    });
  }

  return {
    encryption: (bucket, signal) =>
      use(async (sdk, client) => {
        const command = new sdk.GetBucketEncryptionCommand({ Bucket: bucket });
        const { ServerSideEncryptionConfiguration: configured } = await client.send(command, abortedBy(signal));
        const rule = configured?.Rules?.[0]?.ApplyServerSideEncryptionByDefault;
        if (rule?.SSEAlgorithm === undefined) return undefined;
        return {
          algorithm: rule.SSEAlgorithm,
          ...(rule.KMSMasterKeyID !== undefined && { keyId: rule.KMSMasterKeyID }),
        };
      }),
    tryToPut: async (object, signal) => {
      try {
        const wrong = { Body: 'x', ContentMD5: NOT_ITS_DIGEST };
        await use((sdk, client) =>
          withOrWithoutAcl(object, (parameters) =>
            client.send(new sdk.PutObjectCommand({ ...parameters, ...wrong }), abortedBy(signal)),
          ),
        );
      } catch (error) {
        if (!(error instanceof AwsError && error.code === 'BadDigest')) throw error;
      }
    },
    put: (object, path, signal) =>
      use(async (sdk, client) => {
        const file = await open(path, 'r');
        try {
          const { size } = await file.stat();
          const read = (position: number): Promise<Uint8Array> => readPart(file, position, size);
          if (size <= PART_BYTES) {
            const Body = await read(0);
            await withOrWithoutAcl(object, (parameters) =>
              client.send(new sdk.PutObjectCommand({ ...parameters, Body }), abortedBy(signal)),
            );
          } else await putInParts(sdk, client, object, size, read, signal);
        } finally {
          await file.close();
        }
      }),
    close: () => void opened?.then(({ client }) => client.destroy()).catch(() => undefined),
  };
}

function configuration({ endpointUrl, region, credentials, ca }: ObjectStoreOptions): S3ClientConfig {
  return {
    region,
    // At AWS a bucket may be in another region than its cluster; elsewhere there is one endpoint, by path.
    ...(endpointUrl === 'aws' ? { followRegionRedirects: true } : { endpoint: endpointUrl, forcePathStyle: true }),
    credentials: sdkCredentials(credentials),
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: S3_CONNECTION_MS,
      requestTimeout: S3_REQUEST_MS,
      throwOnRequestTimeout: true,
      ...sdkTrust(ca),
    },
  };
}

interface ObjectParameters {
  readonly Bucket: string;
  readonly Key: string;
  readonly ContentType: string;
  readonly ACL?: 'bucket-owner-full-control';
  readonly ServerSideEncryption?: 'AES256' | 'aws:kms';
  readonly SSEKMSKeyId?: string;
}

/**
 * AWS's agent gives the bucket's owner the object, which matters where the bucket is another account's. The role that
 * AWS documents for ECS Exec may not say whose an object is (s3:PutObjectAcl), and a bucket may have no such lists at
 * all: then the object is written without.
 */
async function withOrWithoutAcl<T>(
  object: StoredObject,
  write: (parameters: ObjectParameters) => Promise<T>,
): Promise<T> {
  const { bucket, key, contentType, encryption } = object;
  const parameters: ObjectParameters = {
    Bucket: bucket,
    Key: key,
    ContentType: contentType,
    ...(encryption && { ServerSideEncryption: encryption.algorithm as 'AES256' | 'aws:kms' }),
    ...(encryption?.keyId !== undefined && { SSEKMSKeyId: encryption.keyId }),
  };
  try {
    return await write({ ...parameters, ACL: 'bucket-owner-full-control' });
  } catch (error) {
    const { name } = error as Error;
    if (name !== 'AccessDenied' && name !== 'AccessControlListNotSupported') throw error;
    return write(parameters);
  }
}

async function readPart(file: Awaited<ReturnType<typeof open>>, position: number, size: number): Promise<Uint8Array> {
  const part = Buffer.allocUnsafe(Math.min(PART_BYTES, size - position));
  for (let at = 0; at < part.length;) {
    const { bytesRead } = await file.read(part, at, part.length - at, position + at);
    if (bytesRead === 0) throw new Error('the file has become shorter while it was sent');
    at += bytesRead;
  }
  return part;
}

async function putInParts(
  sdk: Sdk,
  client: S3Client,
  object: StoredObject,
  size: number,
  read: (position: number) => Promise<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const { UploadId } = await withOrWithoutAcl(object, (parameters) =>
    client.send(new sdk.CreateMultipartUploadCommand(parameters), abortedBy(signal)),
  );
  const upload = { Bucket: object.bucket, Key: object.key, UploadId };
  try {
    const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
    for (let position = 0; position < size; position += PART_BYTES) {
      const PartNumber = Parts.length + 1;
      const part = new sdk.UploadPartCommand({ ...upload, PartNumber, Body: await read(position) });
      const { ETag } = await client.send(part, abortedBy(signal));
      Parts.push({ PartNumber, ETag });
    }
    const complete = new sdk.CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } });
    await client.send(complete, abortedBy(signal));
  } catch (error) {
    await abandon(sdk, client, object, UploadId);
    throw error;
  }
}

/** Parts that stay behind cost their owner money, but no more can be done than to ask. */
async function abandon(
  sdk: Sdk,
  client: S3Client,
  { bucket, key }: StoredObject,
  UploadId: string | undefined,
): Promise<void> {
  const command = new sdk.AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId });
  await client.send(command).catch(() => undefined);
}

function abortedBy(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

/** An answer of S3 that the SDK has made an error of; what is no answer stays as it is. */
function asAwsError(error: unknown): unknown {
  if (!(error instanceof Error) || !('$metadata' in error)) return error;
  const { httpStatusCode: status } = error.$metadata as { readonly httpStatusCode?: number };
  if (status === undefined) return error;
  const message = error.message === 'UnknownError' ? `HTTP ${status}` : error.message;
  return new AwsError(error.name, message, { status, fault: status >= 500 ? 'server' : 'client', cause: error });
}
