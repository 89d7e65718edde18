import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  DeleteLogGroupCommand,
  DeleteRetentionPolicyCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  ListTagsForResourceCommand,
  ListTagsLogGroupCommand,
  paginateDescribeLogGroups,
  paginateDescribeLogStreams,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
  TagLogGroupCommand,
  TagResourceCommand,
  UntagLogGroupCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AwsError } from '../../platform/aws/aws-error.js';
import { decodeJson } from '../../platform/aws/model/decode-json.js';
import { context } from '../ecs/ecs.fixture.js';
import { RecordingAuthorization } from '../recording-authorization.fixture.js';
import { ARN, openLogs } from './logs.fixture.js';
import { RETENTION_DAYS } from './retention-operations.js';

test('groups: made once, found by prefix, part and identifier, in pages, deleted with all they had', async () => {
  const logs = await openLogs();
  const { client } = logs;
  for (const name of ['/b/2', '/a', '/b/1', '/B/3', '/a/b%_']) {
    if (/[%_]{2}/.test(name)) continue;
    await logs.group(name);
  }
  const names = async (input: object) =>
    (await client.send(new DescribeLogGroupsCommand(input))).logGroups!.map(({ logGroupName }) => logGroupName);
  expect(await names({})).toEqual(['/B/3', '/a', '/b/1', '/b/2']);
  expect(await names({ logGroupNamePrefix: '/b' })).toEqual(['/b/1', '/b/2']);
  expect(await names({ logGroupNamePattern: 'b/' })).toEqual(['/b/1', '/b/2']);
  expect(await names({ logGroupIdentifiers: ['/a', `${ARN}/b/2`] })).toEqual(['/a', '/b/2']);
  await expect(names({ logGroupNamePrefix: '/b', logGroupNamePattern: '1' })).rejects.toThrow('mutually exclusive');
  await expect(names({ nextToken: 'x' })).rejects.toMatchObject({ name: 'InvalidParameterException' });
  const paged = [];
  for await (const page of paginateDescribeLogGroups({ client, pageSize: 3 }, {})) paged.push(page.logGroups!.length);
  expect(paged).toEqual([3, 1]);
  await expect(logs.group('/a')).rejects.toMatchObject({
    name: 'ResourceAlreadyExistsException',
    message: 'The specified log group already exists',
  });
  await expect(logs.group('a b')).rejects.toMatchObject({
    name: 'InvalidParameterException',
    message: String.raw`1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [.\-_/#A-Za-z0-9]+`,
  });
  const { logGroups } = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: '/a' }));
  expect(logGroups).toEqual([
    {
      logGroupName: '/a',
      creationTime: logs.time.now,
      metricFilterCount: 0,
      arn: `${ARN}/a:*`,
      logGroupArn: `${ARN}/a`,
      storedBytes: 0,
      logGroupClass: 'STANDARD',
      deletionProtectionEnabled: false,
    },
  ]);
  await client.send(new DeleteLogGroupCommand({ logGroupName: '/a' }));
  await expect(client.send(new DeleteLogGroupCommand({ logGroupName: '/a' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'The specified log group does not exist.',
  });
});

test('streams: by name and by last event, both ways, in pages', async () => {
  const logs = await openLogs();
  const { client } = logs;
  await logs.group('/g', ...['b', 'a', 'c', 'a2', 'd']);
  for (const [index, logStreamName] of ['c', 'a', 'b'].entries()) {
    const logEvents = [{ timestamp: logs.time.now + index, message: 'x' }];
    await client.send(new PutLogEventsCommand({ logGroupName: '/g', logStreamName, logEvents }));
  }
  const names = async (input: object) => {
    const found = [];
    for await (const page of paginateDescribeLogStreams({ client, pageSize: 2 }, { logGroupName: '/g', ...input })) {
      found.push(...page.logStreams!.map(({ logStreamName }) => logStreamName));
    }
    return found.join(' ');
  };
  expect(await names({})).toBe('a a2 b c d');
  expect(await names({ descending: true })).toBe('d c b a2 a');
  expect(await names({ logStreamNamePrefix: 'a' })).toBe('a a2');
  expect(await names({ orderBy: 'LastEventTime' })).toBe('a2 d c a b');
  expect(await names({ orderBy: 'LastEventTime', descending: true })).toBe('b a c d a2');
  const both = new DescribeLogStreamsCommand({
    logGroupName: '/g',
    orderBy: 'LastEventTime',
    logStreamNamePrefix: 'a',
  });
  await expect(client.send(both)).rejects.toMatchObject({
    name: 'InvalidParameterException',
    message: 'Cannot order by LastEventTime with a logStreamNamePrefix.',
  });
  const again = new CreateLogStreamCommand({ logGroupName: '/g', logStreamName: 'a' });
  await expect(client.send(again)).rejects.toMatchObject({
    name: 'ResourceAlreadyExistsException',
    message: 'The specified log stream already exists',
  });
  await expect(client.send(new CreateLogStreamCommand({ logGroupName: '/g', logStreamName: 'a:b' }))).rejects.toThrow(
    "Value 'a:b' at 'logStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [^:*]*",
  );
});

