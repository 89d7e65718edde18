import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketEncryptionCommand,
  DeleteBucketLifecycleCommand,
  DeleteBucketOwnershipControlsCommand,
  DeleteBucketPolicyCommand,
  DeleteBucketTaggingCommand,
  DeleteObjectsCommand,
  DeletePublicAccessBlockCommand,
  GetBucketAccelerateConfigurationCommand,
  GetBucketAclCommand,
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
  GetBucketLoggingCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketReplicationCommand,
  GetBucketRequestPaymentCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetBucketWebsiteCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListBucketAnalyticsConfigurationsCommand,
  ListBucketIntelligentTieringConfigurationsCommand,
  ListBucketInventoryConfigurationsCommand,
  ListBucketMetricsConfigurationsCommand,
  ListObjectVersionsCommand,
  PutBucketAccelerateConfigurationCommand,
  PutBucketAclCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketLoggingCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketRequestPaymentCommand,
  PutBucketTaggingCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  type LifecycleRule,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { accountEndpoint, ACCOUNT, REGION } from '../account-endpoint.fixture.js';
import { expectNoDifference, policy, refusal, set, untilGone } from './difference.fixture.js';

const Bucket = 'gangway-terraform';

async function withBucket() {
  const endpoint = await accountEndpoint();
  await endpoint.s3.send(new CreateBucketCommand({ Bucket }));
  return endpoint;
}

test('aws_s3_bucket', async () => {
  const { s3 } = await accountEndpoint();
  expect(await refusal(s3.send(new HeadBucketCommand({ Bucket })))).toBe('NotFound');
  await s3.send(new CreateBucketCommand({ Bucket }));
  expect(await s3.send(new HeadBucketCommand({ Bucket }))).toMatchObject({ BucketRegion: REGION });
  const tags = (pairs: readonly { Key: string; Value: string }[]) =>
    s3.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet: [...pairs] } }));
  await tags([
    { Key: 'team', Value: 'ops' },
    { Key: 'Name', Value: 'audit' },
  ]);

  // All that is read of each bucket; of what another resource sets, that it is not set.
  const unset: Readonly<Record<string, () => Promise<unknown>>> = {
    NoSuchBucketPolicy: () => s3.send(new GetBucketPolicyCommand({ Bucket })),
    NoSuchCORSConfiguration: () => s3.send(new GetBucketCorsCommand({ Bucket })),
    NoSuchWebsiteConfiguration: () => s3.send(new GetBucketWebsiteCommand({ Bucket })),
    NoSuchLifecycleConfiguration: () => s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket })),
    ReplicationConfigurationNotFoundError: () => s3.send(new GetBucketReplicationCommand({ Bucket })),
    ObjectLockConfigurationNotFoundError: () => s3.send(new GetObjectLockConfigurationCommand({ Bucket })),
  };
  for (const [code, reading] of Object.entries(unset)) expect(await refusal(reading())).toBe(code);
  const acl = await s3.send(new GetBucketAclCommand({ Bucket }));
  const read = {
    grants: acl.Grants?.map(({ Grantee, Permission }) => ({ own: Grantee?.ID === acl.Owner?.ID, Permission })),
    versioning: (await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status,
    acceleration: (await s3.send(new GetBucketAccelerateConfigurationCommand({ Bucket }))).Status,
    request_payer: (await s3.send(new GetBucketRequestPaymentCommand({ Bucket }))).Payer,
    logging: (await s3.send(new GetBucketLoggingCommand({ Bucket }))).LoggingEnabled,
    encryption: (await s3.send(new GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration?.Rules,
    location: (await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint,
    tags: set((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet),
  };
  expectNoDifference(
    {
      grants: [{ own: true, Permission: 'FULL_CONTROL' }],
      request_payer: 'BucketOwner',
      encryption: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' }, BucketKeyEnabled: false }],
      tags: [
        { Key: 'Name', Value: 'audit' },
        { Key: 'team', Value: 'ops' },
      ],
    },
    read,
  );

  await tags([{ Key: 'team', Value: 'sec' }]);
  expect((await s3.send(new GetBucketTaggingCommand({ Bucket }))).TagSet).toEqual([{ Key: 'team', Value: 'sec' }]);
  await s3.send(new DeleteBucketTaggingCommand({ Bucket }));
  expect(await refusal(s3.send(new GetBucketTaggingCommand({ Bucket })))).toBe('NoSuchTagSet');

  // force_destroy
  await s3.send(new PutObjectCommand({ Bucket, Key: 'a/b', Body: 'x' }));
  expect(await refusal(s3.send(new DeleteBucketCommand({ Bucket })))).toBe('BucketNotEmpty');
  const { Versions = [], DeleteMarkers } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  expect(DeleteMarkers).toBeUndefined();
  const Objects = Versions.map(({ Key, VersionId }) => ({ Key, VersionId }));
  expect(Objects).toEqual([{ Key: 'a/b', VersionId: 'null' }]);
  await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
  await s3.send(new DeleteBucketCommand({ Bucket }));
  await untilGone(() => s3.send(new HeadBucketCommand({ Bucket })), 'NotFound');
  // A second delete of what has gone meanwhile.
  expect(await refusal(s3.send(new DeleteBucketCommand({ Bucket })))).toBe('NoSuchBucket');
});

test('aws_s3_bucket_versioning', async () => {
  const { s3 } = await withBucket();
  for (const Status of ['Enabled', 'Suspended'] as const) {
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
    const read = await s3.send(new GetBucketVersioningCommand({ Bucket }));
    expectNoDifference({ status: Status, mfa_delete: undefined }, { status: read.Status, mfa_delete: read.MFADelete });
  }
});

test('aws_s3_bucket with force_destroy, and versions in it', async () => {
  const { s3 } = await withBucket();
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  for (const Body of ['x', 'y']) await s3.send(new PutObjectCommand({ Bucket, Key: 'a/b', Body }));
  await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: 'a/b' }] } }));
  const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  expect([Versions.length, DeleteMarkers.length]).toEqual([2, 1]);
  const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
  await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
  await s3.send(new DeleteBucketCommand({ Bucket }));
});

