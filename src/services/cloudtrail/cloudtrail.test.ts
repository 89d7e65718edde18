import {
  CloudTrailClient,
  InvalidLookupAttributesException,
  InvalidMaxResultsException,
  InvalidNextTokenException,
  InvalidTimeRangeException,
  LookupEventsCommand,
  paginateLookupEvents,
} from '@aws-sdk/client-cloudtrail';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { DecidedAccess } from '../../platform/aws/access.js';
import type { AuditRecord } from '../../platform/aws/endpoint/audit-record.js';
import { Endpoint } from '../../platform/aws/endpoint.js';
import { Secret } from '../../platform/aws/secret.js';
import type { Caller } from '../../platform/aws/service.js';
import { openSqlite } from '../../platform/store/open-sqlite.js';
import { temporaryDirectory } from '../../platform/store/temporary-directory.fixture.js';
import type { CloudTrailRecord } from './cloudtrail-record.js';
import { cloudTrailMigrations, createCloudTrail, RETENTION_MS } from './cloudtrail-service.js';
import { STRANGERS_PER_MINUTE } from './stranger-limit.js';

const ann: Caller = {
  accountId: '123456789012',
  arn: 'arn:aws:iam::123456789012:user/team/ann',
  userId: 'AIDAANN',
  accessKeyId: 'AKIAANN',
  type: 'user',
};
const TASK = 'arn:aws:ecs:us-east-1:123456789012:task/demo/0123';

function decided(decision: 'allowed' | 'implicitDeny', resource = TASK): DecidedAccess {
  return {
    action: 'ecs:ExecuteCommand',
    resource,
    decision: { decision, policyType: 'identity', reasons: [], missingContextKeys: [] },
  };
}

function record(given: Partial<AuditRecord> = {}): AuditRecord {
  return {
    id: randomUUID(),
    kind: 'request',
    time: Date.now(),
    service: 'ecs',
    operation: 'ExecuteCommand',
    caller: ann,
    sourceIp: '127.0.0.1',
    userAgent: 'aws-cli/2',
    region: 'us-east-1',
    status: 200,
    decisions: [],
    ...given,
  };
}

async function open(options: { path?: string; clock?: () => number } = {}) {
  const path = options.path ?? join(temporaryDirectory(), 'state.db');
  const database = openSqlite(path, cloudTrailMigrations);
  const warnings: object[] = [];
  const clock = options.clock ?? Date.now;
  const trail = createCloudTrail({
    database,
    accountId: '123456789012',
    region: 'us-east-1',
    clock,
    after(milliseconds, work) {
      const timer = setTimeout(work, milliseconds);
      timer.unref();
      return { cancel: () => clearTimeout(timer) };
    },
    randomId: randomUUID,
    log: { warn: (details) => warnings.push(details) },
  });
  await trail.start();
  const endpoint = new Endpoint({
    services: [trail.service],
    routes: [],
    upgrades: [],
    accessKeys: { find: () => Promise.resolve({ secret: new Secret('secret'), caller: ann }) },
    region: 'us-east-1',
    clock: Date.now,
    log: () => undefined,
    audit: trail.audit,
  });
  const { url } = await endpoint.listen({ host: '127.0.0.1', port: 0 });
  const client = new CloudTrailClient({
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAANN', secretAccessKey: 'secret' },
  });
  let closed = false;
  const close = async () => {
    if (closed) return;
    closed = true;
    client.destroy();
    await endpoint.close();
    await trail.stop();
    await database.close();
  };
  onTestFinished(close);
  const lookup = async (key: string, value: string): Promise<CloudTrailRecord[]> => {
    const attribute = { AttributeKey: key as 'EventId', AttributeValue: value };
    const { Events = [] } = await client.send(new LookupEventsCommand({ LookupAttributes: [attribute] }));
    return Events.map(({ CloudTrailEvent = '' }) => JSON.parse(CloudTrailEvent) as CloudTrailRecord);
  };
  return { trail, client, lookup, close, path, warnings };
}