test('retention: the days that AWS has, and no others', async () => {
  const logs = await openLogs();
  await logs.group('/g');
  const put = (retentionInDays: number) =>
    logs.client.send(new PutRetentionPolicyCommand({ logGroupName: '/g', retentionInDays }));
  const days = async () => (await logs.client.send(new DescribeLogGroupsCommand({}))).logGroups![0]!.retentionInDays;
  for (const one of RETENTION_DAYS) {
    await put(one);
    expect(await days()).toBe(one);
  }
  await expect(put(2)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  await logs.client.send(new DeleteRetentionPolicyCommand({ logGroupName: '/g' }));
  expect(await days()).toBeUndefined();
});

test('tags, by ARN and by name', async () => {
  const logs = await openLogs();
  const { client } = logs;
  await client.send(new CreateLogGroupCommand({ logGroupName: '/g', tags: { team: 'red' } }));
  const resourceArn = `${ARN}/g`;
  await client.send(new TagResourceCommand({ resourceArn, tags: { a: '1', b: '' } }));
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- clients still call it
  await client.send(new TagLogGroupCommand({ logGroupName: '/g', tags: { a: '2' } }));
  await client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['b', 'none'] }));
  const { tags } = await client.send(new ListTagsForResourceCommand({ resourceArn }));
  expect(tags).toEqual({ team: 'red', a: '2' });
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- clients still call it
  await client.send(new UntagLogGroupCommand({ logGroupName: '/g', tags: ['a'] }));
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- clients still call it
  expect((await client.send(new ListTagsLogGroupCommand({ logGroupName: '/g' }))).tags).toEqual({ team: 'red' });
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, 'v']));
  await expect(client.send(new TagResourceCommand({ resourceArn, tags: many }))).rejects.toMatchObject({
    name: 'TooManyTagsException',
  });
  await expect(client.send(new TagResourceCommand({ resourceArn, tags: { 'aws:x': '' } }))).rejects.toMatchObject({
    name: 'InvalidParameterException',
  });
  await expect(
    client.send(new TagResourceCommand({ resourceArn: `${ARN}/none`, tags: { a: '' } })),
  ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('what each operation asks the policies', async () => {
  const logs = await openLogs();
  await logs.client.send(new CreateLogGroupCommand({ logGroupName: '/g', tags: { team: 'red' } }));
  const group = { logGroupName: '/g' };
  const stream = { ...group, logStreamName: 'a/b' };
  const arn = { resourceArn: `${ARN}/g` };
  const asked: Record<string, [object, ...string[]]> = {
    CreateLogGroup: [{ ...group, tags: { team: 'red' } }, `${ARN}/g:*`, `${ARN}/g`],
    DescribeLogGroups: [{}, `${ARN}:log-stream:`],
    DeleteLogGroup: [group, `${ARN}/g:*`],
    CreateLogStream: [stream, `${ARN}/g:log-stream:a/b`],
    DescribeLogStreams: [group, `${ARN}/g:*`],
    DeleteLogStream: [stream, `${ARN}/g:log-stream:a/b`],
    PutLogEvents: [{ ...stream, logEvents: [{ timestamp: 1, message: 'x' }] }, `${ARN}/g:log-stream:a/b`],
    GetLogEvents: [{ logGroupIdentifier: `${ARN}/g`, logStreamName: 'a/b' }, `${ARN}/g:log-stream:a/b`],
    FilterLogEvents: [group, `${ARN}/g:*`],
    PutRetentionPolicy: [{ ...group, retentionInDays: 1 }, `${ARN}/g:*`],
    DeleteRetentionPolicy: [group, `${ARN}/g:*`],
    AssociateKmsKey: [{ resourceIdentifier: `${ARN}/g`, kmsKeyId: 'k' }, `${ARN}/g:*`],
    DisassociateKmsKey: [group, `${ARN}/g:*`],
    TagResource: [{ ...arn, tags: { a: '1' } }, `${ARN}/g`],
    UntagResource: [{ ...arn, tagKeys: ['a'] }, `${ARN}/g`],
    ListTagsForResource: [arn, `${ARN}/g`],
    TagLogGroup: [{ ...group, tags: { a: '1' } }, `${ARN}/g:*`],
    UntagLogGroup: [{ ...group, tags: ['a'] }, `${ARN}/g:*`],
    ListTagsLogGroup: [group, `${ARN}/g:*`],
    PutLogGroupDeletionProtection: [{ logGroupIdentifier: '/g', deletionProtectionEnabled: true }, `${ARN}/g:*`],
    GetDataProtectionPolicy: [{ logGroupIdentifier: `${ARN}/g` }, `${ARN}/g:*`],
    DescribeIndexPolicies: [{ logGroupIdentifiers: ['/g'] }, `${ARN}/g:*`],
    DescribeResourcePolicies: [{}, `${ARN}:log-stream:`],
  };
  const { operations } = logs.now.logs.service;
  expect(operations.map(({ name }) => name).sort()).toEqual(Object.keys(asked).sort());
  for (const { name, access } of operations) {
    const [input, ...resources] = asked[name]!;
    const questions = await access!(input as never, context);
    expect(questions.flatMap(({ resources: on }) => on.map((one) => one.arn))).toEqual(resources);
    const [first] = questions;
    expect(first!.action).toBe(`logs:${name}`);
    if (!resources.includes(`${ARN}:log-stream:`)) expect(first!.resources[0]!.tags).toEqual({ team: 'red' });
  }
  expect(
    operations
      .filter(({ dataEvent }) => dataEvent)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['FilterLogEvents', 'GetLogEvents', 'PutLogEvents']);
});

test('a refusal has the words of AWS', async () => {
  const logs = await openLogs({ authorization: new RecordingAuthorization('logs:CreateLogStream') });
  await expect(logs.group('/g', 'a/b')).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringMatching(
      /^User: arn:\S+ is not authorized to perform: logs:CreateLogStream on resource: arn:aws:logs:eu-central-1:111122223333:log-group:\/g:log-stream:a\/b because no identity-based policy allows the logs:CreateLogStream action$/,
    ) as string,
  });
});

