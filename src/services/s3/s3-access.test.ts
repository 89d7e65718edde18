import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectsCommand,
  GetBucketEncryptionCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { CreateKeyCommand, DisableKeyCommand, EnableKeyCommand, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import { expect, test } from 'vitest';
import { ACCOUNT, openS3, REGION } from './s3.fixture.js';

const Bucket = 'demo-bucket';
const CreateBucketConfiguration = { LocationConstraint: REGION } as const;
const allow = (Action: string | string[], Resource: string | string[] = '*', more: object = {}) => ({
  ...{ Effect: 'Allow', Action, Resource },
  ...more,
});
const bucketArn = `arn:aws:s3:::${Bucket}`;

async function withBucket() {
  const s3 = await openS3();
  const admin = s3.client();
  await admin.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration }));
  const as = async (name: string, ...statements: object[]) => s3.client(await s3.user(name, statements));
  const put = { Bucket, Key: 'k', Body: 'some content' };
  return { s3, admin, as, put };
}

function denied(name: string, action: string, arn: string) {
  return {
    name: 'AccessDenied',
    message:
      `User: arn:aws:iam::${ACCOUNT}:user/${name} is not authorized to perform: ${action} on resource: "${arn}" ` +
      `because no identity-based policy allows the ${action} action`,
    $metadata: { httpStatusCode: 403 },
  };
}

