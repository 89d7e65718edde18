import { MalformedPolicy } from '../../core/policy/policy-problem.js';
import { compilePolicyText } from '../../core/policy/compile-policy.js';
import type { XmlElement } from '../../platform/aws/outgoing/xml-element.js';
import { DEFAULT_ENCRYPTION, encryptionXml, readEncryption } from './bucket-encryption.js';
import { MAX_SETTING_BYTES } from './bucket-operations.js';
import { type BucketSetting, bucketStore } from './bucket-store.js';
import { lifecycleXml, readLifecycle } from './lifecycle-rules.js';
import { checkedTags } from './object-headers.js';
import { receiveDocument } from './receive-content.js';
import type { S3Access } from './s3-access.js';
import { s3Error } from './s3-error.js';
import type { S3Definition } from './s3-operation.js';
import type { S3Parts } from './s3-parts.js';
import { childrenOf, NO_CONTENT, readXml, requiredText, xmlAnswer, type XmlValue } from './s3-xml.js';

const MAX_POLICY_BYTES = 20 * 1024;
const MAX_BUCKET_TAGS = 50;
const BLOCKS = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'];

/** A setting that is a document of XML, in and out. */
interface XmlSetting {
  readonly setting: BucketSetting;
  /** As operations are named after it: `GetBucketEncryption`. */
  readonly name: string;
  readonly deleteName?: string;
  readonly marker: string;
  readonly root: string;
  readonly actions: { readonly get: string; readonly put: string };
  /** What is kept of a document, as JSON. */
  readonly read: (root: XmlElement) => unknown;
  readonly write: (kept: never) => XmlValue;
  /** What a bucket has that was given none, or the error that says so. */
  readonly unset: (bucket: string) => XmlValue;
  /** Status of Put and Delete. */
  readonly statuses?: { readonly put?: 204 };
}

const missing =
  (code: string, message: string) =>
  (bucket: string): never => {
    throw s3Error.missing(code, message, bucket);
  };

const SETTINGS: readonly XmlSetting[] = [
  {
    setting: 'encryption',
    name: 'BucketEncryption',
    marker: 'encryption',
    root: 'ServerSideEncryptionConfiguration',
    actions: { get: 's3:GetEncryptionConfiguration', put: 's3:PutEncryptionConfiguration' },
    read: readEncryption,
    write: encryptionXml,
    unset: () => encryptionXml(DEFAULT_ENCRYPTION),
  },
  {
    setting: 'tagging',
    name: 'BucketTagging',
    marker: 'tagging',
    root: 'Tagging',
    actions: { get: 's3:GetBucketTagging', put: 's3:PutBucketTagging' },
    read: (root) => readTags(root, MAX_BUCKET_TAGS),
    write: tagsXml,
    unset: missing('NoSuchTagSet', 'The TagSet does not exist'),
    statuses: { put: 204 },
  },
  {
    setting: 'publicAccessBlock',
    name: 'PublicAccessBlock',
    marker: 'publicAccessBlock',
    root: 'PublicAccessBlockConfiguration',
    actions: { get: 's3:GetBucketPublicAccessBlock', put: 's3:PutBucketPublicAccessBlock' },
    read: (root) =>
      Object.fromEntries(
        BLOCKS.map((name) => [name, root.children.some((one) => one.name === name && one.text === 'true')]),
      ),
    write: (kept: XmlValue) => kept,
    // Of every bucket since 2023.
    unset: () => Object.fromEntries(BLOCKS.map((name) => [name, true])),
  },
  {
    setting: 'ownershipControls',
    name: 'BucketOwnershipControls',
    marker: 'ownershipControls',
    root: 'OwnershipControls',
    actions: { get: 's3:GetBucketOwnershipControls', put: 's3:PutBucketOwnershipControls' },
    read: (root) => {
      const ownership = childrenOf(root, 'Rule').map((rule) => requiredText(rule, 'ObjectOwnership'));
      // There are no access control lists here that the others would bring back.
      if (ownership.join() !== 'BucketOwnerEnforced') throw s3Error.notImplemented('ObjectOwnership');
      return ownership[0];
    },
    write: (kept: string) => ({ Rule: { ObjectOwnership: kept } }),
    unset: () => ({ Rule: { ObjectOwnership: 'BucketOwnerEnforced' } }),
  },
  {
    setting: 'lifecycle',
    name: 'BucketLifecycleConfiguration',
    deleteName: 'DeleteBucketLifecycle',
    marker: 'lifecycle',
    root: 'LifecycleConfiguration',
    actions: { get: 's3:GetLifecycleConfiguration', put: 's3:PutLifecycleConfiguration' },
    read: readLifecycle,
    write: lifecycleXml,
    unset: missing('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist'),
  },
];

export function bucketSettingOperations(parts: S3Parts, access: S3Access): readonly S3Definition[] {
  return [...SETTINGS.flatMap((one) => xmlSetting(parts, access, one)), ...policyOperations(parts, access)];
}

