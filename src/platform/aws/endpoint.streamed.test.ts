import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { caller, longTerm, region, temporary } from './access-keys.fixture.js';
import { AccessDenied } from './access.js';
import { AwsError } from './aws-error.js';
import { startEndpoint } from './endpoint.fixture.js';
import type { EndpointOptions } from './endpoint/endpoint-options.js';
import { rawRequest, sendRaw } from './raw-http.fixture.js';
import { Secret } from './secret.js';
import { canonicalRequest, sha256Hex } from './sigv4/canonical-request.js';
import { formatScope, formatTimestamp } from './sigv4/credential-scope.js';
import { SigningKeys } from './sigv4/signing-key.js';
import { presignUrl, signRequest } from './sign-request.js';
import type { StreamedRequest, StreamedResponse, StreamedService } from './streamed-service.js';

/** What the toy service saw. */
interface Seen {
  readonly requests: StreamedRequest[];
  readonly bodies: string[];
  readonly failures: unknown[];
  bytes: number;
  abandoned: number;
}

type Answer = (request: StreamedRequest, seen: Seen) => Promise<StreamedResponse> | StreamedResponse;

async function start(answer: Answer = readAll, options: Partial<EndpointOptions> = {}) {
  const seen: Seen = { requests: [], bodies: [], failures: [], bytes: 0, abandoned: 0 };
  const operation = {
    name: 'Toy',
    access: () => [{ action: 's3:Toy', resources: [{ arn: 'arn:aws:s3:::b/k', shownAs: '"arn:aws:s3:::b/k"' }] }],
    run: async (request: StreamedRequest) => {
      seen.requests.push(request);
      try {
        return await answer(request, seen);
      } catch (error) {
        seen.failures.push(error);
        throw error;
      }
    },
  };
  const streamed: StreamedService = {
    name: 's3',
    operations: [operation],
    find: () => operation,
    describe: () => ({}),
  };
  const started = await startEndpoint({ streamed: [streamed], ...options });
  return { ...started, seen };
}

async function readAll({ body }: StreamedRequest, seen: Seen): Promise<StreamedResponse> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  seen.bodies.push(Buffer.concat(pieces).toString());
  return { status: 200, headers: { etag: '"x"' }, body: '' };
}

interface Signing {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly credentials?: typeof longTerm | typeof temporary;
  readonly time?: number;
  readonly region?: string;
}

function signed(port: number, body: string | Uint8Array, changes: Signing = {}) {
  const { method = 'PUT', path = '/b/k', headers = {}, ...more } = changes;
  const all = signRequest({
    ...{
      method,
      url: `http://127.0.0.1:${port}${path}`,
      service: 's3',
      region,
      credentials: longTerm,
      time: Date.now(),
    },
    headers: { 'x-amz-content-sha256': sha256Hex(body), ...headers },
    body,
    ...more,
  });
  return { line: `${method} ${path}`, headers: all };
}

function put(port: number, body: string | Uint8Array, changes: Signing = {}): (string | Uint8Array)[] {
  const { line, headers } = signed(port, body, changes);
  return rawRequest(line, headers, body);
}