test('aws_s3_bucket_policy', async () => {
  const { s3 } = await withBucket();
  const document = (Action: string) =>
    policy({
      ...{ Sid: 'Records', Effect: 'Allow', Action, Resource: `arn:aws:s3:::${Bucket}/*` },
      Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
    });
  for (const Action of ['s3:PutObject', 's3:GetObject']) {
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: document(Action) }));
    const { Policy } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
    expectNoDifference({ policy: document(Action) }, { policy: Policy });
  }
  await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
  await untilGone(() => s3.send(new GetBucketPolicyCommand({ Bucket })), 'NoSuchBucketPolicy');
});

test('aws_s3_bucket_public_access_block', async () => {
  const { s3 } = await withBucket();
  const read = () => s3.send(new GetPublicAccessBlockCommand({ Bucket }));
  for (const RestrictPublicBuckets of [true, false]) {
    const PublicAccessBlockConfiguration = {
      ...{ BlockPublicAcls: true, BlockPublicPolicy: true, IgnorePublicAcls: true, RestrictPublicBuckets },
    };
    await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
    expectNoDifference(PublicAccessBlockConfiguration, { ...(await read()).PublicAccessBlockConfiguration });
  }
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket }));
  await untilGone(read, 'NoSuchPublicAccessBlockConfiguration');
});