test('a refusal is found by its request id, with who, from where, what, on what, and why', async () => {
  const { trail, lookup, client } = await open();
  const refused = record({
    status: 400,
    code: 'AccessDeniedException',
    message: 'User: x is not authorized',
    reason: 'no statement allows it',
    input: { cluster: 'demo', task: '0123', command: '/bin/sh', interactive: true },
    decisions: [decided('allowed', 'arn:aws:ecs:us-east-1:123456789012:cluster/demo'), decided('implicitDeny')],
  });
  trail.audit(refused);
  const [event] = await lookup('EventId', refused.id);
  expect(event).toMatchObject({
    eventVersion: '1.09',
    userIdentity: {
      type: 'IAMUser',
      principalId: 'AIDAANN',
      arn: ann.arn,
      accountId: '123456789012',
      accessKeyId: 'AKIAANN',
      userName: 'ann',
    },
    eventTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
    eventSource: 'ecs.amazonaws.com',
    eventName: 'ExecuteCommand',
    awsRegion: 'us-east-1',
    sourceIPAddress: '127.0.0.1',
    userAgent: 'aws-cli/2',
    errorCode: 'AccessDenied',
    errorMessage: 'User: x is not authorized',
    requestParameters: { cluster: 'demo', task: '0123', command: '/bin/sh', interactive: true },
    responseElements: null,
    additionalEventData: { reason: 'no statement allows it' },
    requestID: refused.id,
    eventID: refused.id,
    readOnly: false,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: '123456789012',
    eventCategory: 'Management',
  });
  // The refusal first, whatever was allowed before it.
  expect(event?.additionalEventData?.decisions?.[0]).toMatchObject({ resource: TASK });
  expect(event?.resources).toContainEqual({ accountId: '123456789012', type: 'AWS::ECS::Task', ARN: TASK });
  const { Events } = await client.send(
    new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: 'ResourceName', AttributeValue: TASK }] }),
  );
  expect(Events).toMatchObject([
    {
      EventId: refused.id,
      EventName: 'ExecuteCommand',
      ReadOnly: 'false',
      Username: 'ann',
      AccessKeyId: 'AKIAANN',
      EventSource: 'ecs.amazonaws.com',
    },
  ]);
});

test('each attribute finds its own', async () => {
  const { trail, lookup } = await open();
  const role: Caller = {
    accountId: '123456789012',
    arn: 'arn:aws:sts::123456789012:assumed-role/exec/build-7',
    userId: 'AROAEXEC:build-7',
    accessKeyId: 'ASIAEXEC',
    type: 'assumed-role',
    session: {
      roleArn: 'arn:aws:iam::123456789012:role/exec',
      issuedAt: 1_700_000_000_123,
      tags: {},
      transitiveTagKeys: [],
      sourceIdentity: 'ann',
    },
  };
  const stop = record({ operation: 'StopTask', caller: role, decisions: [decided('allowed')] });
  const list = record({ operation: 'ListKeys', service: 'kms' });
  trail.audit(stop);
  trail.audit(list);
  const ids = async (key: string, value: string) => (await lookup(key, value)).map(({ eventID }) => eventID);
  expect(await ids('EventName', 'StopTask')).toEqual([stop.id]);
  expect(await ids('EventSource', 'kms.amazonaws.com')).toEqual([list.id]);
  expect(await ids('Username', 'build-7')).toEqual([stop.id]);
  expect(await ids('AccessKeyId', 'ASIAEXEC')).toEqual([stop.id]);
  expect(await ids('ResourceType', 'AWS::ECS::Task')).toEqual([stop.id]);
  expect(await ids('ReadOnly', 'false')).toEqual([stop.id]);
  expect(await ids('EventId', 'none')).toEqual([]);
  const [event] = await lookup('EventId', stop.id);
  expect(event?.userIdentity).toEqual({
    type: 'AssumedRole',
    principalId: 'AROAEXEC:build-7',
    arn: role.arn,
    accountId: '123456789012',
    accessKeyId: 'ASIAEXEC',
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: 'AROAEXEC',
        arn: 'arn:aws:iam::123456789012:role/exec',
        accountId: '123456789012',
        userName: 'exec',
      },
      attributes: { creationDate: '2023-11-14T22:13:20Z', mfaAuthenticated: 'false' },
      sourceIdentity: 'ann',
    },
  });
});