/** A head that promises signed chunks, and what signs them. */
function signedChunks(port: number, hash: string, time: number, length: number) {
  const timestamp = formatTimestamp(time);
  const scope = { date: timestamp.slice(0, 8), region, service: 's3' };
  const headers: Record<string, string> = {
    host: `127.0.0.1:${port}`,
    'x-amz-content-sha256': hash,
    'x-amz-date': timestamp,
    'x-amz-decoded-content-length': String(length),
  };
  const names = Object.keys(headers);
  const head = { method: 'PUT', path: '/b/k', query: '', headers: new Map(Object.entries(headers)) };
  const keys = new SigningKeys();
  const { accessKeyId, secretAccessKey } = longTerm;
  const signature = keys.sign(secretAccessKey, scope, timestamp, canonicalRequest(head, names, hash, 'once'));
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${formatScope(scope)}, ` +
    `SignedHeaders=${names.join(';')}, Signature=${signature}`;
  const stamp = `${timestamp}\n${formatScope(scope)}`;
  return { headers, stamp, sign: (text: string) => keys.signText(secretAccessKey, scope, text) };
}

const codeOf = (body: string): string | undefined => /<Code>(.*?)<\/Code>/.exec(body)?.[1];
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));

const open: Socket[] = [];
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy();
});

function dial(port: number): { socket: Socket; text: () => string; closed: Promise<unknown> } {
  const socket = connect(port, '127.0.0.1');
  open.push(socket);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', () => undefined);
  return { socket, text: () => Buffer.concat(chunks).toString('latin1'), closed: once(socket, 'close') };
}

describe('what is sent', () => {
  test('is the one that was signed, or is refused', async () => {
    const { port, seen } = await start();
    const good = await sendRaw(port, ...put(port, 'content'));
    expect([good.status, seen.bodies]).toEqual([200, ['content']]);
    expect(good.head).toMatch(/^x-amz-request-id: .+$/m);
    expect(good.head).toMatch(/^x-amz-id-2: .+$/m);

    const { line, headers } = signed(port, 'content');
    const other = await sendRaw(port, ...rawRequest(line, headers, 'Content'));
    expect([other.status, codeOf(other.body)]).toEqual([400, 'XAmzContentSHA256Mismatch']);
    expect(seen.bodies).toEqual(['content']);
  });

  test('is not read before the signature is verified and the policies are asked', async () => {
    const refuse = {
      require: () => {
        const decision = {
          decision: 'implicitDeny',
          policyType: 'identity',
          reasons: [],
          missingContextKeys: [],
        } as const;
        throw new AccessDenied('User: x is not authorized', { action: 's3:Toy', resource: '*', decision }, 'why');
      },
    };
    const { port, seen, calls } = await start(readAll, { authorization: refuse });
    const { line, headers } = signed(port, 'x'.repeat(100));
    const { socket, text, closed } = dial(port);
    const all = { ...headers, expect: '100-continue', 'content-length': '100' };
    socket.write(
      `${line} HTTP/1.1\r\n${Object.entries(all)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')}\r\n`,
    );
    await closed;
    expect(text()).toMatch(/^HTTP\/1.1 403 /);
    expect(codeOf(text())).toBe('AccessDenied');
    expect(text()).not.toContain('100 Continue');
    expect(seen.requests).toEqual([]);
    expect(calls.events).toMatchObject([{ service: 's3', operation: 'Toy', status: 403, reason: 'why' }]);
  });

  test('comes when it is invited, and not earlier', async () => {
    const { port, seen } = await start();
    const { line, headers } = signed(port, 'content');
    const { socket, text } = dial(port);
    const all = { ...headers, expect: '100-continue', 'content-length': '7' };
    socket.write(
      `${line} HTTP/1.1\r\n${Object.entries(all)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')}\r\n`,
    );
    await expect.poll(text).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('content');
    await expect.poll(text).toContain('HTTP/1.1 200 OK');
    expect(seen.bodies).toEqual(['content']);
  });

  test('may break off: nobody is answered, and the operation learns of it', async () => {
    const { port, seen, calls } = await start();
    const [head = ''] = put(port, 'content');
    const { socket, closed } = dial(port);
    socket.write(`${String(head)}con`, () => socket.destroy());
    await closed;
    await expect.poll(() => calls.events).toMatchObject([{ operation: 'Toy', status: 499 }]);
    expect(seen.failures).toMatchObject([{ name: 'CallerGone' }]);
  });

  test('may come in signed chunks; one that was changed makes it nothing', async () => {
    const { port, seen } = await start();
    const chunk = 'a'.repeat(1000);
    const hash = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER';
    const send = (sent: string) => {
      const time = Math.floor(Date.now() / 1000) * 1000;
      const { headers, sign, stamp } = signedChunks(port, hash, time, 1000);
      const signature = /Signature=(\w+)/.exec(headers['authorization'] ?? '')?.[1] ?? '';
      const next = (before: string, data: string): string =>
        sign(`AWS4-HMAC-SHA256-PAYLOAD\n${stamp}\n${before}\n${sha256Hex('')}\n${sha256Hex(data)}`);
      const first = next(signature, chunk);
      const last = next(first, '');
      const trailer = sign(
        `AWS4-HMAC-SHA256-TRAILER\n${stamp}\n${last}\n${sha256Hex('x-amz-checksum-crc32:AAAAAA==\n')}`,
      );
      const wire =
        `3e8;chunk-signature=${first}\r\n${sent}\r\n0;chunk-signature=${last}\r\n` +
        `x-amz-checksum-crc32:AAAAAA==\r\nx-amz-trailer-signature:${trailer}\r\n\r\n`;
      return sendRaw(port, ...rawRequest('PUT /b/k', headers, wire));
    };
    const good = await send(chunk);
    expect([good.status, seen.bodies]).toEqual([200, [chunk]]);
    expect(seen.requests[0]?.body.length).toBe(1000);
    expect([...(seen.requests[0]?.body.trailers ?? [])]).toEqual([['x-amz-checksum-crc32', 'AAAAAA==']]);
    const changed = await send(`b${chunk.slice(1)}`);
    expect([changed.status, codeOf(changed.body)]).toEqual([403, 'SignatureDoesNotMatch']);
    expect(seen.bodies.length).toBe(1);
  });

  test('may not stop coming', async () => {
    const { port, calls } = await start(readAll, { limits: { idleTimeoutMs: 200 } });
    const [head = ''] = put(port, 'content');
    const { socket, closed } = dial(port);
    socket.write(`${String(head)}con`);
    await closed;
    await expect.poll(() => calls.events).toMatchObject([{ status: 499 }]);
  });

  test('may be long, and whoever is refused in the middle of it still reads why', async () => {
    const { port } = await start(() => {
      throw new AwsError('NoSuchBucket', 'The specified bucket does not exist', { status: 404 });
    });
    const answer = await sendRaw(port, ...put(port, Buffer.alloc(20_000_000)));
    expect([answer.status, codeOf(answer.body)]).toEqual([404, 'NoSuchBucket']);
  });
});