test('aws_s3_bucket_server_side_encryption_configuration', async () => {
  const { s3 } = await withBucket();
  const read = async () =>
    (await s3.send(new GetBucketEncryptionCommand({ Bucket }))).ServerSideEncryptionConfiguration;
  const key = `arn:aws:kms:${REGION}:${ACCOUNT}:key/01234567-89ab-cdef-0123-456789abcdef`;
  for (const applied of [{ SSEAlgorithm: 'aws:kms', KMSMasterKeyID: key }, { SSEAlgorithm: 'AES256' }] as const) {
    const ServerSideEncryptionConfiguration = {
      Rules: [{ ApplyServerSideEncryptionByDefault: applied, BucketKeyEnabled: applied.SSEAlgorithm === 'aws:kms' }],
    };
    await s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration }));
    expectNoDifference(ServerSideEncryptionConfiguration, { ...(await read()) });
  }
  // Nothing waits for it to go: a bucket is always encrypted.
  await s3.send(new DeleteBucketEncryptionCommand({ Bucket }));
  expect((await read())?.Rules?.[0]?.ApplyServerSideEncryptionByDefault).toEqual({ SSEAlgorithm: 'AES256' });
});

test('aws_s3_bucket_lifecycle_configuration', async () => {
  const { s3 } = await withBucket();
  const read = () => s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }));
  const rules: LifecycleRule[] = [
    { ID: 'records', Status: 'Enabled', Filter: { Prefix: 'exec/' }, Expiration: { Days: 90 } },
    {
      ...{ ID: 'parts', Status: 'Enabled', Filter: { Prefix: '' } },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      NoncurrentVersionExpiration: { NoncurrentDays: 30, NewerNoncurrentVersions: 2 },
    },
    { ID: 'markers', Status: 'Disabled', Filter: { Prefix: '' }, Expiration: { ExpiredObjectDeleteMarker: true } },
  ];
  const put = (Rules: LifecycleRule[], size?: 'varies_by_storage_class') =>
    s3.send(
      new PutBucketLifecycleConfigurationCommand({
        ...{ Bucket, LifecycleConfiguration: { Rules } },
        ...(size && { TransitionDefaultMinimumObjectSize: size }),
      }),
    );
  await put(rules);
  const first = await read();
  expectNoDifference(
    { rule: rules, transition_default_minimum_object_size: 'all_storage_classes_128K' },
    { rule: first.Rules, transition_default_minimum_object_size: first.TransitionDefaultMinimumObjectSize },
  );
  await put(rules.slice(0, 1), 'varies_by_storage_class');
  const second = await read();
  expectNoDifference(
    { rule: rules.slice(0, 1), transition_default_minimum_object_size: 'varies_by_storage_class' },
    { rule: second.Rules, transition_default_minimum_object_size: second.TransitionDefaultMinimumObjectSize },
  );
  await s3.send(new DeleteBucketLifecycleCommand({ Bucket }));
  await untilGone(read, 'NoSuchLifecycleConfiguration');
});

test('aws_s3_bucket_ownership_controls', async () => {
  const { s3 } = await withBucket();
  const read = () => s3.send(new GetBucketOwnershipControlsCommand({ Bucket }));
  expect((await read()).OwnershipControls?.Rules).toEqual([{ ObjectOwnership: 'BucketOwnerEnforced' }]);
  for (const ObjectOwnership of ['BucketOwnerPreferred', 'ObjectWriter', 'BucketOwnerEnforced'] as const) {
    const OwnershipControls = { Rules: [{ ObjectOwnership }] };
    await s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls }));
    expectNoDifference(OwnershipControls, { ...(await read()).OwnershipControls });
  }
  await s3.send(new DeleteBucketOwnershipControlsCommand({ Bucket }));
  await untilGone(read, 'OwnershipControlsNotFoundError');
});