test('secrets are in no event, nor anywhere in the file', async () => {
  const { trail, lookup, close, path } = await open();
  const events = [
    record({ output: { session: { sessionId: 's', streamUrl: 'wss://x', tokenValue: 'TOPSECRET-token' } } }),
    record({
      service: 'iam',
      operation: 'CreateAccessKey',
      output: { AccessKey: { SecretAccessKey: 'TOPSECRET-key' } },
    }),
    record({
      service: 'sts',
      operation: 'AssumeRole',
      output: { Credentials: { SecretAccessKey: 'TOPSECRET-a', SessionToken: new Secret('TOPSECRET-b') } },
    }),
    record({ service: 'kms', operation: 'Encrypt', input: { Plaintext: Buffer.from('TOPSECRET-plain') } }),
    record({ service: 'kms', operation: 'Encrypt', input: { Plaintext: 'TOPSECRET-plain' } }),
    record({ service: 'logs', operation: 'PutLogEvents', input: { logEvents: [{ message: 'TOPSECRET-said' }] } }),
    record({
      operation: 'RegisterTaskDefinition',
      input: { containerDefinitions: [{ name: 'a', environment: [{ name: 'PASSWORD', value: 'TOPSECRET-env' }] }] },
    }),
  ];
  for (const event of events) trail.audit(event);
  const [registered] = await lookup('EventName', 'RegisterTaskDefinition');
  expect(registered?.requestParameters).toEqual({
    containerDefinitions: [{ name: 'a', environment: [{ name: 'PASSWORD', value: 'HIDDEN_DUE_TO_SECURITY_REASONS' }] }],
  });
  const [assumed] = await lookup('EventName', 'AssumeRole');
  expect(assumed?.responseElements).toMatchObject({
    credentials: { sessionToken: 'HIDDEN_DUE_TO_SECURITY_REASONS' },
  });
  await close();
  // The log beside the database too: what was written last may still be in it alone.
  const files = readdirSync(dirname(path)).map((name) => readFileSync(join(dirname(path), name)));
  expect(files.some((bytes) => bytes.includes('RegisterTaskDefinition'))).toBe(true);
  expect(files.some((bytes) => bytes.includes('TOPSECRET'))).toBe(false);
});

test('what is too long is left out, and nesting without end does no harm', async () => {
  const { trail, lookup } = await open();
  const long = record({ operation: 'PutKeyPolicy', input: { policy: 'x'.repeat(200_000) } });
  let deep: unknown = 'end';
  for (let level = 0; level < 10_000; level++) deep = { deep };
  const nested = record({ operation: 'StopTask', input: { deep } });
  trail.audit(long);
  trail.audit(nested);
  expect((await lookup('EventId', long.id))[0]?.requestParameters).toMatchObject({ omitted: true });
  expect(JSON.stringify((await lookup('EventId', nested.id))[0]?.requestParameters)).toContain('HIDDEN');
});

test('pages are newest first, whole and without repeats; a token fits only its question', async () => {
  const { trail, client } = await open();
  const ids = Array.from({ length: 130 }, () => {
    const one = record({ operation: 'StopTask' });
    trail.audit(one);
    return one.id;
  });
  const LookupAttributes = [{ AttributeKey: 'EventName' as const, AttributeValue: 'StopTask' }];
  const seen: (string | undefined)[] = [];
  for await (const page of paginateLookupEvents({ client, pageSize: 50 }, { LookupAttributes })) {
    seen.push(...(page.Events ?? []).map(({ EventId }) => EventId));
  }
  expect(seen).toEqual(ids.reverse());
  const { NextToken } = await client.send(new LookupEventsCommand({ LookupAttributes, MaxResults: 1 }));
  await expect(client.send(new LookupEventsCommand({ NextToken }))).rejects.toBeInstanceOf(InvalidNextTokenException);
});

