import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Delivery } from '../../core/recording/recordings-api.js';
import type { Clock } from '../clock.js';
import { createDeliverer } from './deliverer.js';
import { credentialsOf, hurried, order, SESSION, setUp, shown, spooled } from './delivery.fixture.js';
import { DELIVERY_BACKOFF } from './keep-trying.js';
import { PART_BYTES } from './object-store.js';

const role = credentialsOf('ROLE');
const GROUP = { cloudWatchLogGroupName: 'group' };
const BUCKET = { s3BucketName: 'bucket', s3KeyPrefix: 'demo/' };
const LONG = { timeout: 15_000 };
const running = (): AbortSignal => new AbortController().signal;
const sha256 = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex');
const TRANSCRIPT =
  /^Script started on \d{4}-.* \[<not executed on terminal>\]\nhello\n\nScript done on .* \[COMMAND_EXIT_CODE="0"\]\n$/;

/** Enough for two parts of an object and many events. */
const pieces = (count: number) => ({
  *[Symbol.iterator]() {
    for (let n = 0; n < count; n++) yield shown(`${n + 1000} ${'x'.repeat(94)}\n`.repeat(600), n * 1000);
  },
});
const much = pieces(140);
/** Enough for a few calls. */
const some = pieces(30);

const lastOf = (reports: readonly Delivery[], place: string): Delivery | undefined =>
  reports.findLast((report) => report.place === place);

test('the transcript goes to both places and the recording beside it, all as the task role', async () => {
  const { aws, deliverer, options } = await setUp();
  aws.group('group');
  const { objects } = aws.bucket('bucket', 'aws:kms', 'arn:aws:kms:us-east-1:1:key/k');
  await deliverer.deliver(spooled(order({ ...GROUP, ...BUCKET })), role, running());

  const transcript = objects.get(`demo/${SESSION}.log`);
  expect(transcript?.bytes.toString()).toMatch(TRANSCRIPT);
  expect(transcript?.headers).toEqual({
    'content-type': 'text/plain',
    'x-amz-acl': 'bucket-owner-full-control',
    'x-amz-server-side-encryption': 'aws:kms',
    'x-amz-server-side-encryption-aws-kms-key-id': 'arn:aws:kms:us-east-1:1:key/k',
  });
  const cast = objects.get(`demo/${SESSION}.cast`);
  expect(cast?.bytes.toString()).toMatch(/^\{"version":2,.*\n\[1\.000000, "o", "hello\\r\\n"\]\n/);
  expect(aws.messages('group', SESSION)).toEqual([transcript!.bytes.toString().replace(/\n$/, '')]);
  expect([...aws.signers].sort()).toEqual(['HOST', 'ROLE']);

  const digest = { sha256: sha256(transcript!.bytes), bytes: transcript!.bytes.length };
  expect(aws.reports.filter(({ status }) => status === 'delivered')).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ kind: 'transcript', place: `logs://group/${SESSION}`, attempts: 1, ...digest }),
      expect.objectContaining({ kind: 'transcript', place: `s3://bucket/demo/${SESSION}.log`, ...digest }),
      expect.objectContaining({ kind: 'cast', sha256: sha256(cast!.bytes), bytes: cast!.bytes.length }),
    ]),
  );
  expect(readdirSync(options.directory)).toEqual([]);
});

test('a long transcript goes in parts, and in events cut at lines, four a call', async () => {
  const { aws, deliverer } = await setUp();
  aws.group('group');
  const { objects } = aws.bucket('bucket');
  await deliverer.deliver(spooled(order({ ...GROUP, ...BUCKET }), much), role, running());
  const transcript = objects.get(`demo/${SESSION}.log`)!.bytes;
  expect(transcript.length).toBeGreaterThan(PART_BYTES);
  expect(aws.calls.filter((call) => call === 'UploadPart').length).toBeGreaterThanOrEqual(2);
  const messages = aws.messages('group', SESSION);
  expect(`${messages.join('\n')}\n`).toBe(transcript.toString());
  expect(Math.max(...messages.map((message) => message.length))).toBeLessThan(200_000);
  expect(aws.calls.filter((call) => call === 'PutLogEvents')).toHaveLength(Math.ceil(messages.length / 4));
  expect(lastOf(aws.reports, `logs://group/${SESSION}`)?.sha256).toBe(sha256(transcript));
});

test('a session that names no place is done at once', async () => {
  const { aws, deliverer } = await setUp();
  await deliverer.deliver(spooled(order({})), role, running());
  expect(aws.calls).toEqual([]);
});

test.each([
  ['', `${SESSION}.log`],
  ['demo', `demo/${SESSION}.log`],
  ['/a//b/./c/', `a/b/c/${SESSION}.log`],
])('the prefix %j gives the key %s', async (s3KeyPrefix, key) => {
  const { aws, deliverer } = await setUp();
  const { objects } = aws.bucket('bucket');
  await deliverer.deliver(spooled(order({ s3BucketName: 'bucket', s3KeyPrefix })), role, running());
  expect(objects.has(key)).toBe(true);
});

