import { describe, expect, test } from 'vitest';
import { longTerm, region, temporary } from './access-keys.fixture.js';
import { AwsClient } from './aws-client.js';
import { createDial } from './dial-web-socket.js';
import { startEndpoint } from './endpoint.fixture.js';
import type { Endpoint } from './endpoint.js';
import type { Dial, MessageSocket } from './message-socket.js';
import { rawRequest, sendRaw } from './raw-http.fixture.js';
import { Secret } from './secret.js';
import { signRequest } from './sign-request.js';
import type { RequestToSign } from './sign-request.js';

const target = 'ecs:demo_0123456789abcdef0123456789abcdef_0123456789abcdef0123456789abcdef-2531612879';
const control = `/v1/control-channel/${target}?role=subscribe&stream=input`;
const unauthorized = '<BadRequest xmlns=""><message>Unauthorized request.</message></BadRequest>';

function signed(url: string, changes: Partial<RequestToSign> = {}): Record<string, string> {
  const signing = { service: 'ssmmessages', region, credentials: temporary, time: Date.now() };
  return signRequest({ method: 'GET', url, ...signing, ...changes });
}

async function echo(socket: MessageSocket, text: string): Promise<unknown> {
  const answer = new Promise((resolve, reject) => {
    socket.handlers = { message: resolve, close: (code) => reject(new Error(String(code))) };
  });
  socket.send(text);
  return answer;
}

describe.each<[string, (endpoint: Endpoint) => Dial]>([
  ['over the network', () => createDial()],
  ['within the process', (endpoint) => endpoint.connect],
])('WebSockets %s', (_, dialOf) => {
  async function start(): Promise<{
    dial: Dial;
    url: string;
    calls: Awaited<ReturnType<typeof startEndpoint>>['calls'];
  }> {
    const { endpoint, url, calls } = await startEndpoint();
    return { dial: dialOf(endpoint), url: url.replace('http', 'ws'), calls };
  }

  test('a signed upgrade reaches its route with who signed; the colon of the target stays (T31)', async () => {
    const { dial, url, calls } = await start();
    const socket = await dial(url + control, signed(url + control));
    expect(await echo(socket, 'hello')).toBe('hello');
    expect(calls.upgrades).toEqual([
      {
        path: `/v1/control-channel/${target}`,
        query: new URLSearchParams('role=subscribe&stream=input'),
        context: expect.objectContaining({ caller: expect.objectContaining({ arn: 'arn:a' }), region }),
        sourceIp: '127.0.0.1',
      },
    ]);
    expect(calls.upgrades[0]?.context?.endpointUrl).toBe(url.replace('ws', 'http'));
    expect(calls.events).toEqual([
      expect.objectContaining({ kind: 'upgrade', service: 'ssmmessages', status: 101, principal: 'arn:a' }),
    ]);
    socket.terminate();
  });

  test('an unsigned upgrade passes where the route allows it, without a context', async () => {
    const { dial, url, calls } = await start();
    const socket = await dial(`${url}/v1/data-channel/s-1?role=publish_subscribe`, {});
    expect(await echo(socket, 'x')).toBe('x');
    expect(calls.upgrades[0]).toMatchObject({ path: '/v1/data-channel/s-1', context: undefined });
    socket.terminate();
  });

  test.each<[string, string, (url: string) => Record<string, string>, number, string]>([
    ['unsigned where it must be signed', control, () => ({}), 403, unauthorized],
    [
      'another secret',
      control,
      (url) => signed(url, { credentials: { ...temporary, secretAccessKey: new Secret('x') } }),
      400,
      unauthorized,
    ],
    ['another service', control, (url) => signed(url, { service: 'ecs' }), 400, unauthorized],
    ['another region', control, (url) => signed(url, { region: 'us-east-1' }), 400, unauthorized],
    ['expired', control, (url) => signed(url, { time: Date.now() - 16 * 60_000 }), 400, unauthorized],
    ['signed for another channel', control, (url) => signed(url.replace('demo', 'other')), 400, unauthorized],
    [
      'a wrong signature where none is needed',
      '/v1/data-channel/s-1',
      (url) => signed(url, { time: 0 }),
      400,
      unauthorized,
    ],
    [
      'no such path',
      '/v1/nothing',
      (url) => signed(url),
      404,
      '<NotFoundException><Message>There is no such channel.</Message></NotFoundException>',
    ],
  ])('refused: %s', async (_name, path, headers, status, body) => {
    const { dial, url, calls } = await start();
    await expect(dial(url + path, headers(url + path))).rejects.toMatchObject({ name: 'UpgradeRefused', status, body });
    expect(calls.upgrades).toEqual([]);
    expect(calls.events).toEqual([expect.objectContaining({ kind: 'upgrade', status })]);
  });

  test('a route that fails closes with 1011 and is logged', async () => {
    const { dial, url, calls } = await start();
    const socket = await dial(`${url}/v1/data-channel/broken`, {});
    const code = await new Promise((resolve) => {
      socket.handlers = { message: () => undefined, close: resolve };
    });
    expect(code).toBe(1011);
    expect(calls.events.at(-1)).toMatchObject({ status: 500, error: new Error('a fault of the route') });
  });

  test('close of the endpoint says 1001 to every socket', async () => {
    const { endpoint, url } = await startEndpoint();
    const socket = await dialOf(endpoint)(`${url.replace('http', 'ws')}/v1/data-channel/s-1`, {});
    const code = new Promise((resolve) => {
      socket.handlers = { message: () => undefined, close: resolve };
    });
    await endpoint.close();
    expect(await code).toBe(1001);
    await expect(dialOf(endpoint)(`${url.replace('http', 'ws')}/v1/data-channel/s-1`, {})).rejects.toThrow();
  });
});

describe('REST routes', () => {
  test('JSON in, XML and the route’s own status out (T5)', async () => {
    const { url, calls } = await startEndpoint();
    const client = new AwsClient({ endpoint: url, region, credentials: () => Promise.resolve(temporary) });
    const path = `/v1/control-channel/${target}`;
    const answer = await client.rest('ssmmessages', { method: 'POST', path, body: '{"RequestId":"r"}' });
    expect(answer.status).toBe(201);
    expect(answer.body).toBe(`<R><TokenValue>${path}</TokenValue></R>`);
    expect(calls.inputs).toEqual(['{"RequestId":"r"}']);
    const denied = await client.rest('ssmmessages', { method: 'POST', path: '/v1/control-channel/denied', body: '{}' });
    expect(denied).toMatchObject({
      status: 403,
      body: '<AccessDeniedException><Message>User: x is not authorized</Message></AccessDeniedException>',
    });
    client.close();
  });

  test.each<[string, Partial<RequestToSign>, string]>([
    ['another body', {}, '{"a":1}'],
    ['another service', { service: 'ssm' }, '{}'],
    ['an unknown key', { credentials: { ...longTerm, accessKeyId: 'AKIDNONE' } }, '{}'],
  ])('refused: %s', async (_, changes, body) => {
    const { port, calls } = await startEndpoint();
    const path = `/v1/control-channel/${target}`;
    const headers = signed(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: '{}', ...changes });
    const answer = await sendRaw(port, ...rawRequest(`POST ${path}`, headers, body));
    expect([answer.status, answer.body]).toEqual([400, unauthorized]);
    expect(calls.inputs).toEqual([]);
  });
});
