import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { AwsError } from '../platform/aws/aws-error.js';
import { createDial } from '../platform/aws/dial-web-socket.js';
import { Secret } from '../platform/aws/secret.js';
import { createEndpointApi } from './endpoint-api.js';

const TARGET = 'ecs:demo_0123456789abcdef0123456789abcdef_0123456789abcdef0123456789abcdef-1234567890';

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A server that writes down what it is asked, and the agent's way to it. */
async function setUp(answer: { status: number; body: string } = { status: 200, body: '{}' }) {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      seen.push({ method: request.method!, url: request.url!, headers: request.headers, body });
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(answer.body);
    });
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    seen.push({ method: 'UPGRADE', url: request.url!, headers: request.headers, body: '' });
    sockets.handleUpgrade(request, socket, head, (client) => client.send('hello'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const secretAccessKey = new Secret('secret');
  const api = createEndpointApi({
    endpointUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: () => Promise.resolve({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey, sessionToken: new Secret('t') }),
    dial: createDial(),
  });
  return { api, seen };
}

test('ECS actions are JSON 1.1, signed for ecs', async () => {
  const { api, seen } = await setUp({ status: 200, body: '{"acknowledgment":"ACCEPT"}' });
  expect(await api.ecs('SubmitTaskStateChange', { task: 'a' })).toEqual({ acknowledgment: 'ACCEPT' });
  expect(seen[0]).toMatchObject({ method: 'POST', url: '/', body: '{"task":"a"}' });
  expect(seen[0]!.headers['x-amz-target']).toBe('AmazonEC2ContainerServiceV20141113.SubmitTaskStateChange');
  expect(seen[0]!.headers.authorization).toMatch(/Credential=AKIDEXAMPLE\/\d{8}\/us-east-1\/ecs\/aws4_request/);
});

test('an error answer is an AwsError with its code', async () => {
  const { api } = await setUp({
    status: 400,
    body: '{"__type":"ClientException","message":"The referenced task was not found."}',
  });
  const refused = api.ecs('SubmitTaskStateChange', {});
  await expect(refused).rejects.toBeInstanceOf(AwsError);
  await expect(refused).rejects.toMatchObject({ code: 'ClientException' });
});

test('T31: the colon of a target stays a colon on the wire; signed headers as the official agent has them', async () => {
  const { api, seen } = await setUp({ status: 201, body: '<R/>' });
  expect(await api.post(`/v1/control-channel/${TARGET}`, '{}')).toMatchObject({ status: 201, body: '<R/>' });
  expect(seen[0]!.url).toBe(`/v1/control-channel/${TARGET}`);
  expect(seen[0]!.headers['content-type']).toBe('application/json');
  expect(seen[0]!.headers.authorization).toContain(
    'us-east-1/ssmmessages/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token',
  );
});

test('a refusal of the gateway is an answer, asked for once', async () => {
  const { api, seen } = await setUp({ status: 500, body: 'broken' });
  expect(await api.post('/v1/data-channel/s', '{}')).toMatchObject({ status: 500, body: 'broken' });
  expect(seen).toHaveLength(1);
});

test('WebSockets are signed, and their query keeps its order', async () => {
  const { api, seen } = await setUp();
  const socket = await api.connect('ssmmessages', `/v1/control-channel/${TARGET}?role=subscribe&stream=input`);
  const heard = await new Promise((resolve) => {
    socket.handlers = { message: resolve, close: () => undefined };
  });
  expect(heard).toBe('hello');
  expect(seen[0]!.url).toBe(`/v1/control-channel/${TARGET}?role=subscribe&stream=input`);
  expect(seen[0]!.headers.authorization).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token');
  socket.terminate();
});
