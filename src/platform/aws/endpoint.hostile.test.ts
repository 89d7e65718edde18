import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { longTerm, region } from './access-keys.fixture.js';
import { startEndpoint } from './endpoint.fixture.js';
import { MAX_BODY_BYTES, MAX_HEADER_BYTES } from './endpoint/endpoint-options.js';
import { rawRequest, sendRaw } from './raw-http.fixture.js';
import { signRequest } from './sign-request.js';

/** Whatever happened in a test, the endpoint it happened to must still answer. */
const alive: { port?: number } = {};
afterEach(async () => {
  if (alive.port === undefined) return;
  expect((await sendRaw(alive.port, ...rawRequest('GET /health', { host: 'x' }))).status).toBe(200);
});

async function start(options: Parameters<typeof startEndpoint>[0] = {}): ReturnType<typeof startEndpoint> {
  const started = await startEndpoint(options);
  alive.port = started.port;
  return started;
}

function signedPost(port: number, body: string | Uint8Array): (string | Uint8Array)[] {
  const headers = signRequest({
    method: 'POST',
    url: `http://127.0.0.1:${port}/`,
    headers: { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.ListTasks' },
    service: 'ecs',
    region,
    credentials: longTerm,
    time: Date.now(),
    body,
  });
  return rawRequest('POST /', headers, body);
}

test.each([
  'nonsense\r\n\r\n',
  'GET\r\n\r\n',
  'GET / HTTP/9.9\r\n\r\n',
  '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03',
  'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: x\r\n\r\n',
  'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n',
  'GET / HTTP/1.1\r\n\r\n',
])('what is not HTTP is answered with 400: %j', async (text) => {
  const { port } = await start();
  expect((await sendRaw(port, text)).status).toBe(400);
});

test('any bytes, any path and any header leave it standing', async () => {
  const { port } = await start({ limits: { headersTimeoutMs: 100, requestTimeoutMs: 100 } });
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 300 }),
      fc.stringMatching(/^[!-~]{0,60}$/),
      fc.stringMatching(/^[ -~]{0,60}$/),
      async (bytes, path, value) => {
        await sendRaw(port, bytes, '\r\n\r\n').catch(() => undefined);
        const headers = {
          host: value,
          authorization: value,
          'x-amz-target': value,
          'x-amz-date': value,
          'content-type': value,
        };
        const answer = await sendRaw(port, ...rawRequest(`POST /${path}`, headers, bytes));
        expect(answer.status).toBeGreaterThanOrEqual(200);
        expect(answer.status).toBeLessThan(500);
      },
    ),
    { numRuns: 60 },
  );
});

test('header lines longer than the limit are 431', async () => {
  const { port } = await start();
  const answer = await sendRaw(port, `GET / HTTP/1.1\r\nhost: x\r\nlong: ${'x'.repeat(MAX_HEADER_BYTES)}\r\n\r\n`);
  expect(answer.status).toBe(431);
});

test('a body of exactly the limit is read, one byte more is 413, also without a length', async () => {
  const { port } = await start();
  const full = Buffer.alloc(MAX_BODY_BYTES, ' ');
  full.write('{}');
  expect((await sendRaw(port, ...signedPost(port, full))).status).toBe(200);
  const over = Buffer.concat([full, Buffer.from(' ')]);
  const answer = await sendRaw(port, ...signedPost(port, over));
  expect(answer.status).toBe(413);
  expect(JSON.parse(answer.body)).toMatchObject({ __type: 'RequestEntityTooLargeException' });
  const [head] = signedPost(port, over);
  const chunked = String(head).replace(/content-length: \d+/, 'transfer-encoding: chunked');
  const size = over.length.toString(16);
  expect((await sendRaw(port, chunked, `${size}\r\n`, over, '\r\n0\r\n\r\n')).status).toBe(413);
});

test('a body of 16 MB is refused with an answer that the sender can read', async () => {
  const { port } = await start();
  const answer = await sendRaw(port, ...signedPost(port, Buffer.alloc(16 * 1024 * 1024, 'x')));
  expect(answer.status).toBe(413);
});

test('a body announced as endless is refused before it comes', async () => {
  const { port } = await start();
  const [head] = signedPost(port, '{}');
  const endless = String(head).replace(/content-length: \d+/, 'content-length: 99999999999');
  expect((await sendRaw(port, endless)).status).toBe(413);
});

test('who sends headers too slowly is sent away', async () => {
  const { port } = await start({ limits: { headersTimeoutMs: 100, requestTimeoutMs: 200 } });
  expect((await sendRaw(port, 'GET / HTTP/1.1\r\nhost:')).status).toBe(408);
});

test('who sends the body too slowly is sent away', async () => {
  const { port, calls } = await start({ limits: { headersTimeoutMs: 100, requestTimeoutMs: 200 } });
  const [head] = signedPost(port, '{}');
  expect((await sendRaw(port, String(head), '{')).status).toBe(408);
  while (calls.events.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(calls.events).toEqual([expect.objectContaining({ status: 499 })]);
});

test('a caller who leaves within the body is noted and nothing else happens', async () => {
  const { port, calls } = await start();
  const [head] = signedPost(port, '{}');
  const socket = connect(port, '127.0.0.1');
  socket.write(`${String(head)}{`, () => socket.destroy());
  await once(socket, 'close');
  while (calls.events.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(calls.events).toEqual([expect.objectContaining({ status: 499 })]);
  expect(calls.inputs).toEqual([]);
});

test('an upgrade to something else, or a malformed one, is refused', async () => {
  const { port } = await start();
  const upgrade = { host: 'x', connection: 'upgrade' };
  const ask = (headers: Record<string, string>): Promise<{ status: number }> =>
    sendRaw(
      port,
      `GET /v1/data-channel/s HTTP/1.1\r\n${Object.entries({ ...upgrade, ...headers })
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')}\r\n`,
    );
  expect((await ask({ upgrade: 'h2c' })).status).toBe(400);
  expect((await ask({ upgrade: 'websocket' })).status).toBe(400);
  expect(
    (await ask({ upgrade: 'websocket', 'sec-websocket-key': 'short', 'sec-websocket-version': '13' })).status,
  ).toBe(400);
});

test.each<[string, (socket: WebSocket) => void, number]>([
  ['a frame of 16 MiB and one byte', (socket) => socket.send(Buffer.alloc(16 * 1024 * 1024 + 1)), 1009],
  ['text that is not UTF-8', (socket) => socket.send(Buffer.from([0xff, 0xfe]), { binary: false }), 1007],
])('%s ends its WebSocket', async (_, send, code) => {
  const { port } = await start();
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/data-channel/s`);
  socket.on('error', () => undefined);
  await once(socket, 'open');
  const closed = once(socket, 'close');
  send(socket);
  expect((await closed)[0]).toBe(code);
});

test('bytes that are no WebSocket frame end it with 1002', async () => {
  const { port } = await start();
  const key = 'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-version: 13\r\n';
  const answer = await sendRaw(
    port,
    `GET /v1/data-channel/s HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n${key}\r\n`,
    Buffer.alloc(20, 0xff),
  );
  expect(answer.status).toBe(101);
  expect(Buffer.from(answer.body, 'latin1').subarray(2, 4).toString('hex')).toBe('03ea');
});

test('T14: a ping is answered at once, also while nobody reads messages', async () => {
  const { port, calls } = await start();
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/data-channel/s`);
  await once(socket, 'open');
  socket.ping('keepalive');
  expect(String((await once(socket, 'pong'))[0])).toBe('keepalive');
  expect(calls.sockets).toHaveLength(1);
  socket.terminate();
});
