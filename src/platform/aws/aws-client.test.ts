import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { longTerm, region, temporary } from './access-keys.fixture.js';
import { AwsClient } from './aws-client.js';
import type { AwsClientOptions } from './aws-client.js';
import { createDial } from './dial-web-socket.js';
import { startEndpoint } from './endpoint.fixture.js';
import { textOf } from './outgoing/xml-element.js';

const ecs = 'AmazonEC2ContainerServiceV20141113';

function clientOf(endpoint: string, options: Partial<AwsClientOptions> = {}): AwsClient {
  const client = new AwsClient({ endpoint, region, credentials: () => Promise.resolve(temporary), ...options });
  onTestFinished(() => client.close());
  return client;
}

/** A server that answers as told, one answer a request; the last one again and again. */
async function scripted(
  ...answers: ((request: IncomingMessage, response: ServerResponse) => void)[]
): Promise<{ url: string; count: () => number }> {
  let count = 0;
  const server = createServer((request, response) => {
    const answer = answers[Math.min(count++, answers.length - 1)];
    request.resume().once('end', () => answer?.(request, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, count: () => count };
}

const say =
  (status: number, body: string, headers: Record<string, string> = {}) =>
  (_: IncomingMessage, response: ServerResponse): void =>
    void response.writeHead(status, headers).end(body);

describe('against our endpoint', () => {
  test('an operation', async () => {
    const { url } = await startEndpoint();
    expect(await clientOf(url).json('ecs', ecs, 'ListTasks', { cluster: 'ü' })).toEqual({ taskArns: ['arn:ü'] });
  });

  test('an operation of a query service, and its error', async () => {
    const { url } = await startEndpoint();
    const client = clientOf(url);
    const identity = await client.query('sts', '2011-06-15', 'GetCallerIdentity', {});
    expect(textOf(identity, 'Arn')).toBe('arn:aws:iam::123456789012:user/a<b>&');
    const unknown = client.query('sts', '2011-06-15', 'Frobnicate', { Name: 'a&b' });
    await expect(unknown).rejects.toMatchObject({ name: 'AwsError', code: 'InvalidAction', fault: 'client' });
  });

  test('an error is an AwsError with its code, and is not tried again', async () => {
    const { url, calls } = await startEndpoint();
    const listing = clientOf(url).json('ecs', ecs, 'ListTasks', { cluster: 'none' });
    await expect(listing).rejects.toMatchObject({
      name: 'AwsError',
      code: 'ClusterNotFoundException',
      message: 'Cluster not found.',
      status: 400,
      fault: 'client',
    });
    expect(calls.events).toHaveLength(1);
  });

  test('a server fault is tried three times', async () => {
    const { url, calls } = await startEndpoint();
    const listing = clientOf(url).json('ecs', ecs, 'ListTasks', { cluster: 'busy' });
    await expect(listing).rejects.toMatchObject({ code: 'ServerException', fault: 'server' });
    expect(calls.events).toHaveLength(3);
  });

  test('a signed WebSocket, over the network and within the process', async () => {
    const { endpoint, url, calls } = await startEndpoint();
    for (const dial of [createDial(), endpoint.connect]) {
      const socket = await clientOf(url).connect(
        dial,
        'ssmmessages',
        '/v1/control-channel/ecs:a_b_c?role=subscribe&stream=input',
      );
      expect(calls.upgrades.pop()).toMatchObject({ path: '/v1/control-channel/ecs:a_b_c', context: expect.anything() });
      socket.terminate();
    }
  });
});

describe('when things go wrong', () => {
  test('throttling and broken connections are tried again', async () => {
    const { url, count } = await scripted(
      say(400, '{"__type":"ThrottlingException","message":"Rate exceeded"}'),
      (request) => void request.socket.destroy(),
      say(200, '{"ok":true}'),
    );
    expect(await clientOf(url).json('ecs', ecs, 'ListTasks', {})).toEqual({ ok: true });
    expect(count()).toBe(3);
  });

  test('connections are kept and used again', async () => {
    const ports = new Set<number | undefined>();
    const { url } = await scripted((request, response) => {
      ports.add(request.socket.remotePort);
      response.end('{}');
    });
    const client = clientOf(url);
    for (let count = 0; count < 3; count++) await client.json('ecs', ecs, 'ListTasks', {});
    expect(ports.size).toBe(1);
  });

  test.each<[string, number, string, Record<string, string>, object]>([
    [
      'namespace and link',
      400,
      '{"__type":"com.amazonaws.ecs#AException:http://x/","Message":"m"}',
      {},
      { code: 'AException', message: 'm' },
    ],
    [
      'only the header',
      400,
      '{"message":"m"}',
      { 'x-amzn-errortype': 'AException:x' },
      { code: 'AException', message: 'm' },
    ],
    [
      'further members',
      409,
      '{"__type":"C","message":"m","resourceIds":["a"]}',
      {},
      { members: { resourceIds: ['a'] }, status: 409 },
    ],
    ['no JSON', 404, '<html>not found</html>', {}, { code: 'HTTP 404', message: '<html>not found</html>' }],
    ['no JSON with 200', 200, 'hello', {}, { code: 'HTTP 200' }],
    ['a list', 400, '[1]', {}, { code: 'HTTP 400' }],
  ])('an error with %s', async (_, status, body, headers, expected) => {
    const { url } = await scripted(say(status, body, headers));
    await expect(clientOf(url).json('ecs', ecs, 'X', {})).rejects.toMatchObject({ name: 'AwsError', ...expected });
  });

  test('no answer in time', async () => {
    const { url, count } = await scripted(() => undefined);
    const call = clientOf(url, { timeoutMs: 50, attempts: 2 }).json('ecs', ecs, 'X', {});
    await expect(call).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(count()).toBe(2);
  });

  test('an abort ends the call and is not tried again', async () => {
    const { url, count } = await scripted(() => undefined);
    const abort = new AbortController();
    const call = clientOf(url).json('ecs', ecs, 'X', {}, { signal: abort.signal });
    while (count() === 0) await new Promise((resolve) => setImmediate(resolve));
    abort.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    expect(count()).toBe(1);
  });

  test('nobody there', async () => {
    const { endpoint, url } = await startEndpoint();
    await endpoint.close();
    const call = clientOf(url, { attempts: 1 }).json('ecs', ecs, 'X', {});
    await expect(call).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('an answer without end is cut off', async () => {
    const { url } = await scripted((_, response) => {
      const chunk = Buffer.alloc(1024 * 1024);
      const more = (): void => {
        if (!response.destroyed) response.write(chunk, more);
      };
      more();
    });
    await expect(clientOf(url, { attempts: 1 }).json('ecs', ecs, 'X', {})).rejects.toThrow(/longer than/);
  });

  test('REST gives back a 5xx after the last attempt', async () => {
    const { url, count } = await scripted(say(503, 'busy'));
    const answer = await clientOf(url, { attempts: 2 }).rest('ssmmessages', {
      method: 'POST',
      path: '/v1/x',
      body: '{}',
    });
    expect(answer).toMatchObject({ status: 503, body: 'busy' });
    expect(count()).toBe(2);
  });
});

test('credentials are asked for before every attempt', async () => {
  const { url } = await startEndpoint();
  let asked = 0;
  const client = clientOf(url, {
    credentials: () => {
      asked++;
      return Promise.resolve(longTerm);
    },
  });
  await client.json('ecs', ecs, 'ListTasks', {});
  await client.json('ecs', ecs, 'ListTasks', {});
  expect(asked).toBe(2);
});