test.each([
  [{ MaxResults: 0 }, InvalidMaxResultsException],
  [{ MaxResults: 51 }, InvalidMaxResultsException],
  [{ NextToken: 'x' }, InvalidNextTokenException],
  [{ StartTime: new Date(2), EndTime: new Date(1) }, InvalidTimeRangeException],
  [
    { LookupAttributes: [{ AttributeKey: 'Colour' as 'EventId', AttributeValue: 'x' }] },
    InvalidLookupAttributesException,
  ],
  [
    { LookupAttributes: [{ AttributeKey: 'ReadOnly' as const, AttributeValue: 'x' }] },
    InvalidLookupAttributesException,
  ],
  [
    {
      LookupAttributes: [
        { AttributeKey: 'EventId' as const, AttributeValue: 'x' },
        { AttributeKey: 'EventName' as const, AttributeValue: 'x' },
      ],
    },
    InvalidLookupAttributesException,
  ],
])('%j is refused', async (input, error) => {
  const { client } = await open();
  await expect(client.send(new LookupEventsCommand(input))).rejects.toBeInstanceOf(error);
});

test('events survive a restart, also when the clock went back', async () => {
  const first = await open();
  const before = record({ operation: 'StopTask', time: Date.now() + 60_000 });
  first.trail.audit(before);
  await first.close();
  const second = await open({ path: first.path });
  const after = record({ operation: 'StopTask' });
  second.trail.audit(after);
  const found = await second.lookup('EventName', 'StopTask');
  expect(found.map(({ eventID }) => eventID)).toEqual([after.id, before.id]);
});

test('what is older than ninety days goes', async () => {
  const first = await open();
  const old = record({ operation: 'StopTask', time: Date.now() - RETENTION_MS - 1000 });
  first.trail.audit(old);
  await first.close();
  const second = await open({ path: first.path });
  await expect.poll(() => second.lookup('EventName', 'StopTask')).toEqual([]);
});

test('requests of nobody are taken down, but cannot fill the disk', async () => {
  const { trail, client } = await open({ clock: () => 90_000 });
  for (let count = 0; count < STRANGERS_PER_MINUTE + 50; count++) {
    const { caller, ...nobody } = record({ operation: 'StopTask', status: 403, code: 'UnrecognizedClientException' });
    expect(caller).toBeDefined();
    trail.audit(nobody);
  }
  // What one of them was allowed, as a host that joins, is not crowded out.
  const joined = { ...record({ operation: 'RegisterManagedInstance', status: 200 }) };
  delete joined.caller;
  trail.audit(joined);
  const names: (string | undefined)[] = [];
  for await (const { Events = [] } of paginateLookupEvents({ client }, {})) {
    names.push(...Events.map(({ EventName }) => EventName));
  }
  expect(names.filter((name) => name === 'StopTask')).toHaveLength(STRANGERS_PER_MINUTE);
  expect(names.filter((name) => name === 'RegisterManagedInstance')).toHaveLength(1);
});

test('a step of a session is an event of the service', async () => {
  const { trail, lookup } = await open();
  trail.sessionStep({
    name: 'SessionEnded',
    time: Date.now(),
    sessionId: 'ecs-execute-command-1',
    target: 'ecs:demo_0123_456',
    owner: ann.arn,
    taskArn: TASK,
    details: { reason: 'the container stopped' },
  });
  const [event] = await lookup('ResourceName', TASK);
  expect(event).toMatchObject({
    eventType: 'AwsServiceEvent',
    eventSource: 'ssmmessages.amazonaws.com',
    eventName: 'SessionEnded',
    userIdentity: { type: 'IAMUser', arn: ann.arn, userName: 'ann' },
    serviceEventDetails: { sessionId: 'ecs-execute-command-1', reason: 'the container stopped' },
  });
});
