import { describe, expect, test } from 'vitest';
import { SessionFailure } from '../session/session-failure.js';
import { credentialsOf, order, SESSION, setUp } from './delivery.fixture.js';

const role = credentialsOf('ROLE');
const GROUP = { cloudWatchLogGroupName: 'group' };
const BUCKET = { s3BucketName: 'bucket', s3KeyPrefix: 'demo/' };
const bestEffort = { record: 'best-effort' } as const;

const groupNotEncrypted =
  "We couldn't start the session because encryption is not set up on the selected CloudWatch Logs log group. " +
  'Either encrypt the log group or choose an option to enable logging without encryption.';
const bucketNotEncrypted =
  "We couldn't start the session because encryption is not set up on the selected Amazon S3 bucket. " +
  'Either encrypt the bucket or choose an option to enable logging without encryption.';
const bucketNotValidated =
  "Couldn't start the session because we are unable to validate encryption on Amazon S3 bucket. Error: ";
const mustBe = "Couldn't start the session because it must be recorded, and ";

async function refusal(check: Promise<void>): Promise<string> {
  const error: unknown = await check.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SessionFailure);
  return (error as SessionFailure).output;
}

test('what is there and may be written to is taken, as the task role, and nothing is left of the trial', async () => {
  const { aws, deliverer } = await setUp();
  aws.group('group', 'arn:aws:kms:us-east-1:1:key/k');
  aws.group('group-2');
  const { objects } = aws.bucket('bucket', 'AES256');
  const encrypted = { cloudWatchEncryptionEnabled: true, s3EncryptionEnabled: true };
  await deliverer.check(order({ ...GROUP, ...BUCKET, ...encrypted }), role);
  await deliverer.check(order({ ...GROUP, ...BUCKET, ...encrypted }), role);
  expect([...aws.signers]).toEqual(['ROLE']);
  expect([...(aws.groups.get('group')?.streams.keys() ?? [])]).toEqual([SESSION]);
  expect([objects.size, aws.unfinished]).toEqual([0, 0]);
});

test('a task without a role is checked as the host', async () => {
  const { aws, deliverer } = await setUp();
  aws.group('group');
  await deliverer.check(order(GROUP), undefined);
  expect([...aws.signers]).toEqual(['HOST']);
});

test('nothing is asked where nothing is named', async () => {
  const { aws, deliverer } = await setUp();
  await deliverer.check(order({ cloudWatchEncryptionEnabled: true, s3EncryptionEnabled: true }), role);
  expect(aws.calls).toEqual([]);
});

describe.each(['required', 'best-effort'] as const)(
  '%s: encryption that is asked for, in the words of AWS',
  (record) => {
    test.each([
      ['a group without a key', true],
      ['a group that is not there', false],
    ])('%s', async (_name, there) => {
      const { aws, deliverer } = await setUp();
      if (there) aws.group('group');
      aws.group('group-2', 'arn:aws:kms:us-east-1:1:key/k');
      const check = deliverer.check(order({ ...GROUP, cloudWatchEncryptionEnabled: true }, { record }), role);
      expect(await refusal(check)).toBe(groupNotEncrypted);
    });

    test('a group that the role may not see', async () => {
      const { aws, deliverer } = await setUp();
      aws.fault = () => ({ status: 400, code: 'AccessDeniedException' });
      const check = deliverer.check(order({ ...GROUP, cloudWatchEncryptionEnabled: true }, { record }), role);
      expect(await refusal(check)).toBe(groupNotEncrypted);
    });

    test('a group that nobody answers for', async () => {
      const { aws, deliverer } = await setUp();
      aws.fault = () => ({ status: 503, code: 'ServiceUnavailableException', message: 'later' });
      const check = deliverer.check(order({ ...GROUP, cloudWatchEncryptionEnabled: true }, { record }), role);
      expect(await refusal(check)).toBe(
        "Couldn't start the session because we are unable to validate encryption on CloudWatch Logs log group. " +
          'Error: ServiceUnavailableException: later',
      );
    });

    test.each([
      ['a bucket that is not there', undefined, 'NoSuchBucket: The specified bucket does not exist'],
      ['a bucket without a rule', '', 'ServerSideEncryptionConfigurationNotFoundError: '],
    ])('%s', async (_name, encryption, error) => {
      const { aws, deliverer } = await setUp();
      if (encryption !== undefined) aws.bucket('bucket');
      const check = deliverer.check(order({ ...BUCKET, s3EncryptionEnabled: true }, { record }), role);
      expect(await refusal(check)).toContain(bucketNotValidated + error);
    });

    test('a bucket with a rule of another kind', async () => {
      const { aws, deliverer } = await setUp();
      aws.bucket('bucket', 'aws:kms:dsse');
      const check = deliverer.check(order({ ...BUCKET, s3EncryptionEnabled: true }, { record }), role);
      expect(await refusal(check)).toBe(bucketNotEncrypted);
    });

    test('both at fault: the group is named, as AWS asks it first', async () => {
      const { deliverer } = await setUp();
      const inputs = { ...GROUP, ...BUCKET, cloudWatchEncryptionEnabled: true, s3EncryptionEnabled: true };
      expect(await refusal(deliverer.check(order(inputs, { record }), role))).toBe(groupNotEncrypted);
    });
  },
);

describe('a session that must be recorded', () => {
  test('is refused where a target is not there', async () => {
    const { deliverer } = await setUp();
    expect(await refusal(deliverer.check(order(GROUP), role))).toBe(
      `${mustBe}CloudWatch Logs log group "group" does not exist`,
    );
    expect(await refusal(deliverer.check(order(BUCKET), role))).toBe(
      `${mustBe}Amazon S3 bucket "bucket" does not exist`,
    );
  });

  test.each([
    ['DescribeLogGroups', 'CloudWatch Logs log group "group" cannot be read'],
    ['CreateLogStream', 'CloudWatch Logs log group "group" cannot be written to'],
    ['CreateMultipartUpload', 'Amazon S3 bucket "bucket" cannot be written to'],
  ])('is refused where the role lacks the permission for %s', async (call, text) => {
    const { aws, deliverer } = await setUp();
    aws.group('group');
    aws.bucket('bucket');
    aws.fault = (one) => (one === call ? { status: 403, code: 'AccessDenied', message: 'no' } : undefined);
    expect(await refusal(deliverer.check(order({ ...GROUP, ...BUCKET }), role))).toBe(
      `${mustBe}${text}: AccessDenied: no`,
    );
  });

  test.each([
    ['is away', 'cut'],
    ['is ill', { status: 500, code: 'InternalFailure' }],
    ['is busy', { status: 400, code: 'ThrottlingException' }],
  ] as const)('begins when its target %s: the spool waits', async (_name, fault) => {
    const { aws, deliverer, log } = await setUp();
    aws.fault = () => fault;
    await deliverer.check(order({ ...GROUP, ...BUCKET }), role);
    expect(log.lines.join('\n')).toMatch(/a target of the record does not answer[\s\S]*"target":"bucket"/);
  });
});

test('with best effort it begins, unlogged, and the operator reads why', async () => {
  const { aws, deliverer, log } = await setUp();
  await deliverer.check(order({ ...GROUP, ...BUCKET }, bestEffort), role);
  expect(aws.calls).toEqual(['DescribeLogGroups']);
  expect(log.lines.join()).toContain('session is not logged');
  aws.fault = () => ({ status: 400, code: 'AccessDeniedException', message: 'no' });
  await deliverer.check(order(GROUP, bestEffort), role);
  expect(log.lines.join()).toContain('AccessDeniedException: no');
});
