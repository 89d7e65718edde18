import { Sha256 } from '@aws-crypto/sha256-js';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AccessKey } from './access-keys.js';
import { Secret } from './secret.js';
import type { Caller } from './service.js';
import { presignUrl, signRequest } from './sign-request.js';
import { parseSignature } from './sigv4/parse-signature.js';
import { SIGNING_KEY_CACHE_SIZE, SigningKeys } from './sigv4/signing-key.js';
import type { WireRequest } from './sigv4/wire-request.js';
import { SignatureVerifier } from './verify-signature.js';

const now = Date.UTC(2026, 0, 2, 3, 4, 5);
const region = 'eu-central-1';
const caller: Caller = { accountId: '1', arn: 'arn:a', userId: 'AIDA', accessKeyId: 'AKIDLONG', type: 'user' };
const longTerm = { accessKeyId: 'AKIDLONG', secretAccessKey: new Secret('long secret') };
const temporary = {
  accessKeyId: 'ASIATEMP',
  secretAccessKey: new Secret('short secret'),
  sessionToken: new Secret('the/token+of=it'),
};
const ended = { ...temporary, accessKeyId: 'ASIAENDED' };
const known: Record<string, AccessKey> = {
  AKIDLONG: { secret: longTerm.secretAccessKey, caller },
  ASIATEMP: { secret: temporary.secretAccessKey, sessionToken: temporary.sessionToken, expires: now + 1, caller },
  ASIAENDED: { secret: temporary.secretAccessKey, sessionToken: temporary.sessionToken, expires: now, caller },
};
const accessKeys = { find: (id: string) => Promise.resolve(known[id]) };
const verifier = new SignatureVerifier({ accessKeys, region, clock: () => now });

function verify(request: WireRequest, service = 'ecs'): Promise<Caller> {
  return (async () => verifier.verify(request, parseSignature(request), service))();
}

const body = Buffer.from('{"cluster":"demo"}');
const base = {
  method: 'POST',
  url: 'http://127.0.0.1:4580/',
  headers: {
    'X-Amz-Target': 'AmazonEC2ContainerServiceV20141113.ListTasks',
    'Content-Type': 'application/x-amz-json-1.1',
  },
  body,
  service: 'ecs',
  region,
  credentials: longTerm,
  time: now,
};

function signed(changes: Partial<Parameters<typeof signRequest>[0]> = {}): WireRequest {
  const headers = signRequest({ ...base, ...changes });
  return { method: 'POST', path: '/', query: '', headers: new Map(Object.entries(headers)), body };
}

function withHeaders(request: WireRequest, changes: Record<string, string | undefined>): WireRequest {
  const headers = new Map(request.headers);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) headers.delete(name);
    else headers.set(name, value);
  }
  return { ...request, headers };
}

function presigned(changes: Partial<Parameters<typeof presignUrl>[0]> = {}): WireRequest {
  const url = new URL(
    presignUrl({
      ...base,
      method: 'GET',
      url: 'http://127.0.0.1:4580/?Action=GetCallerIdentity&Version=2011-06-15',
      headers: {},
      body: '',
      service: 'sts',
      expiresSeconds: 60,
      ...changes,
    }),
  );
  const headers = new Map([['host', url.host]]);
  return { method: 'GET', path: url.pathname, query: url.search.slice(1), headers, body: new Uint8Array() };
}

describe('accepted', () => {
  test('long-term and temporary credentials in header form', async () => {
    expect(await verify(signed())).toBe(caller);
    expect(await verify(signed({ credentials: temporary }))).toBe(caller);
  });

  test('presigned query, with and without a session token', async () => {
    expect(await verify(presigned(), 'sts')).toBe(caller);
    expect(await verify(presigned({ credentials: temporary }), 'sts')).toBe(caller);
  });

  test('a clock that is wrong by up to 15 minutes either way', async () => {
    expect(await verify(signed({ time: now - 15 * 60_000 }))).toBe(caller);
    expect(await verify(signed({ time: now + 15 * 60_000 }))).toBe(caller);
  });

  test('IAM and STS signed for any region', async () => {
    expect(await verify(signed({ service: 'iam', region: 'us-east-1' }), 'iam')).toBe(caller);
    expect(await verify(signed({ service: 'sts', region: 'us-west-2' }), 'sts')).toBe(caller);
  });

  test('a Date header in HTTP form in place of X-Amz-Date', async () => {
    const signer = new SignatureV4({ credentials: smithy(longTerm), region, service: 'ecs', sha256: Sha256 });
    const date = new Date(now).toUTCString();
    const request = new HttpRequest({ method: 'POST', path: '/', headers: { host: 'a', date }, body: '' });
    const { headers } = await signer.sign(request, { signingDate: new Date(now), signableHeaders: new Set(['date']) });
    // Smithy always adds X-Amz-Date, so it is signed here; what matters is that the parser reads either.
    const claimed = parseSignature({
      query: '',
      headers: new Map([
        ['authorization', headers['authorization']!],
        ['date', date],
      ]),
    });
    expect(claimed.time).toBe(now);
  });
});