describe('what fails is tried again', () => {
  test.each([
    ['the connection is cut', 'cut', some],
    ['the answer is lost', 'late cut', much],
    ['the service is busy', { status: 400, code: 'ThrottlingException' }, some],
    ['the service is ill', { status: 503, code: 'SlowDown' }, much],
    ['a permission is missing', { status: 403, code: 'AccessDenied' }, some],
  ] as const)(
    '%s, twice on each call: nothing is lost, nothing doubled',
    async (_name, fault, output) => {
      const { aws, deliverer } = await setUp();
      aws.group('group');
      const { objects } = aws.bucket('bucket');
      const seen = new Map<string, number>();
      aws.fault = (call) => {
        const times = seen.get(call) ?? 0;
        seen.set(call, times + 1);
        return times < 2 || (call === 'PutLogEvents' && times % 2 === 0) ? fault : undefined;
      };
      await deliverer.deliver(spooled(order({ ...GROUP, ...BUCKET }), output), role, running());
      const transcript = objects.get(`demo/${SESSION}.log`)!.bytes.toString();
      expect(`${aws.messages('group', SESSION).join('\n')}\n`).toBe(transcript);
      expect(aws.reports.filter(({ status }) => status === 'late').length).toBeGreaterThan(0);
      expect(lastOf(aws.reports, `logs://group/${SESSION}`)).toMatchObject({ status: 'delivered' });
      expect(lastOf(aws.reports, `s3://bucket/demo/${SESSION}.log`)).toMatchObject({ status: 'delivered' });
    },
    60_000,
  );

  test('a group and a bucket that are made later; until then the copies are late, and it is said why', async () => {
    const { aws, deliverer } = await setUp();
    const done = deliverer.deliver(spooled(order({ ...GROUP, ...BUCKET })), role, running());
    await expect.poll(() => lastOf(aws.reports, `logs://group/${SESSION}`)?.status, LONG).toBe('late');
    await expect.poll(() => lastOf(aws.reports, `s3://bucket/demo/${SESSION}.log`)?.status, LONG).toBe('late');
    await expect.poll(() => lastOf(aws.reports, `s3://bucket/demo/${SESSION}.cast`)?.attempts, LONG).toBeGreaterThan(1);
    expect(lastOf(aws.reports, `logs://group/${SESSION}`)?.reason).toBe(
      'ResourceNotFoundException: The specified log group does not exist.',
    );
    expect(lastOf(aws.reports, `s3://bucket/demo/${SESSION}.log`)?.reason).toBe(
      'NoSuchBucket: The specified bucket does not exist',
    );
    aws.group('group');
    aws.bucket('bucket');
    await done;
    expect(lastOf(aws.reports, `s3://bucket/demo/${SESSION}.log`)).toMatchObject({ status: 'delivered' });
    expect(lastOf(aws.reports, `logs://group/${SESSION}`)?.reason).toBeUndefined();
  });

  test('one place that refuses does not keep the others waiting', async () => {
    const { aws, deliverer } = await setUp();
    const { objects } = aws.bucket('bucket');
    const stop = new AbortController();
    const done = deliverer.deliver(spooled(order({ ...GROUP, ...BUCKET })), role, stop.signal);
    await expect.poll(() => objects.size, LONG).toBe(2);
    expect(lastOf(aws.reports, `logs://group/${SESSION}`)?.status).toBe('late');
    stop.abort();
    await expect(done).rejects.toThrow('aborted');
  });

  test('a name that no bucket can have is given up, and it is said', async () => {
    const { aws, deliverer } = await setUp();
    aws.fault = (call) => (call === 'PutObject' ? { status: 400, code: 'InvalidBucketName' } : undefined);
    aws.bucket('b');
    await deliverer.deliver(spooled(order({ s3BucketName: 'b' })), role, running());
    expect(lastOf(aws.reports, `s3://b/${SESSION}.log`)).toMatchObject({
      status: 'failed',
      reason: 'InvalidBucketName: InvalidBucketName',
    });
  });

  test('the endpoint is told again until it has heard', async () => {
    const { aws, deliverer } = await setUp();
    aws.group('group');
    let deaf = 3;
    aws.fault = (call) => (call === 'report' && deaf-- > 0 ? 'cut' : undefined);
    await deliverer.deliver(spooled(order(GROUP)), role, running());
    expect(aws.reports.at(-1)).toMatchObject({ status: 'delivered' });
  });

  test('a report that the endpoint will never understand does not keep the spool; a key may have blanks', async () => {
    const { aws, deliverer, log } = await setUp();
    aws.bucket('bucket');
    aws.fault = (call) => (call === 'report' ? { status: 400, code: 'ValidationException' } : undefined);
    await deliverer.deliver(spooled(order({ s3BucketName: 'bucket', s3KeyPrefix: 'a b' })), role, running());
    expect(aws.buckets.get('bucket')?.objects.has(`a b/${SESSION}.log`)).toBe(true);
    expect(log.lines.join()).toContain(`s3://bucket/a%20b/${SESSION}.log`);
  });

  test('waits grow to five minutes and have no end', () => {
    expect(DELIVERY_BACKOFF).toEqual({ firstMs: 1_000, capMs: 300_000 });
  });
});