test('aws_s3_bucket_acl: as AWS has it, only where the ownership controls leave room for one', async () => {
  const { s3 } = await withBucket();
  const put = (ACL: 'private' | 'public-read') => s3.send(new PutBucketAclCommand({ Bucket, ACL }));
  expect(await refusal(put('private'))).toBe('AccessControlListNotSupported');
  const OwnershipControls = { Rules: [{ ObjectOwnership: 'BucketOwnerPreferred' as const }] };
  await s3.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls }));
  await put('private');
  const { Owner, Grants } = await s3.send(new GetBucketAclCommand({ Bucket }));
  expectNoDifference(
    { grant: [{ Grantee: { ID: Owner?.ID, Type: 'CanonicalUser' }, Permission: 'FULL_CONTROL' }] },
    { grant: Grants },
  );
  // access_control_policy
  await s3.send(new PutBucketAclCommand({ Bucket, AccessControlPolicy: { Owner, Grants } }));
  expect(await refusal(put('public-read'))).toBe('NotImplemented');
  const everybody = { Type: 'Group' as const, URI: 'http://acs.amazonaws.com/groups/global/AllUsers' };
  const open = { Owner, Grants: [...(Grants ?? []), { Grantee: everybody, Permission: 'READ' as const }] };
  expect(await refusal(s3.send(new PutBucketAclCommand({ Bucket, AccessControlPolicy: open })))).toBe('NotImplemented');
});

test('aws_s3_bucket_logging', async () => {
  const { s3 } = await withBucket();
  const read = async () => (await s3.send(new GetBucketLoggingCommand({ Bucket }))).LoggingEnabled;
  const put = (LoggingEnabled?: object) =>
    s3.send(
      new PutBucketLoggingCommand({
        Bucket,
        BucketLoggingStatus: LoggingEnabled ? { LoggingEnabled: LoggingEnabled as never } : {},
      }),
    );
  for (const more of [
    {},
    { TargetObjectKeyFormat: { PartitionedPrefix: { PartitionDateSource: 'EventTime' } } },
    { TargetObjectKeyFormat: { SimplePrefix: {} } },
  ]) {
    const logging = { TargetBucket: Bucket, TargetPrefix: 'log/', ...more };
    await put(logging);
    expectNoDifference(logging, { ...(await read()) });
  }
  await put();
  expect(await read()).toBeUndefined();
});

test('AWS::S3::Bucket: what its handler puts at creation, reads, and takes away', async () => {
  const { s3 } = await accountEndpoint();
  await s3.send(new CreateBucketCommand({ Bucket, ObjectOwnership: 'BucketOwnerPreferred' }));
  expect((await s3.send(new GetBucketOwnershipControlsCommand({ Bucket }))).OwnershipControls?.Rules).toEqual([
    { ObjectOwnership: 'BucketOwnerPreferred' },
  ]);
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: {} }));
  const payer = { Payer: 'BucketOwner' as const };
  await s3.send(new PutBucketRequestPaymentCommand({ Bucket, RequestPaymentConfiguration: payer }));
  const suspended = { Status: 'Suspended' as const };
  await s3.send(new PutBucketAccelerateConfigurationCommand({ Bucket, AccelerateConfiguration: suspended }));
  const read = {
    notification: await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket })),
    payer: (await s3.send(new GetBucketRequestPaymentCommand({ Bucket }))).Payer,
    acceleration: (await s3.send(new GetBucketAccelerateConfigurationCommand({ Bucket }))).Status,
    analytics: (await s3.send(new ListBucketAnalyticsConfigurationsCommand({ Bucket }))).AnalyticsConfigurationList,
    tiering: (await s3.send(new ListBucketIntelligentTieringConfigurationsCommand({ Bucket })))
      .IntelligentTieringConfigurationList,
    inventory: (await s3.send(new ListBucketInventoryConfigurationsCommand({ Bucket }))).InventoryConfigurationList,
    metrics: (await s3.send(new ListBucketMetricsConfigurationsCommand({ Bucket }))).MetricsConfigurationList,
  };
  expect(read).toMatchObject({ payer: 'BucketOwner', acceleration: 'Suspended' });
  expect(Object.keys(read.notification)).toEqual(['$metadata']);
  expect([read.analytics, read.tiering, read.inventory, read.metrics]).toEqual(Array(4).fill(undefined));
  await s3.send(new DeleteBucketCommand({ Bucket }));
  await untilGone(() => s3.send(new HeadBucketCommand({ Bucket })), 'NotFound');
});