test('without s3:PutObject nothing is stored, and the refusal is in the words of S3', async () => {
  const { s3, admin, as, put } = await withBucket();
  const reader = await as('reader', allow(['s3:GetObject', 's3:ListBucket']));
  await expect(reader.send(new PutObjectCommand(put))).rejects.toMatchObject(
    denied('reader', 's3:PutObject', `${bucketArn}/k`),
  );
  expect((await admin.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(0);
  expect(s3.audited.at(-1)).toMatchObject({ operation: 'PutObject', code: 'AccessDenied', service: 's3' });
});

test('only who may list the bucket learns that an object is not there', async () => {
  const { as } = await withBucket();
  const Key = 'none';
  const blind = await as('blind', allow('s3:GetObject'));
  await expect(blind.send(new GetObjectCommand({ Bucket, Key }))).rejects.toMatchObject(
    denied('blind', 's3:ListBucket', bucketArn),
  );
  await expect(blind.send(new HeadObjectCommand({ Bucket, Key }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 403 },
  });
  const seeing = await as('seeing', allow('s3:GetObject'), allow('s3:ListBucket', bucketArn));
  await expect(seeing.send(new GetObjectCommand({ Bucket, Key }))).rejects.toMatchObject({ name: 'NoSuchKey' });
  const stranger = await as('stranger', allow('sts:*'));
  await expect(stranger.send(new GetObjectCommand({ Bucket: 'no-bucket', Key }))).rejects.toMatchObject(
    denied('stranger', 's3:GetObject', 'arn:aws:s3:::no-bucket/none'),
  );
  await expect(stranger.send(new ListBucketsCommand())).rejects.toMatchObject({
    message:
      `User: arn:aws:iam::${ACCOUNT}:user/stranger is not authorized to perform: s3:ListAllMyBuckets ` +
      'because no identity-based policy allows the s3:ListAllMyBuckets action',
  });
});

test('conditions speak of the prefix, the encryption and the list of access', async () => {
  const { as, put } = await withBucket();
  const prefix = { Condition: { StringLike: { 's3:prefix': 'home/*' } } };
  const encrypted = { Condition: { StringEquals: { 's3:x-amz-server-side-encryption': 'AES256' } } };
  const user = await as('ann', allow('s3:ListBucket', '*', prefix), allow('s3:PutObject', '*', encrypted));
  await expect(user.send(new ListObjectsV2Command({ Bucket, Prefix: 'home/x' }))).resolves.toBeDefined();
  await expect(user.send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(user.send(new PutObjectCommand(put))).rejects.toMatchObject({ name: 'AccessDenied' });
  await user.send(new PutObjectCommand({ ...put, ServerSideEncryption: 'AES256' }));
});

test('each key of DeleteObjects is allowed or refused for itself, and a copy needs the right to its source', async () => {
  const { admin, as } = await withBucket();
  for (const Key of ['mine/a', 'yours/b']) await admin.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
  const user = await as('ann', allow(['s3:DeleteObject', 's3:PutObject'], `${bucketArn}/mine/*`));
  const copy = user.send(new CopyObjectCommand({ Bucket, Key: 'mine/b', CopySource: `${Bucket}/yours/b` }));
  await expect(copy).rejects.toMatchObject(denied('ann', 's3:GetObject', `${bucketArn}/yours/b`));
  const Objects = ['mine/a', 'yours/b'].map((Key) => ({ Key }));
  const answer = await user.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  expect(answer.Deleted).toEqual([{ Key: 'mine/a' }]);
  expect(answer.Errors).toMatchObject([{ Key: 'yours/b', Code: 'AccessDenied' }]);
  expect((await admin.send(new ListObjectsV2Command({ Bucket }))).Contents).toMatchObject([{ Key: 'yours/b' }]);
});

test("a bucket's policy gives and takes, and speaks of its own bucket alone", async () => {
  const { admin, as, put } = await withBucket();
  const user = await as('ann', allow('s3:GetObject'));
  const policy = (...Statement: object[]) =>
    admin.send(new PutBucketPolicyCommand({ Bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }));
  const Principal = { AWS: `arn:aws:iam::${ACCOUNT}:user/ann` };
  await policy({ Effect: 'Allow', Principal, Action: 's3:PutObject', Resource: `${bucketArn}/*` });
  await user.send(new PutObjectCommand(put));
  await policy({ Effect: 'Deny', Principal, Action: 's3:GetObject', Resource: `${bucketArn}/*` });
  await expect(user.send(new GetObjectCommand({ Bucket, Key: 'k' }))).rejects.toMatchObject({
    message: expect.stringContaining('with an explicit deny in a resource-based policy') as string,
  });
  const foreign = policy({ Effect: 'Allow', Principal, Action: 's3:*', Resource: 'arn:aws:s3:::other/*' });
  await expect(foreign).rejects.toMatchObject({ name: 'MalformedPolicy', message: 'Policy has invalid resource' });
  await expect(policy({ Effect: 'Perhaps' })).rejects.toMatchObject({ name: 'MalformedPolicy' });
  await admin.send(new DeleteBucketPolicyCommand({ Bucket }));
  await expect(user.send(new GetObjectCommand({ Bucket, Key: 'k' }))).resolves.toBeDefined();
  const reading = user.send(new GetBucketEncryptionCommand({ Bucket }));
  await expect(reading).rejects.toMatchObject(denied('ann', 's3:GetEncryptionConfiguration', bucketArn));
});

test("a customer's key encrypts with the caller's rights to it, and without it nothing is read", async () => {
  const { s3, admin, as, put } = await withBucket();
  const kms = s3.kmsClient();
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata?.KeyId ?? '';
  const keyArn = KeyMetadata?.Arn ?? '';
  const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: KeyId } } as const];
  await admin.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }));
  expect(await admin.send(new PutObjectCommand(put))).toMatchObject({
    ServerSideEncryption: 'aws:kms',
    SSEKMSKeyId: keyArn,
  });
  const get = async (client = admin) =>
    (await client.send(new GetObjectCommand({ Bucket, Key: 'k' }))).Body?.transformToString();
  expect(await get()).toBe(put.Body);

  const bare = await as('bare', allow('s3:*'));
  const words = (action: string) =>
    `User: arn:aws:iam::${ACCOUNT}:user/bare is not authorized to perform: ${action} on resource: ${keyArn} ` +
    `because no identity-based policy allows the ${action} action`;
  await expect(get(bare)).rejects.toMatchObject({ name: 'AccessDenied', message: words('kms:Decrypt') });
  await expect(bare.send(new PutObjectCommand(put))).rejects.toMatchObject({
    ...{ name: 'AccessDenied', message: words('kms:GenerateDataKey'), $metadata: { httpStatusCode: 403 } },
  });
  const context = { Condition: { StringEquals: { 'kms:EncryptionContext:aws:s3:arn': `${bucketArn}/k` } } };
  const bound = await as('bound', allow('s3:*'), allow('kms:Decrypt', keyArn, context));
  expect(await get(bound)).toBe(put.Body);

  await kms.send(new DisableKeyCommand({ KeyId }));
  await expect(get()).rejects.toMatchObject({ name: 'KMS.DisabledException', $metadata: { httpStatusCode: 400 } });
  await expect(admin.send(new PutObjectCommand(put))).rejects.toMatchObject({ name: 'KMS.DisabledException' });
  // What is asked for by name goes before the bucket's default.
  const sealed = await admin.send(new PutObjectCommand({ ...put, Key: 'other', ServerSideEncryption: 'AES256' }));
  expect(sealed).toMatchObject({ ServerSideEncryption: 'AES256' });
  await kms.send(new EnableKeyCommand({ KeyId }));
  expect(await get()).toBe(put.Body);
  await s3.restart();
  expect(await get(s3.client())).toBe(put.Body);
});

test("a key's own policy can refuse", async () => {
  const { s3, admin, put } = await withBucket();
  const kms = s3.kmsClient();
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata?.KeyId ?? '';
  const statement = (Effect: string, Action: string, Principal: object) => ({
    Effect,
    Action,
    Principal,
    Resource: '*',
  });
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      statement('Allow', 'kms:*', { AWS: `arn:aws:iam::${ACCOUNT}:root` }),
      statement('Deny', 'kms:GenerateDataKey', { AWS: '*' }),
    ],
  });
  await kms.send(new PutKeyPolicyCommand({ KeyId, Policy }));
  const refused = admin.send(new PutObjectCommand({ ...put, ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KeyId }));
  await expect(refused).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining('with an explicit deny in a resource-based policy') as string,
  });
});