test('a process that dies in the middle is followed by one that goes on where the stream ends', async () => {
  const { aws, deliverer, options } = await setUp();
  aws.group('group');
  for (let round = 0; round < 4; round++) {
    let puts = 0;
    const stop = new AbortController();
    // The last of the calls is carried out, but its answer does not come.
    aws.fault = (call) => {
      if (call !== 'PutLogEvents' || ++puts < 2) return undefined;
      stop.abort();
      return 'late cut';
    };
    const delivery = createDeliverer(options).deliver(spooled(order(GROUP), much), role, stop.signal);
    await expect(delivery).rejects.toThrow('aborted');
  }
  aws.fault = () => undefined;
  await deliverer.deliver(spooled(order(GROUP), much), role, running());
  const messages = aws.messages('group', SESSION);
  const delivered = lastOf(aws.reports, `logs://group/${SESSION}`);
  expect(sha256(`${messages.join('\n')}\n`)).toBe(delivered?.sha256);
});

test('a stop of the host is not kept waiting', async () => {
  const { aws, deliverer, options } = await setUp();
  aws.fault = () => ({ status: 500, code: 'InternalFailure' });
  const stop = new AbortController();
  const done = deliverer.deliver(spooled(order({ ...GROUP, ...BUCKET })), role, stop.signal);
  await expect.poll(() => aws.calls.length, LONG).toBeGreaterThan(5);
  const since = Date.now();
  stop.abort();
  await expect(done).rejects.toThrow('aborted');
  expect(Date.now() - since).toBeLessThan(2_000);
  expect(existsSync(options.directory)).toBe(true);
});

test('a record of long ago gets the time of its delivery: the service takes nothing that is older', async () => {
  const { aws, options } = await setUp();
  aws.group('group');
  const now = Date.now();
  aws.now = () => now + 14 * 24 * 3_600_000;
  const clock: Clock = { ...hurried(), now: aws.now };
  await createDeliverer({ ...options, clock }).deliver(spooled(order(GROUP), much), role, running());
  expect(aws.messages('group', SESSION)[0]).toContain('Script started on');
  expect(lastOf(aws.reports, `logs://group/${SESSION}`)?.status).toBe('delivered');
});

describe('whose hand it is', () => {
  const expired = credentialsOf('ROLE', Date.now() - 1);
  const gone = (): Promise<never> => Promise.reject(new Error('the task is gone'));

  test.each([
    ['are over', expired],
    ['are gone with it', gone],
  ])('when the credentials of the task %s, the endpoint gives others of its role', async (_name, of) => {
    const { aws, deliverer } = await setUp();
    aws.group('group');
    aws.roleKey = 'LATE';
    await deliverer.deliver(spooled(order(GROUP)), of, running());
    expect([...aws.signers].sort()).toEqual(['HOST', 'LATE']);
  });

  test('when a service calls them void, the endpoint gives others', async () => {
    const { aws, deliverer } = await setUp();
    aws.bucket('bucket');
    aws.roleKey = 'LATE';
    aws.fault = (_call, signer) => (signer === 'ROLE' ? { status: 400, code: 'ExpiredToken' } : undefined);
    await deliverer.deliver(spooled(order(BUCKET)), role, running());
    expect(aws.buckets.get('bucket')?.objects.size).toBe(2);
  });

  test('never the host’s, where the task has a role', async () => {
    const { aws, deliverer } = await setUp();
    aws.group('group');
    const stop = new AbortController();
    const done = deliverer.deliver(spooled(order(GROUP)), gone, stop.signal);
    await expect.poll(() => lastOf(aws.reports, `logs://group/${SESSION}`)?.attempts, LONG).toBeGreaterThan(2);
    expect(aws.calls).not.toContain('PutLogEvents');
    stop.abort();
    await expect(done).rejects.toThrow();
  });

  test('a target with credentials of its own is asked with those, each on its own', async () => {
    const { aws, options, endpointUrl } = await setUp();
    aws.group('group');
    aws.bucket('bucket');
    const targets = { s3: { endpointUrl, credentials: credentialsOf('OWN') } };
    const signers = new Map<string, string>();
    aws.fault = (call, signer) => void signers.set(call, signer);
    await createDeliverer({ ...options, targets }).deliver(spooled(order({ ...GROUP, ...BUCKET })), role, running());
    expect(signers.get('PutObject')).toBe('OWN');
    expect(signers.get('PutLogEvents')).toBe('ROLE');
    expect(signers.get('report')).toBe('HOST');
  });
});