describe('what is answered', () => {
  test('comes in pieces, as fast as it is taken', async () => {
    let given = 0;
    const piece = Buffer.alloc(65_536, 'x');
    const { port } = await start(() => ({
      status: 200,
      headers: { 'content-length': String(piece.length * 2000) },
      body: (async function* () {
        for (; given < 2000; given++) yield await Promise.resolve(piece);
      })(),
    }));
    const { socket } = dial(port);
    socket.pause();
    for (const part of put(port, '', { method: 'GET' })) socket.write(part);
    await settle();
    await settle();
    // The kernel's buffers hold some megabytes; the rest waits to be asked for.
    expect(given).toBeLessThan(500);
    socket.resume();
    await once(socket, 'close');
    expect(given).toBe(2000);
  });

  test('breaks off when it cannot be gone on with, and whoever leaves ends it', async () => {
    const { port, calls, seen } = await start((request, mine) => ({
      status: 200,
      headers: { 'content-length': '10000000' },
      body: (async function* () {
        try {
          yield await Promise.resolve(Buffer.alloc(100));
          if (request.path === '/b/broken') throw new Error('damaged');
          for (;;) yield await Promise.resolve(Buffer.alloc(65_536));
        } finally {
          mine.abandoned++;
        }
      })(),
    }));
    const broken = await sendRaw(port, ...put(port, '', { method: 'GET', path: '/b/broken' })).catch(() => undefined);
    expect(broken?.body.length ?? 0).toBeLessThan(10_000_000);
    await expect.poll(() => calls.events).toMatchObject([{ reason: 'damaged' }]);
    const { socket } = dial(port);
    for (const part of put(port, '', { method: 'GET' })) socket.write(part);
    await once(socket, 'data');
    socket.destroy();
    await expect.poll(() => seen.abandoned).toBe(2);
    await expect.poll(() => calls.events.at(-1)).toMatchObject({ status: 499 });
  });
});

