import { describe, expect, test } from 'vitest';
import { longTerm, region, temporary } from './access-keys.fixture.js';
import { AccessDenied } from './access.js';
import { startEndpoint } from './endpoint.fixture.js';
import type { AuditRecord } from './endpoint/audit-record.js';
import { rawRequest, sendRaw } from './raw-http.fixture.js';
import { presignUrl } from './sign-request.js';
import { call, header, json, query } from './signed-call.fixture.js';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('JSON 1.1', () => {
  test('success: only known members, the content type and a request id', async () => {
    const { port, calls } = await startEndpoint();
    const answer = await json(port, 'ListTasks', '{"cluster":"demo","unknown":1}');
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body)).toEqual({ taskArns: ['arn:demo'] });
    expect(header(answer, 'content-type')).toBe('application/x-amz-json-1.1');
    expect(header(answer, 'x-amzn-RequestId')).toMatch(uuid);
    expect(calls.inputs).toEqual([{ cluster: 'demo' }]);
    expect(calls.contexts[0]).toMatchObject({
      requestId: header(answer, 'x-amzn-RequestId'),
      region,
      sourceIp: '127.0.0.1',
      endpointUrl: `http://127.0.0.1:${port}`,
      caller: { accessKeyId: 'AKIDLONG' },
    });
  });

  test('temporary credentials', async () => {
    const { port } = await startEndpoint();
    expect((await json(port, 'ListTasks', '{}', { credentials: temporary })).status).toBe(200);
  });

  test('error: code in body and header', async () => {
    const { port } = await startEndpoint();
    const answer = await json(port, 'ListTasks', '{"cluster":"none"}');
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toEqual({ __type: 'ClusterNotFoundException', message: 'Cluster not found.' });
    expect(header(answer, 'x-amzn-ErrorType')).toBe('ClusterNotFoundException');
  });

  test('a fault of ours is InternalFailure 500: the caller gets no detail, the log does', async () => {
    const { port, calls } = await startEndpoint();
    const answer = await json(port, 'ListTasks', '{"cluster":"crash"}');
    expect(answer.status).toBe(500);
    expect(JSON.parse(answer.body)).toMatchObject({ __type: 'InternalFailure' });
    expect(answer.body).not.toContain('detail');
    expect(calls.events[0]).toMatchObject({
      code: 'InternalFailure',
      reason: 'a fault of ours with detail',
      error: expect.any(TypeError),
    });
  });

  test('a missing required member is the service’s own error', async () => {
    const { port } = await startEndpoint();
    const answer = await json(port, 'ExecuteCommand', '{"task":"t","interactive":true}');
    expect(JSON.parse(answer.body)).toEqual({
      __type: 'InvalidParameterException',
      message: 'command can not be blank.',
    });
  });

  test.each([
    '{"cluster":',
    'nonsense',
    '"text"',
    '[]',
    'null',
    '{"cluster":5}',
    Buffer.from([0x22, 0xff, 0xfe, 0x22]),
  ])('body %s is a SerializationException', async (body) => {
    const { port, calls } = await startEndpoint();
    const answer = await json(port, 'ListTasks', '', { body });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ __type: 'SerializationException' });
    expect(calls.inputs).toEqual([]);
  });

  test.each([
    'AmazonEC2ContainerServiceV20141113.Nonsense',
    'AmazonEC2ContainerServiceV20141113.',
    'ListTasks',
    'AmazonSSM.ResumeSession',
    'Nonsense.ListTasks',
    'AmazonEC2ContainerServiceV20141113.__proto__',
  ])('target %s, signed for ecs, is an UnknownOperationException without words', async (target) => {
    const { port } = await startEndpoint();
    const answer = await json(port, '', '{}', { headers: { 'x-amz-target': target } });
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toEqual({ __type: 'UnknownOperationException', message: '' });
  });

  test('an operation of a service that is not here is an UnknownOperationException', async () => {
    const { port } = await startEndpoint();
    const answer = await json(port, '', '{}', { service: 'kms', headers: { 'x-amz-target': 'TrentService.ListKeys' } });
    expect(JSON.parse(answer.body)).toEqual({ __type: 'UnknownOperationException', message: '' });
  });

  test('SSM at the same URL, signed for ssm, as the session-manager-plugin does', async () => {
    const { port } = await startEndpoint();
    const headers = { 'x-amz-target': 'AmazonSSM.ResumeSession' };
    const answer = await call(port, { service: 'ssm', headers, body: '{"SessionId":"s-1"}' });
    expect(JSON.parse(answer.body)).toEqual({ TokenValue: 't', StreamUrl: 'u' });
  });
});

