import type { AccessQuestion, AccessResource } from '../../platform/aws/access.js';
import { bucketStore } from './bucket-store.js';
import type { S3Parts } from './s3-parts.js';

type Conditions = Readonly<Record<string, string>>;
interface VersionedPlace {
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
}

type Parts = Pick<S3Parts, 'database' | 'partition'>;

/**
 * Here it changes nothing, and is not asked for: AWS's agent sends it with every record, and the documented task role has
 * s3:PutObject alone.
 */
const SAYS_WHAT_IS_SO = 'bucket-owner-full-control';

/** What S3's operations ask the policies (ecs-api 7.5): the identity's, and the bucket's own. */
export class S3Access {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  bucketArn(bucket: string): string {
    return `arn:${this.#parts.partition}:s3:::${bucket}`;
  }

  objectArn(bucket: string, key: string): string {
    return `${this.bucketArn(bucket)}/${key}`;
  }

  onEverything(action: string): AccessQuestion {
    return { action, resources: [{ arn: '*' }] };
  }

  async onBucket(action: string, bucket: string, conditions: Conditions = {}): Promise<AccessQuestion> {
    return { action, resources: [await this.#resource(bucket, this.bucketArn(bucket))], conditions };
  }

  async onObject(action: string, bucket: string, key: string, conditions: Conditions = {}): Promise<AccessQuestion> {
    return { action, resources: [await this.#resource(bucket, this.objectArn(bucket, key))], conditions };
  }

  /** With a version in the query, the action is the one on versions: `s3:GetObjectVersion` for `s3:GetObject`. */
  onVersion(action: string, { bucket, key, query }: VersionedPlace): Promise<AccessQuestion> {
    return this.onNamedVersion(action, bucket, key, query.get('versionId') ?? undefined);
  }

  onNamedVersion(action: string, bucket: string, key: string, versionId: string | undefined): Promise<AccessQuestion> {
    if (versionId === undefined) return this.onObject(action, bucket, key);
    const own = action.replace(/^(s3:(?:Get|Put|Delete)Object)/, '$1Version');
    return this.onObject(own, bucket, key, { 's3:versionid': versionId });
  }

  /** The right to write an object, and what its head gives it besides. */
  async toPut(bucket: string, key: string, headers: ReadonlyMap<string, string>): Promise<AccessQuestion[]> {
    const conditions = writeConditions(headers);
    const asked = [await this.onObject('s3:PutObject', bucket, key, conditions)];
    if (headers.has('x-amz-tagging')) asked.push(await this.onObject('s3:PutObjectTagging', bucket, key, conditions));
    const acl = headers.get('x-amz-acl');
    if (acl !== undefined && acl !== SAYS_WHAT_IS_SO)
      asked.push(await this.onObject('s3:PutObjectAcl', bucket, key, conditions));
    return asked;
  }

  /** S3 puts the names of resources into quotation marks. */
  async #resource(bucket: string, arn: string): Promise<AccessResource> {
    const document = await bucketStore.setting(this.#parts.database, bucket, 'policy');
    return {
      arn,
      shownAs: `"${arn}"`,
      ...(document !== undefined && {
        policy: { name: `policy of the bucket ${bucket}`, document, rule: 'grants' as const },
      }),
    };
  }
}

/** Condition keys of a write, from the headers that they are named after. */
export function writeConditions(headers: ReadonlyMap<string, string>): Conditions {
  const names = [
    'x-amz-acl',
    'x-amz-server-side-encryption',
    'x-amz-server-side-encryption-aws-kms-key-id',
    'x-amz-storage-class',
    'x-amz-copy-source',
    'x-amz-metadata-directive',
  ];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers.get(name);
      return value === undefined ? [] : [[`s3:${name}`, value]];
    }),
  );
}