function xmlSetting({ database }: S3Parts, access: S3Access, one: XmlSetting): S3Definition[] {
  const { setting, name, marker, root, actions, deleteName = `Delete${name}` } = one;
  const on = 'bucket';
  return [
    {
      name: `Get${name}`,
      method: 'GET',
      ...{ on, marker },
      access: async ({ bucket }) => [await access.onBucket(actions.get, bucket)],
      async run({ bucket }) {
        await bucketStore.require(database, bucket);
        const kept = await bucketStore.setting(database, bucket, setting);
        return xmlAnswer(root, kept === undefined ? one.unset(bucket) : one.write(JSON.parse(kept) as never));
      },
    },
    {
      name: `Put${name}`,
      method: 'PUT',
      ...{ on, marker },
      access: async ({ bucket }) => [await access.onBucket(actions.put, bucket)],
      async run({ bucket, headers, body }) {
        const kept = one.read(readXml(await receiveDocument(headers, body, MAX_SETTING_BYTES), root));
        await database.transaction(async (queries) => {
          await bucketStore.require(queries, bucket);
          await bucketStore.set(queries, bucket, setting, JSON.stringify(kept));
        });
        await database.sync?.();
        return { status: one.statuses?.put ?? 200, headers: {}, body: '' };
      },
    },
    {
      name: deleteName,
      method: 'DELETE',
      ...{ on, marker },
      // AWS has no action of their own for these: who may put may take away.
      access: async ({ bucket }) => [await access.onBucket(actions.put, bucket)],
      async run({ bucket }) {
        await bucketStore.require(database, bucket);
        await bucketStore.unset(database, bucket, setting);
        await database.sync?.();
        return NO_CONTENT;
      },
    },
  ];
}

function policyOperations({ database }: S3Parts, access: S3Access): S3Definition[] {
  const asks =
    (action: string): S3Definition['access'] =>
    async ({ bucket }) => [await access.onBucket(action, bucket)];
  const place = { on: 'bucket', marker: 'policy' } as const;
  return [
    {
      name: 'GetBucketPolicy',
      method: 'GET',
      ...place,
      access: asks('s3:GetBucketPolicy'),
      async run({ bucket }) {
        await bucketStore.require(database, bucket);
        const document = await bucketStore.setting(database, bucket, 'policy');
        if (document === undefined)
          throw s3Error.missing('NoSuchBucketPolicy', 'The bucket policy does not exist', bucket);
        return { status: 200, headers: { 'content-type': 'application/json' }, body: document };
      },
    },
    {
      name: 'PutBucketPolicy',
      method: 'PUT',
      ...place,
      access: asks('s3:PutBucketPolicy'),
      async run({ bucket, headers, body }) {
        await bucketStore.require(database, bucket);
        const document = Buffer.from(await receiveDocument(headers, body, MAX_POLICY_BYTES)).toString('utf8');
        checkPolicy(document, access.bucketArn(bucket));
        await database.transaction(async (queries) => {
          await bucketStore.require(queries, bucket);
          await bucketStore.set(queries, bucket, 'policy', document);
        });
        await database.sync?.();
        return NO_CONTENT;
      },
    },
    {
      name: 'DeleteBucketPolicy',
      method: 'DELETE',
      ...place,
      access: asks('s3:DeleteBucketPolicy'),
      async run({ bucket }) {
        await bucketStore.require(database, bucket);
        await bucketStore.unset(database, bucket, 'policy');
        await database.sync?.();
        return NO_CONTENT;
      },
    },
  ];
}

/** A policy that the engine could not read would refuse everybody. It may speak of its own bucket alone. */
function checkPolicy(document: string, bucketArn: string): void {
  try {
    compilePolicyText(document, 'resource');
  } catch (error) {
    if (!(error instanceof MalformedPolicy)) throw error;
    throw s3Error.of('MalformedPolicy', 400, error.problems[0]?.message ?? error.message, {}, error.message);
  }
  const { Statement } = JSON.parse(document) as { Statement: unknown };
  for (const statement of [Statement].flat() as { Resource?: unknown; NotResource?: unknown }[]) {
    const resources = [statement.Resource ?? statement.NotResource ?? []].flat() as string[];
    const foreign = resources.some((one) => one !== '*' && one !== bucketArn && !one.startsWith(`${bucketArn}/`));
    if (foreign) throw s3Error.of('MalformedPolicy', 400, 'Policy has invalid resource');
  }
}

/** Of a bucket or an object. */
export function readTags(root: XmlElement, most: number): Record<string, string> {
  const [set] = childrenOf(root, 'TagSet');
  if (set === undefined) throw s3Error.malformedXml('no TagSet');
  const tags = childrenOf(set, 'Tag').map((tag) => [requiredText(tag, 'Key'), requiredText(tag, 'Value')] as const);
  return checkedTags(tags, most);
}

export function tagsXml(tags: Readonly<Record<string, string>>): XmlValue {
  return { TagSet: { Tag: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) } };
}