describe('whose a request is', () => {
  test('the scope of its signature says: no path shadows another service', async () => {
    const { port, seen, calls } = await start();
    const path = '/v1/control-channel/x';
    const toS3 = await sendRaw(port, ...put(port, '', { method: 'POST', path }));
    expect([toS3.status, seen.requests.length]).toEqual([200, 1]);
    const headers = signRequest({
      ...{ method: 'POST', url: `http://127.0.0.1:${port}${path}`, service: 'ssmmessages', region },
      ...{ credentials: longTerm, time: Date.now(), body: '' },
    });
    const toGateway = await sendRaw(port, ...rawRequest(`POST ${path}`, headers));
    expect([toGateway.status, seen.requests.length, calls.inputs.length]).toEqual([201, 1, 1]);
    expect((await sendRaw(port, ...rawRequest('GET /health', { host: 'x' }))).status).toBe(200);
    const old = await sendRaw(port, ...rawRequest('GET /b/k?AWSAccessKeyId=x&Signature=x&Expires=1', { host: 'x' }));
    expect([old.status, codeOf(old.body)]).toEqual([400, 'InvalidRequest']);
    const nobody = await sendRaw(port, ...rawRequest('GET /b/k', { host: 'x' }));
    expect([nobody.status, codeOf(nobody.body)]).toEqual([403, 'AccessDenied']);
  });

  test('a presigned URL says it too, until its time is over', async () => {
    const { port, seen } = await start();
    const presigned = (time: number, expiresSeconds = 60): string => {
      const url = new URL(
        presignUrl({
          ...{ method: 'PUT', url: `http://127.0.0.1:${port}/b/k%20%C3%BC?x-amz-meta-a=1`, service: 's3', region },
          ...{ credentials: temporary, time, expiresSeconds },
        }),
      );
      return `PUT ${url.pathname}${url.search}`;
    };
    const host = { host: `127.0.0.1:${port}` };
    const good = await sendRaw(port, ...rawRequest(presigned(Date.now()), host, 'content'));
    expect([good.status, seen.bodies]).toEqual([200, ['content']]);
    expect(seen.requests[0]?.headers.get('x-amz-meta-a')).toBe('1');
    const late = await sendRaw(port, ...rawRequest(presigned(Date.now() - 61_000), host, 'content'));
    expect([late.status, codeOf(late.body)]).toEqual([403, 'AccessDenied']);
    expect(late.body).toContain('<Message>Request has expired</Message><X-Amz-Expires>60</X-Amz-Expires>');
    const week = await sendRaw(port, ...rawRequest(presigned(Date.now() - 60_000, 604_800), host, ''));
    expect(week.status).toBe(200);
    const longer = await sendRaw(port, ...rawRequest(presigned(Date.now(), 604_801), host, ''));
    expect([longer.status, codeOf(longer.body)]).toEqual([400, 'AuthorizationQueryParametersError']);
    const changed = await sendRaw(port, ...rawRequest(presigned(Date.now()).replace('/b/', '/c/'), host, ''));
    expect([changed.status, codeOf(changed.body)]).toEqual([403, 'SignatureDoesNotMatch']);
  });

  const stranger = { ...longTerm, accessKeyId: 'AKIDNOBODY' };
  const forged = { ...longTerm, secretAccessKey: new Secret('another') };
  const wrongToken = { ...temporary, sessionToken: new Secret('another') };
  test.each<[string, Signing, number, string]>([
    ['an unknown key', { credentials: stranger }, 403, 'InvalidAccessKeyId'],
    ['another secret', { credentials: forged }, 403, 'SignatureDoesNotMatch'],
    ['another token', { credentials: wrongToken }, 400, 'InvalidToken'],
    ['an old signature', { time: Date.now() - 16 * 60_000 }, 403, 'RequestTimeTooSkewed'],
    ['another region', { region: 'us-west-2' }, 400, 'AuthorizationHeaderMalformed'],
  ])('%s is refused in the words of S3', async (_name, changes, status, code) => {
    const { port, seen } = await start();
    const answer = await sendRaw(port, ...put(port, 'content', changes));
    expect([answer.status, codeOf(answer.body)]).toEqual([status, code]);
    expect(answer.body).toMatch(/<Resource>\/b\/k<\/Resource><RequestId>.+<\/RequestId><HostId>.+<\/HostId><\/Error>$/);
    expect(seen.requests).toEqual([]);
  });

  test('who it is from is told to the operation', async () => {
    const { port, seen } = await start();
    await sendRaw(port, ...put(port, ''));
    expect(seen.requests[0]?.context).toMatchObject({ caller, region, service: 's3', operation: 'Toy' });
  });
});
