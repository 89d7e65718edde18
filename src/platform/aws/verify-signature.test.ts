import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { caller, ended, longTerm, now, region, temporary, verify } from './access-keys.fixture.js';
import { Secret } from './secret.js';
import { presignUrl, signRequest } from './sign-request.js';
import { canonicalRequest, sha256Hex } from './sigv4/canonical-request.js';
import { SIGNING_KEY_CACHE_SIZE, SigningKeys } from './sigv4/signing-key.js';
import type { WireRequest } from './sigv4/wire-request.js';

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

  test('a Date header, in either form, in place of X-Amz-Date', async () => {
    for (const date of ['20260102T030405Z', 'Fri, 02 Jan 2026 03:04:05 GMT']) {
      const request: WireRequest = {
        ...signed(),
        headers: new Map([
          ['host', 'h'],
          ['date', date],
        ]),
      };
      const scope = { date: '20260102', region, service: 'ecs' };
      const text = canonicalRequest(request, ['date', 'host'], sha256Hex(body), 'double');
      const signature = new SigningKeys().sign(longTerm.secretAccessKey, scope, '20260102T030405Z', text);
      const authorization =
        `AWS4-HMAC-SHA256 Credential=AKIDLONG/20260102/${region}/ecs/aws4_request,` +
        `SignedHeaders=date;host,Signature=${signature}`;
      expect(await verify(withHeaders(request, { authorization }))).toBe(caller);
    }
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

test('the cache of derived keys is bounded', () => {
  const keys = new SigningKeys();
  for (let index = 0; index < SIGNING_KEY_CACHE_SIZE + 10; index++) {
    keys.sign(new Secret('x'), { date: '20260102', region: `r${index}`, service: 'ecs' }, '20260102T030405Z', '');
  }
  expect(keys.size).toBe(SIGNING_KEY_CACHE_SIZE);
});
