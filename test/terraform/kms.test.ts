import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  DeleteAliasCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  type KMSClient,
  ListAliasesCommand,
  ListResourceTagsCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
} from '@aws-sdk/client-kms';
import { expect, test } from 'vitest';
import { accountEndpoint, ACCOUNT, REGION } from '../account-endpoint.fixture.js';
import { expectNoDifference, policy, refusal, set } from './difference.fixture.js';

const own = { Sid: 'Account', Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Resource: '*' };
const POLICY = policy({ ...own, Action: 'kms:*' });

async function read(kms: KMSClient, KeyId: string) {
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId }));
  const { Policy } = await kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' }));
  const rotation = await kms.send(new GetKeyRotationStatusCommand({ KeyId }));
  const { Tags } = await kms.send(new ListResourceTagsCommand({ KeyId }));
  return {
    ...{ description: KeyMetadata?.Description, key_usage: KeyMetadata?.KeyUsage, is_enabled: KeyMetadata?.Enabled },
    ...{ multi_region: KeyMetadata?.MultiRegion, customer_master_key_spec: KeyMetadata?.KeySpec, policy: Policy },
    ...{ enable_key_rotation: rotation.KeyRotationEnabled, rotation_period_in_days: rotation.RotationPeriodInDays },
    tags: set(Tags),
  };
}

test('aws_kms_key', async () => {
  const { kms } = await accountEndpoint();
  const Tags = [
    { TagKey: 'team', TagValue: 'ops' },
    { TagKey: 'env', TagValue: 'prod' },
  ];
  const { KeyMetadata } = await kms.send(
    new CreateKeyCommand({
      // eslint-disable-next-line @typescript-eslint/no-deprecated -- what the provider sends
      ...{ Description: 'exec', KeyUsage: 'ENCRYPT_DECRYPT', CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT' },
      ...{ BypassPolicyLockoutSafetyCheck: false, MultiRegion: false, Policy: POLICY, Tags },
    }),
  );
  const KeyId = KeyMetadata?.KeyId ?? '';
  await kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 180 }));
  const created = {
    ...{ description: 'exec', key_usage: 'ENCRYPT_DECRYPT', is_enabled: true, multi_region: false },
    ...{ customer_master_key_spec: 'SYMMETRIC_DEFAULT', policy: POLICY, tags: set(Tags) },
    ...{ enable_key_rotation: true, rotation_period_in_days: 180 },
  };
  expectNoDifference(created, await read(kms, KeyId));

  const wider = policy({ ...own, Action: 'kms:*' }, { ...own, Sid: 'Tasks', Action: ['kms:Decrypt'] });
  await kms.send(new UpdateKeyDescriptionCommand({ KeyId, Description: 'exec and logs' }));
  await kms.send(new PutKeyPolicyCommand({ KeyId, PolicyName: 'default', Policy: wider }));
  await kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 365 }));
  await kms.send(new UntagResourceCommand({ KeyId, TagKeys: ['env'] }));
  await kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'team', TagValue: 'sec' }] }));
  const updated = {
    ...{ ...created, description: 'exec and logs', policy: wider, rotation_period_in_days: 365 },
    tags: [{ TagKey: 'team', TagValue: 'sec' }],
  };
  expectNoDifference(updated, await read(kms, KeyId));

  // The provider ends the rotation of a key before it disables it, and begins it after it has enabled it.
  await kms.send(new DisableKeyRotationCommand({ KeyId }));
  await kms.send(new DisableKeyCommand({ KeyId }));
  const off = { ...updated, is_enabled: false, enable_key_rotation: false, rotation_period_in_days: undefined };
  expectNoDifference(off, await read(kms, KeyId));
  await kms.send(new EnableKeyCommand({ KeyId }));
  expectNoDifference({ ...off, is_enabled: true }, await read(kms, KeyId));

  const { KeyState, PendingWindowInDays } = await kms.send(
    new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }),
  );
  expect({ KeyState, PendingWindowInDays }).toEqual({ KeyState: 'PendingDeletion', PendingWindowInDays: 7 });
  // What is pending deletion is gone to the provider.
  const gone = await kms.send(new DescribeKeyCommand({ KeyId }));
  expect(gone.KeyMetadata).toMatchObject({ KeyState: 'PendingDeletion', DeletionDate: expect.any(Date) });
  const again = kms.send(new ScheduleKeyDeletionCommand({ KeyId }));
  expect(await refusal(again)).toBe('KMSInvalidStateException');
  // Import of one that was saved, by its ARN.
  await kms.send(new CancelKeyDeletionCommand({ KeyId }));
  expectNoDifference(off, await read(kms, `arn:aws:kms:${REGION}:${ACCOUNT}:key/${KeyId}`));
});

test('aws_kms_key without a policy has the one that AWS gives', async () => {
  const { kms } = await accountEndpoint();
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
  const { policy: given, tags } = await read(kms, KeyMetadata?.KeyId ?? '');
  expect(JSON.parse(given ?? '')).toEqual({
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: [{ ...own, Sid: 'Enable IAM User Permissions', Action: 'kms:*' }],
  });
  expect(tags).toEqual([]);
  const unknown = kms.send(new DescribeKeyCommand({ KeyId: '01234567-89ab-cdef-0123-456789abcdef' }));
  expect(await refusal(unknown)).toBe('NotFoundException');
});

test('aws_kms_alias', async () => {
  const { kms } = await accountEndpoint();
  const create = async () => (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
  const [first, second] = [await create(), await create()];
  const AliasName = 'alias/exec';
  /** Pages until it is found, as there is no other way to ask. */
  const find = async () => {
    let Marker: string | undefined;
    do {
      const page = await kms.send(new ListAliasesCommand({ Marker, Limit: 1 }));
      const found = page.Aliases?.find((one) => one.AliasName === AliasName);
      if (found) return { arn: found.AliasArn, target_key_id: found.TargetKeyId };
      Marker = page.NextMarker;
    } while (Marker !== undefined);
    return undefined;
  };
  await kms.send(new CreateAliasCommand({ AliasName: 'alias/another', TargetKeyId: first }));
  await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: first }));
  const arn = `arn:aws:kms:${REGION}:${ACCOUNT}:${AliasName}`;
  expectNoDifference({ arn, target_key_id: first }, { ...(await find()) });
  await kms.send(new UpdateAliasCommand({ AliasName, TargetKeyId: second }));
  expectNoDifference({ arn, target_key_id: second }, { ...(await find()) });
  // data aws_kms_key, data aws_kms_alias
  expect((await kms.send(new DescribeKeyCommand({ KeyId: AliasName }))).KeyMetadata?.KeyId).toBe(second);
  const { Aliases } = await kms.send(new ListAliasesCommand({ KeyId: second }));
  expect(Aliases?.map((one) => one.AliasName)).toEqual([AliasName]);
  await kms.send(new DeleteAliasCommand({ AliasName }));
  expect(await find()).toBeUndefined();
  expect(await refusal(kms.send(new DeleteAliasCommand({ AliasName })))).toBe('NotFoundException');
});
