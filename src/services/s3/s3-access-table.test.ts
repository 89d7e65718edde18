import type { RequestContext } from '../../platform/aws/service.js';
import { expect, test } from 'vitest';
import { openS3 } from './s3.fixture.js';

/** Actions of AWS's service authorization reference; `b` stands for the bucket, `k` for the object, `*` for neither. */
const ASKED: Readonly<Record<string, string>> = {
  ListBuckets: 's3:ListAllMyBuckets *',
  CreateBucket: 's3:CreateBucket b',
  HeadBucket: 's3:ListBucket b',
  DeleteBucket: 's3:DeleteBucket b',
  GetBucketLocation: 's3:GetBucketLocation b',
  GetBucketEncryption: 's3:GetEncryptionConfiguration b',
  PutBucketEncryption: 's3:PutEncryptionConfiguration b',
  DeleteBucketEncryption: 's3:PutEncryptionConfiguration b',
  GetBucketTagging: 's3:GetBucketTagging b',
  PutBucketTagging: 's3:PutBucketTagging b',
  DeleteBucketTagging: 's3:PutBucketTagging b',
  GetPublicAccessBlock: 's3:GetBucketPublicAccessBlock b',
  PutPublicAccessBlock: 's3:PutBucketPublicAccessBlock b',
  DeletePublicAccessBlock: 's3:PutBucketPublicAccessBlock b',
  GetBucketOwnershipControls: 's3:GetBucketOwnershipControls b',
  PutBucketOwnershipControls: 's3:PutBucketOwnershipControls b',
  DeleteBucketOwnershipControls: 's3:PutBucketOwnershipControls b',
  GetBucketLifecycleConfiguration: 's3:GetLifecycleConfiguration b',
  PutBucketLifecycleConfiguration: 's3:PutLifecycleConfiguration b',
  DeleteBucketLifecycle: 's3:PutLifecycleConfiguration b',
  GetBucketPolicy: 's3:GetBucketPolicy b',
  PutBucketPolicy: 's3:PutBucketPolicy b',
  DeleteBucketPolicy: 's3:DeleteBucketPolicy b',
  GetBucketVersioning: 's3:GetBucketVersioning b',
  GetBucketLogging: 's3:GetBucketLogging b',
  GetBucketAccelerateConfiguration: 's3:GetAccelerateConfiguration b',
  GetBucketRequestPayment: 's3:GetBucketRequestPayment b',
  GetBucketNotificationConfiguration: 's3:GetBucketNotification b',
  GetBucketCors: 's3:GetBucketCORS b',
  GetBucketWebsite: 's3:GetBucketWebsite b',
  GetBucketReplication: 's3:GetReplicationConfiguration b',
  GetObjectLockConfiguration: 's3:GetBucketObjectLockConfiguration b',
  PutBucketVersioning: 's3:PutBucketVersioning b',
  PutBucketLogging: 's3:PutBucketLogging b',
  PutBucketAccelerateConfiguration: 's3:PutAccelerateConfiguration b',
  PutBucketRequestPayment: 's3:PutBucketRequestPayment b',
  PutBucketNotificationConfiguration: 's3:PutBucketNotification b',
  GetBucketAnalyticsConfiguration: 's3:GetAnalyticsConfiguration b',
  ListBucketAnalyticsConfigurations: 's3:GetAnalyticsConfiguration b',
  GetBucketIntelligentTieringConfiguration: 's3:GetIntelligentTieringConfiguration b',
  ListBucketIntelligentTieringConfigurations: 's3:GetIntelligentTieringConfiguration b',
  GetBucketInventoryConfiguration: 's3:GetInventoryConfiguration b',
  ListBucketInventoryConfigurations: 's3:GetInventoryConfiguration b',
  GetBucketMetricsConfiguration: 's3:GetMetricsConfiguration b',
  ListBucketMetricsConfigurations: 's3:GetMetricsConfiguration b',
  GetBucketAcl: 's3:GetBucketAcl b',
  PutBucketAcl: 's3:PutBucketAcl b',
  ListObjectsV2: 's3:ListBucket b',
  ListObjects: 's3:ListBucket b',
  ListObjectVersions: 's3:ListBucketVersions b',
  ListMultipartUploads: 's3:ListBucketMultipartUploads b',
  // Asked for each key when the body has named it.
  DeleteObjects: '',
  GetObject: 's3:GetObject k',
  HeadObject: 's3:GetObject k',
  GetObjectAttributes: 's3:GetObject k, s3:GetObjectAttributes k',
  CopyObject: 's3:PutObject k, s3:PutObjectTagging k, s3:PutObjectAcl k, s3:GetObject source',
  PutObject: 's3:PutObject k, s3:PutObjectTagging k, s3:PutObjectAcl k',
  DeleteObject: 's3:DeleteObject k',
  PutObjectAcl: 's3:PutObjectAcl k',
  GetObjectTagging: 's3:GetObjectTagging k',
  PutObjectTagging: 's3:PutObjectTagging k',
  DeleteObjectTagging: 's3:DeleteObjectTagging k',
  CreateMultipartUpload: 's3:PutObject k, s3:PutObjectTagging k, s3:PutObjectAcl k',
  UploadPart: 's3:PutObject k',
  UploadPartCopy: 's3:PutObject k, s3:PutObjectTagging k, s3:PutObjectAcl k, s3:GetObject source',
  CompleteMultipartUpload: 's3:PutObject k',
  AbortMultipartUpload: 's3:AbortMultipartUpload k',
  ListParts: 's3:ListMultipartUploadParts k',
};

const SHORT: Readonly<Record<string, string>> = {
  '*': '*',
  'arn:aws:s3:::the-bucket': 'b',
  'arn:aws:s3:::the-bucket/a/ü': 'k',
  'arn:aws:s3:::other/source': 'source',
};

test('every operation asks for what AWS says it needs', async () => {
  const { now } = await openS3();
  const { operations } = now.s3.streamed;
  const target = {
    method: 'GET',
    path: '/the-bucket/a/%C3%BC',
    query: new URLSearchParams(),
    headers: new Map([
      ['host', '127.0.0.1'],
      ['x-amz-copy-source', 'other/source'],
      ['x-amz-tagging', 'a=b'],
      ['x-amz-acl', 'private'],
    ]),
  };
  const asked: Record<string, string> = {};
  for (const { name, access } of operations) {
    const questions = (await access?.(target, {} as RequestContext)) ?? [];
    const short = questions.map(
      ({ action, resources }) => `${action} ${resources.map(({ arn }) => SHORT[arn]).join()}`,
    );
    asked[name] = short.join(', ');
  }
  expect(asked).toEqual(ASKED);
});

test('the ACL that records are written with needs no right of its own: the documented task role has none', async () => {
  const { now } = await openS3();
  const operation = now.s3.streamed.operations.find(({ name }) => name === 'PutObject');
  const asked = async (acl: string): Promise<string[]> => {
    const headers = new Map([
      ['host', '127.0.0.1'],
      ['x-amz-acl', acl],
    ]);
    const target = { method: 'PUT', path: '/the-bucket/k', query: new URLSearchParams(), headers };
    const questions = await operation?.access?.(target, {} as RequestContext);
    return (questions ?? []).map(({ action }) => action);
  };
  expect(await asked('bucket-owner-full-control')).toEqual(['s3:PutObject']);
  expect(await asked('private')).toEqual(['s3:PutObject', 's3:PutObjectAcl']);
});
