import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Credentials } from '../src/platform/aws/credentials.js';
import { rawRequest, sendRaw, type RawAnswer } from '../src/platform/aws/raw-http.fixture.js';
import { Secret } from '../src/platform/aws/secret.js';
import { call, header, json, query, type Changes } from '../src/platform/aws/signed-call.fixture.js';
import { RunningExec } from './running-exec.fixture.js';
import { Stack, stackUnavailable } from './stack.fixture.js';

const JSON_TYPE = 'application/x-amz-json-1.1';
const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key ' +
  'and signing method. Consult the service documentation for details.';

describe.skipIf(stackUnavailable())('bad requests leave every session alone', () => {
  const stack = new Stack();
  let healthy: RunningExec;
  let port: number;
  let credentials: Credentials;
  let region: string;
  const slow: { socket: Socket; answer: Promise<string> }[] = [];

  beforeAll(async () => {
    await stack.up();
    const task = await stack.task();
    port = Number(new URL(stack.url).port);
    region = stack.environment['AWS_REGION']!;
    credentials = {
      accessKeyId: stack.environment['AWS_ACCESS_KEY_ID']!,
      secretAccessKey: new Secret(stack.environment['AWS_SECRET_ACCESS_KEY']!),
    };
    healthy = new RunningExec(stack.env(), [task.id, '--', 'sh', '-c', 'cat']);
    await healthy.echo();
    for (let count = 0; count < 20; count += 1) slow.push(openSlowly());
  });
  afterEach(() => healthy.echo());
  afterAll(async () => {
    for (const { socket } of slow) socket.destroy();
    expect(await healthy.finish()).toBe(0);
    expect(healthy.stderr).toBe('');
    await stack.down();
  });

  /** Headers that never end. */
  function openSlowly(): { socket: Socket; answer: Promise<string> } {
    const socket = connect(port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    return { socket, answer: new Promise((resolve) => socket.on('close', () => resolve(text))) };
  }

  const ecs = (operation: string, body: string, changes: Changes = {}): Promise<RawAnswer> =>
    json(port, operation, body, { credentials, region, ...changes });
  const sts = (body: string, changes: Changes = {}): Promise<RawAnswer> =>
    query(port, body, { credentials, region, ...changes });

  /** As botocore and the JavaScript SDK read an error of a JSON service. */
  function expectError(answer: RawAnswer, code: string, message: string | RegExp, status = 400): void {
    const body = JSON.parse(answer.body) as { __type: string; message: string };
    expect({ status: answer.status, code: body.__type }).toEqual({ status, code });
    if (typeof message === 'string') expect(body.message).toBe(message);
    else expect(body.message).toMatch(message);
    expect(header(answer, 'x-amzn-ErrorType')).toBe(code);
    expect(header(answer, 'content-type')).toBe(JSON_TYPE);
    expect(header(answer, 'x-amzn-RequestId')).toMatch(/^[0-9a-f-]{36}$/);
  }

  it('the requests below are good but for what is wrong with them', async () => {
    expect((await ecs('ListClusters', '{}')).status).toBe(200);
    expect((await sts('Action=GetCallerIdentity&Version=2011-06-15')).status).toBe(200);
  });

  const target = 'AmazonEC2ContainerServiceV20141113.ListClusters';
  it('unsigned', async () => {
    const headers = { host: `127.0.0.1:${port}`, 'content-type': JSON_TYPE, 'x-amz-target': target };
    const answer = await sendRaw(port, ...rawRequest('POST /', headers, '{}'));
    expectError(answer, 'MissingAuthenticationTokenException', 'Missing Authentication Token');
  });

  it('a header that is only half a signature', async () => {
    const sentHeaders = { authorization: 'AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/ecs/aws4_request' };
    expectError(
      await ecs('ListClusters', '{}', { sentHeaders }),
      'IncompleteSignatureException',
      /^Authorization header requires 'Signature' parameter\. Authorization header requires 'SignedHeaders' parameter\./,
    );
  });

  const unknown = 'The security token included in the request is invalid.';
  const cases: [string, () => Changes, code: string, message: string | RegExp][] = [
    [
      'a wrong secret',
      () => ({ credentials: { ...credentials, secretAccessKey: new Secret('x'.repeat(40)) } }),
      'InvalidSignatureException',
      MISMATCH,
    ],
    [
      'an unknown access key',
      () => ({ credentials: { ...credentials, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' } }),
      'UnrecognizedClientException',
      unknown,
    ],
    [
      'a session token with a long-term key',
      () => ({ credentials: { ...credentials, sessionToken: new Secret('token') } }),
      'UnrecognizedClientException',
      unknown,
    ],
    ['another body than was signed', () => ({ sentBody: '{"maxResults":1}' }), 'InvalidSignatureException', MISMATCH],
    [
      'another operation than was signed',
      () => ({ sentHeaders: { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.ListTasks' } }),
      'InvalidSignatureException',
      MISMATCH,
    ],
    [
      'signed 16 minutes ago',
      () => ({ time: Date.now() - 16 * 60_000 }),
      'InvalidSignatureException',
      /^Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - 15 min\.\)$/,
    ],
    [
      'signed in 16 minutes',
      () => ({ time: Date.now() + 16 * 60_000 }),
      'InvalidSignatureException',
      /^Signature not yet current: /,
    ],
    [
      'another region',
      () => ({ region: 'eu-west-3' }),
      'InvalidSignatureException',
      'Credential should be scoped to a valid region.',
    ],
    ['another service that is here', () => ({ service: 'ssm' }), 'UnknownOperationException', ''],
    [
      'another service that is not here',
      () => ({ service: 'dynamodb' }),
      'InvalidSignatureException',
      "Credential should be scoped to correct service: 'ecs'.",
    ],
  ];
  it.each(cases)('%s', async (_name, changes, code, message) => {
    expectError(await ecs('ListClusters', '{}', changes()), code, message);
  });

  it('an operation that does not exist', async () => {
    expectError(await ecs('MineBitcoin', '{}'), 'UnknownOperationException', '');
    expectError(await ecs('constructor', '{}'), 'UnknownOperationException', '');
  });

  it('a target prefix that does not exist', async () => {
    const headers = { 'content-type': JSON_TYPE, 'x-amz-target': 'AmazonEC2ContainerServiceV20991231.ListClusters' };
    expectError(await ecs('', '{}', { headers }), 'UnknownOperationException', '');
  });

  it('no target at all', async () => {
    expectError(await ecs('', '{}', { headers: { 'content-type': JSON_TYPE } }), 'UnknownOperationException', '');
  });

  it.each([
    ['not JSON', '{"cluster":', 'The request body is not JSON'],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'The request body is not JSON'],
    ['a list', '[]', 'START_ARRAY can not be converted to a Structure'],
    ['null', 'null', 'NULL_VALUE can not be converted to a Structure'],
    [
      'a hundred lists in each other',
      '['.repeat(100) + ']'.repeat(100),
      'START_ARRAY can not be converted to a Structure',
    ],
  ])('a body that is %s', async (_name, body, message) => {
    expectError(await ecs('ListClusters', '', { body }), 'SerializationException', message);
  });

  const execute = { task: '0'.repeat(32), command: 'id', interactive: true };
  it.each([
    ['ExecuteCommand', { ...execute, task: 5 }, "NUMBER_VALUE can not be converted to a String at 'task'"],
    ['ExecuteCommand', { ...execute, command: ['id'] }, "START_ARRAY can not be converted to a String at 'command'"],
    [
      'ExecuteCommand',
      { ...execute, interactive: 'yes' },
      "STRING_VALUE can not be converted to a Boolean at 'interactive'",
    ],
    [
      'RegisterTaskDefinition',
      { family: 'x', containerDefinitions: {} },
      "START_OBJECT can not be converted to a List at 'containerDefinitions'",
    ],
    [
      'RegisterTaskDefinition',
      { family: 'x', containerDefinitions: [{ name: 'a' }, { environment: [{ name: 'A', value: 1 }] }] },
      "NUMBER_VALUE can not be converted to a String at 'containerDefinitions.2.member.environment.1.member.value'",
    ],
    ['RunTask', { taskDefinition: 'x', count: '2' }, "STRING_VALUE can not be converted to a Number at 'count'"],
    [
      'RunTask',
      { taskDefinition: 'x', overrides: [] },
      "START_ARRAY can not be converted to a Structure at 'overrides'",
    ],
  ])('%s with %j', async (operation, input, message) => {
    expectError(await ecs(operation, JSON.stringify(input)), 'SerializationException', message);
  });

  it.each([
    [{}, 'command should not be null or empty.'],
    [{ command: 'id', interactive: true }, 'task should not be null or empty.'],
    [{ command: 'id', task: execute.task }, 'interactive should not be null or empty.'],
  ])('ExecuteCommand without what it needs: %j', async (input, message) => {
    expectError(await ecs('ExecuteCommand', JSON.stringify(input)), 'InvalidParameterException', message);
  });

  it('20 MB of body: refused, also when it is signed', async () => {
    const body = Buffer.alloc(20_000_000, 0x20);
    const tooLarge = 'The request body is longer than 1048576 bytes.';
    expectError(await ecs('ListClusters', '', { body }), 'RequestEntityTooLargeException', tooLarge, 413);
  });

  it('a query service answers in XML, with its own codes', async () => {
    const action = 'Action=GetCallerIdentity&Version=2011-06-15';
    const wrong = { ...credentials, secretAccessKey: new Secret('x'.repeat(40)) };
    const answers: [RawAnswer, number, string, string][] = [
      [await sts(action, { credentials: wrong }), 403, 'SignatureDoesNotMatch', MISMATCH],
      [
        await sts(action, { credentials: { ...credentials, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' } }),
        403,
        'InvalidClientTokenId',
        unknown,
      ],
      [await sts(action, { sentBody: `${action}&More=1` }), 403, 'SignatureDoesNotMatch', MISMATCH],
      [
        await sts('Action=Nonsense&Version=2011-06-15'),
        400,
        'InvalidAction',
        'Could not find operation Nonsense for version 2011-06-15',
      ],
    ];
    for (const [answer, status, code, message] of answers) {
      expect(answer.status, code).toBe(status);
      expect(header(answer, 'content-type')).toBe('text/xml');
      expect(answer.body).toContain(`<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message>`);
    }
  });

  it('the message gateway answers in its own words', async () => {
    const path = `http://127.0.0.1:${port}/v1/data-channel/no-such-session`;
    const made = { url: path, service: 'ssmmessages', credentials, region };
    const body = '{"MessageSchemaVersion":"1.0"}';
    expect(await call(port, { ...made, body })).toMatchObject({
      status: 400,
      body: '<BadRequest xmlns=""><message>Session does not exist.</message></BadRequest>',
    });
    expect(await call(port, { ...made, body, sentBody: `${body} ` })).toMatchObject({
      status: 400,
      body: '<BadRequest xmlns=""><message>Unauthorized request.</message></BadRequest>',
    });
  });

  it.each([
    ['noise', 'noise\r\n\r\n', 400],
    ['a TLS hello', Buffer.from('16030100a5010000a10303', 'hex'), 400],
    ['two different lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 400],
    [
      'a length and chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['33 kB of headers', `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(33_000)}\r\n\r\n`, 431],
  ])('broken HTTP, %s', async (_name, bytes, status) => {
    expect(await sendRaw(port, bytes)).toMatchObject({ status, body: '' });
  });

  it('broken HTTP, no host', async () => {
    expect((await sendRaw(port, 'GET / HTTP/1.1\r\n\r\n')).status).toBe(400);
  });

  it('headers that never end: 408 within half a minute, whoever sends them', { timeout: 40_000 }, async () => {
    for (const answer of await Promise.all(slow.map(({ answer }) => answer))) {
      expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    }
  });

  it('the operator reads why, and no secret', () => {
    expect(stack.log).toContain('the signature is not that of this request under this key');
    expect(stack.log).toContain('unknown access key');
    expect(stack.log).toContain('signed for region eu-west-3');
    expect(stack.log).not.toContain(stack.environment['AWS_SECRET_ACCESS_KEY']);
    expect(stack.log).not.toMatch(/Signature=[0-9a-f]{64}/);
  });
});