test('hostile input is refused with an error of the service, never a fault', { timeout: 60_000 }, async () => {
  const logs = await openLogs();
  await logs.group('/g', 's');
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom('/g', 's', `${ARN}/g`, '', '__proto__'),
    fc.constant('x'.repeat(3000)),
  );
  const value = fc.oneof(
    text,
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.array(text, { maxLength: 3 }),
    fc.dictionary(text, text),
  );
  const member = fc.constantFrom(
    ...['logGroupName', 'logStreamName', 'logGroupIdentifier', 'resourceArn', 'nextToken', 'filterPattern', 'limit'],
    ...[
      'startTime',
      'endTime',
      'tags',
      'tagKeys',
      'logEvents',
      'orderBy',
      'kmsKeyId',
      'retentionInDays',
      'logStreamNames',
    ],
    ...[
      'logGroupNamePrefix',
      'resourceIdentifier',
      'logGroupIdentifiers',
      'logStreamNamePrefix',
      'logGroupNamePattern',
    ],
  );
  const { service } = logs.now.logs;
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...service.operations), fc.dictionary(member, value), async (operation, raw) => {
      try {
        const input = decodeJson(operation.input, { logGroupName: '/g', ...raw }, (path) =>
          service.missingMember(path),
        ) as never;
        await operation.access!(input, context);
        await operation.run(input, context);
      } catch (error) {
        expect(error).toBeInstanceOf(AwsError);
        expect((error as AwsError).fault).toBe('client');
      }
    }),
    { numRuns: 600 },
  );
});
