import { MalformedPolicy } from '../../core/policy/policy-problem.js';
import { compilePolicyText } from '../../core/policy/compile-policy.js';
import { MAX_SETTING_BYTES } from './bucket-operations.js';
import { BUCKET_SETTINGS, type XmlSetting } from './bucket-settings.js';
import { bucketStore } from './bucket-store.js';
import { receiveDocument } from './receive-content.js';
import type { S3Access } from './s3-access.js';
import { s3Error } from './s3-error.js';
import type { S3Definition } from './s3-operation.js';
import type { S3Parts } from './s3-parts.js';
import { NO_CONTENT, readXml, xmlAnswer } from './s3-xml.js';

const MAX_POLICY_BYTES = 20 * 1024;
/** Kept in the place of a setting that was taken away, where that is not the same as never to have given it. */
const REMOVED = 'removed';

export function bucketSettingOperations(parts: S3Parts, access: S3Access): readonly S3Definition[] {
  return [...BUCKET_SETTINGS.flatMap((one) => xmlSetting(parts, access, one)), ...policyOperations(parts, access)];
}

function xmlSetting({ database }: S3Parts, access: S3Access, one: XmlSetting): S3Definition[] {
  const { setting, name, marker, root, actions, header } = one;
  const on = 'bucket';
  const operations: S3Definition[] = [
    {
      name: `Get${name}`,
      method: 'GET',
      ...{ on, marker },
      access: async ({ bucket }) => [await access.onBucket(actions.get, bucket)],
      async run({ bucket }) {
        await bucketStore.require(database, bucket);
        const kept = await bucketStore.setting(database, bucket, setting);
        if (kept === REMOVED) one.delete?.removed?.(bucket);
        const value = kept === undefined ? one.unset(bucket) : one.write(JSON.parse(kept) as never);
        if (header === undefined) return xmlAnswer(root, value);
        const text = header.read(await bucketStore.setting(database, bucket, header.setting));
        return xmlAnswer(root, value, { [header.name]: text });
      },
    },
    {
      name: `Put${name}`,
      method: 'PUT',
      ...{ on, marker },
      access: async ({ bucket }) => [await access.onBucket(actions.put, bucket)],
      async run({ bucket, headers, body }) {
        const kept = one.read(readXml(await receiveDocument(headers, body, MAX_SETTING_BYTES), root));
        const text = header?.read(headers.get(header.name));
        await database.transaction(async (queries) => {
          await bucketStore.require(queries, bucket);
          await bucketStore.set(queries, bucket, setting, JSON.stringify(kept));
          if (header !== undefined && text !== undefined) {
            await bucketStore.set(queries, bucket, header.setting, text);
          }
        });
        await database.sync?.();
        const answered = header === undefined || text === undefined ? {} : { [header.name]: text };
        return { status: one.putStatus ?? 200, headers: answered, body: '' };
      },
    },
  ];
  if (one.delete === undefined) return operations;
  const { name: deleteName, removed } = one.delete;
  operations.push({
    name: deleteName,
    method: 'DELETE',
    ...{ on, marker },
    // AWS has no action of their own for these: who may put may take away.
    access: async ({ bucket }) => [await access.onBucket(actions.put, bucket)],
    async run({ bucket }) {
      await database.transaction(async (queries) => {
        await bucketStore.require(queries, bucket);
        if (removed === undefined) await bucketStore.unset(queries, bucket, setting);
        else await bucketStore.set(queries, bucket, setting, REMOVED);
        if (header !== undefined) await bucketStore.unset(queries, bucket, header.setting);
      });
      await database.sync?.();
      return NO_CONTENT;
    },
  });
  return operations;
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