describe('query', () => {
  const identity = 'Action=GetCallerIdentity&Version=2011-06-15';

  test('success, in form body, URL and presigned URL', async () => {
    const { port } = await startEndpoint();
    const url = `http://127.0.0.1:${port}/?${identity}`;
    const presigned = new URL(
      presignUrl({
        method: 'GET',
        url,
        service: 'sts',
        region: 'us-east-1',
        credentials: longTerm,
        time: Date.now(),
        expiresSeconds: 60,
      }),
    );
    for (const answer of [
      await query(port, identity),
      await call(port, { method: 'GET', url, service: 'sts', body: '' }),
      await sendRaw(port, ...rawRequest(`GET /${presigned.search}`, { host: presigned.host })),
    ]) {
      expect(answer.status).toBe(200);
      expect(answer.body).toBe(
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>' +
          '<UserId>AIDA</UserId><Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/a&lt;b&gt;&amp;</Arn>' +
          '</GetCallerIdentityResult><ResponseMetadata>' +
          `<RequestId>${header(answer, 'x-amzn-RequestId')!}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`,
      );
      expect(header(answer, 'content-type')).toBe('text/xml');
    }
  });

  test('error', async () => {
    const { port } = await startEndpoint();
    const answer = await query(port, 'Action=AssumeRole&Version=2011-06-15&RoleArn=r&RoleSessionName=s');
    expect(answer.status).toBe(403);
    expect(answer.body).toBe(
      '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>AccessDenied</Code>' +
        '<Message>User: x is not authorized to perform: sts:AssumeRole</Message></Error>' +
        `<RequestId>${header(answer, 'x-amzn-RequestId')!}</RequestId></ErrorResponse>`,
    );
  });

  test.each([
    ['Action=Nonsense&Version=2011-06-15', 'InvalidAction', 'Could not find operation Nonsense for version 2011-06-15'],
    [
      'Action=GetCallerIdentity&Version=1999-01-01',
      'InvalidAction',
      'Could not find operation GetCallerIdentity for version 1999-01-01',
    ],
    ['Version=2011-06-15', 'MissingAction', 'The request is missing an action or a required parameter.'],
    ['Action=AssumeRole&Version=2011-06-15&RoleSessionName=s', 'ValidationError', 'RoleArn'],
    [
      'Action=AssumeRole&Version=2011-06-15&RoleArn=r&RoleSessionName=s&DurationSeconds=x',
      'MalformedQueryString',
      'DurationSeconds',
    ],
  ])('%s: %s', async (body, code, words) => {
    const { port } = await startEndpoint();
    const answer = await query(port, body);
    expect(answer.status).toBe(400);
    expect(answer.body).toContain(`<Code>${code}</Code>`);
    expect(answer.body).toContain(words);
  });
});

describe('around an operation', () => {
  const refused = new AccessDenied(
    'User: arn:a is not authorized to perform: ecs:ListTasks on resource: demo',
    {
      action: 'ecs:ListTasks',
      resource: 'demo',
      decision: { decision: 'implicitDeny', policyType: 'identity', reasons: [], missingContextKeys: [] },
    },
    'no policy',
  );

  test('the policies are asked what the table says, with the decoded input, before the operation runs', async () => {
    const seen: unknown[] = [];
    const audited: AuditRecord[] = [];
    const { port, calls } = await startEndpoint({
      authorization: {
        require: (question, { caller }) => {
          seen.push({ question, caller: caller.arn });
          throw refused;
        },
      },
      audit: (record) => void audited.push(record),
    });
    const answer = await json(port, 'ListTasks', '{"cluster":"demo"}');
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ __type: 'AccessDeniedException', message: refused.message });
    expect(seen).toEqual([
      { question: { action: 'ecs:ListTasks', resources: [{ arn: 'demo' }] }, caller: expect.any(String) },
    ]);
    expect(calls.inputs).toEqual([]);
    expect(audited).toEqual([
      expect.objectContaining({
        id: header(answer, 'x-amzn-RequestId'),
        service: 'ecs',
        operation: 'ListTasks',
        input: { cluster: 'demo' },
        status: 400,
        code: 'AccessDeniedException',
        reason: 'no policy',
      }),
    ]);
  });

  test('where there are policies, an operation whose table says nothing is refused', async () => {
    const { port, calls } = await startEndpoint({ authorization: { require: () => Promise.resolve() } });
    const answer = await json(port, 'ExecuteCommand', '{"command":"sh","interactive":true,"task":"t"}');
    expect(JSON.parse(answer.body)).toMatchObject({ __type: 'AccessDeniedException' });
    expect(calls.inputs).toEqual([]);
  });

  test('one line of the log for each request, and no secret in it', async () => {
    const { port, calls } = await startEndpoint();
    const good = await json(port, 'ListTasks', '{}', { credentials: temporary });
    const bad = await json(port, 'ListTasks', '{}', { sentBody: '{"a":1}' });
    expect(calls.events).toEqual([
      {
        id: header(good, 'x-amzn-RequestId'),
        kind: 'request',
        service: 'ecs',
        operation: 'ListTasks',
        status: 200,
        principal: 'arn:a',
        sourceIp: '127.0.0.1',
        ms: expect.any(Number),
      },
      {
        id: header(bad, 'x-amzn-RequestId'),
        kind: 'request',
        service: 'ecs',
        operation: 'POST /',
        status: 400,
        code: 'InvalidSignatureException',
        reason: 'the signature is not that of this request under this key',
        sourceIp: '127.0.0.1',
        ms: expect.any(Number),
      },
    ]);
    const text = JSON.stringify(calls.events);
    for (const { secretAccessKey } of [longTerm, temporary]) expect(text).not.toContain(secretAccessKey.reveal());
    expect(text).not.toContain(temporary.sessionToken.reveal());
    expect(text).not.toContain('Signature=');
  });

  test('health, unsigned', async () => {
    const { port } = await startEndpoint();
    for (const path of ['/', '/health']) {
      const answer = await sendRaw(port, ...rawRequest(`GET ${path}`, { host: 'x' }));
      expect([answer.status, answer.body]).toEqual([200, '{"status":"ok"}']);
    }
  });
});