describe('refused', () => {
  const refuse = async (request: WireRequest, problem: object, service?: string): Promise<void> => {
    await expect(verify(request, service)).rejects.toMatchObject({ name: 'SignatureProblem', ...problem });
  };
  const invalid = { code: 'unknown-key', message: 'The security token included in the request is invalid.' };
  const differs = { code: 'mismatch', message: expect.stringContaining('does not match the signature you provided') };

  test('no signature', () => refuse(withHeaders(signed(), { authorization: undefined }), { code: 'missing' }));

  test.each(['Basic dXNlcjpwYXNz', 'AWS4-HMAC-SHA256', 'AWS4-HMAC-SHA256 ', 'AWS4-HMAC-SHA256 Credential', ''])(
    'Authorization "%s"',
    (authorization) =>
      refuse(withHeaders(signed(), { authorization, 'x-amz-date': undefined }), {
        code: 'incomplete',
        message:
          "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. " +
          "Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a " +
          `'X-Amz-Date' or a 'Date' header. Authorization=${authorization}`,
      }),
  );

  test('arbitrary Authorization headers and queries, without crashing', async () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'AWS4-HMAC-SHA256 ',
        'Credential=',
        'a/20260102/r/ecs/aws4_request',
        ', SignedHeaders=',
        'host',
        ', Signature=',
        '%',
        '&',
        'X-Amz-Algorithm=AWS4-HMAC-SHA256',
        'X-Amz-Credential=',
      ),
    );
    const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
    await fc.assert(
      fc.asyncProperty(text, text, fc.boolean(), async (authorization, query, inQuery) => {
        const request = inQuery
          ? { ...withHeaders(signed(), { authorization: undefined }), query }
          : withHeaders({ ...signed(), query }, { authorization });
        await refuse(request, {});
      }),
      { numRuns: 300 },
    );
  });

  test('an unknown key', () => refuse(signed({ credentials: { ...longTerm, accessKeyId: 'AKIDNONE' } }), invalid));
  test('a key id with odd characters is not even looked up', () =>
    refuse(signed({ credentials: { ...longTerm, accessKeyId: '__proto__.x' } }), invalid));
  test('a wrong secret', () =>
    refuse(signed({ credentials: { ...longTerm, secretAccessKey: new Secret('another') } }), differs));
  test('a wrong session token', () =>
    refuse(signed({ credentials: { ...temporary, sessionToken: new Secret('x') } }), invalid));
  test('temporary credentials without their token', () => {
    const { accessKeyId, secretAccessKey } = temporary;
    return refuse(signed({ credentials: { accessKeyId, secretAccessKey } }), invalid);
  });
  test('a long-term key with a token', () =>
    refuse(signed({ credentials: { ...longTerm, sessionToken: new Secret('x') } }), invalid));
  test('temporary credentials after their end', () =>
    refuse(signed({ credentials: ended }), {
      code: 'expired-token',
      message: 'The security token included in the request is expired',
    }));

  test('another body under the same signature', () => refuse({ ...signed(), body: Buffer.from('{}') }, differs));
  test('another body whose hash is stated as before', () =>
    refuse({ ...signed({ headers: { ...base.headers, 'X-Amz-Content-Sha256': '0'.repeat(64) } }) }, differs));
  test('another path, query, method or header', async () => {
    await refuse({ ...signed(), path: '/x' }, differs);
    await refuse({ ...signed(), query: 'a=b' }, differs);
    await refuse({ ...signed(), method: 'PUT' }, differs);
    await refuse(withHeaders(signed(), { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.StopTask' }), differs);
    await refuse(withHeaders(signed(), { host: 'elsewhere' }), differs);
  });
  test('an X-Amz header added after signing', () => refuse(withHeaders(signed(), { 'x-amz-extra': '1' }), differs));
  test('a signed header that is gone', () => refuse(withHeaders(signed(), { 'content-type': undefined }), differs));

  test.each(['0'.repeat(64), 'f'.repeat(63), 'F'.repeat(64), 'ü'.repeat(64), 'x'])('signature %s', (signature) => {
    const request = signed();
    const authorization = request.headers.get('authorization')!.replace(/Signature=.*/, `Signature=${signature}`);
    return refuse(withHeaders(request, { authorization }), differs);
  });

  test('signed too long ago, with AWS’s three times', () =>
    refuse(signed({ time: now - 15 * 60_000 - 1000 }), {
      code: 'clock',
      message: 'Signature expired: 20260102T024904Z is now earlier than 20260102T024905Z (20260102T030405Z - 15 min.)',
    }));
  test('signed in the future', () =>
    refuse(signed({ time: now + 16 * 60_000 }), {
      code: 'clock',
      message:
        'Signature not yet current: 20260102T032005Z is still later than 20260102T031905Z (20260102T030405Z + 15 min.)',
    }));
  test('a presigned URL after its end', () =>
    refuse(presigned({ time: now - 61_000 }), { code: 'clock', message: expect.stringContaining('- 1 min.') }, 'sts'));
  test.each([0, -1, 604_801, 1.5])('a presigned URL of %d seconds', (expiresSeconds) =>
    refuse(presigned({ expiresSeconds }), { code: 'incomplete' }, 'sts'),
  );
  test('a presigned URL with an added parameter', () =>
    refuse({ ...presigned(), query: `${presigned().query}&Extra=1` }, differs, 'sts'));

  test('another region', () =>
    refuse(signed({ region: 'us-east-1' }), {
      code: 'scope',
      message: 'Credential should be scoped to a valid region.',
    }));
  test('another service', () =>
    refuse(signed({ service: 'ssm' }), {
      code: 'scope',
      message: "Credential should be scoped to correct service: 'ecs'.",
    }));
  test('a scope of another day, another end, another length', async () => {
    const request = signed();
    const swap = (from: string, to: string): WireRequest =>
      withHeaders(request, { authorization: request.headers.get('authorization')!.replace(from, to) });
    await refuse(swap('/20260102/', '/20260101/'), { code: 'scope' });
    await refuse(swap('aws4_request', 'aws5_request'), { code: 'scope' });
    await refuse(swap('/aws4_request', ''), { code: 'incomplete' });
  });

  test('no message or reason contains a secret', async () => {
    const request = signed({ credentials: { ...temporary, secretAccessKey: new Secret('another') } });
    const problem = await verify(request).catch((error: unknown) => error as Error & { reason: string });
    expect(`${(problem as Error).message}${(problem as { reason: string }).reason}`).not.toMatch(/secret"|the\/token/);
  });
});

describe('agrees with the signer of the AWS SDK for JavaScript', () => {
  const segment = fc.oneof(
    fc.string({ unit: 'grapheme' }).map(encodeURIComponent),
    fc.constantFrom('', '.', '..', "a:b@c!d$e'f(g)h*i+j,k;l=m&n", '%2F', '%7E', '~', 'a%20b', '%E1%88%B4'),
  );
  const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('a b', 'a+b', "!'()*", '~-._', 'ü&=%/?'));
  const headerName = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/).map((name) => `x-${name}`);
  const headerValue = fc.stringMatching(/^[ \t!-~]{0,20}$/);

  test.each(['ecs', 's3'])('in header form for %s', async (service) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(segment, { maxLength: 5 }),
        fc.dictionary(text, fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 })), { maxKeys: 4 }),
        fc.dictionary(headerName, headerValue, { maxKeys: 3 }),
        fc.string({ unit: 'grapheme' }),
        async (segments, query, headers, content) => {
          // S3 signs the path as it is: only what a client would have encoded.
          const path = `/${segments.filter((one) => service !== 's3' || /^[\w.~%-]*$/.test(one.replace(/%7E/g, ''))).join('/')}`;
          if (service === 's3' && /%7E/.test(path)) return;
          const signer = new SignatureV4({
            credentials: smithy(temporary),
            region,
            service,
            sha256: Sha256,
            uriEscapePath: service !== 's3',
          });
          const request = await signer.sign(
            new HttpRequest({ method: 'PUT', path, query, headers: { host: 'h:1', ...headers }, body: content }),
            { signingDate: new Date(now) },
          );
          const wireQuery = Object.entries(query)
            .flatMap(([name, value]) =>
              [value].flat().map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`),
            )
            .join('&');
          const wire: WireRequest = {
            method: 'PUT',
            path,
            query: wireQuery,
            headers: new Map(Object.entries(request.headers)),
            body: Buffer.from(content),
          };
          expect(await verify(wire, service)).toBe(caller);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('in presigned form', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(text, text, { maxKeys: 4 }), async (query) => {
        const signer = new SignatureV4({ credentials: smithy(temporary), region, service: 'sts', sha256: Sha256 });
        const request = await signer.presign(
          new HttpRequest({ method: 'GET', path: '/', query, headers: { host: 'h' }, body: '' }),
          { signingDate: new Date(now), expiresIn: 60 },
        );
        const wireQuery = Object.entries(request.query)
          .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value as string)}`)
          .join('&');
        const headers = new Map(Object.entries(request.headers));
        const wire = { method: 'GET', path: '/', query: wireQuery, headers, body: new Uint8Array() };
        expect(await verify(wire, 'sts')).toBe(caller);
      }),
      { numRuns: 100 },
    );
  });
});

test('the cache of derived keys is bounded', () => {
  const keys = new SigningKeys();
  for (let index = 0; index < SIGNING_KEY_CACHE_SIZE + 10; index++) {
    keys.sign(new Secret('x'), { date: '20260102', region: `r${index}`, service: 'ecs' }, '20260102T030405Z', '');
  }
  expect(keys.size).toBe(SIGNING_KEY_CACHE_SIZE);
});

function smithy(credentials: { accessKeyId: string; secretAccessKey: Secret; sessionToken?: Secret }): {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
} {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return {
    accessKeyId,
    secretAccessKey: secretAccessKey.reveal(),
    ...(sessionToken && { sessionToken: sessionToken.reveal() }),
  };
}
