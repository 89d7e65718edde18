import { createHash, createPublicKey, generateKeyPairSync, sign, constants, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accessKeys, caller, now, region } from './access-keys.fixture.js';
import { signInstanceRequest } from './sign-request.js';
import { parseSignature } from './sigv4/parse-signature.js';
import { SignatureVerifier } from './verify-signature.js';

const ID = 'mi-0123456789abcdef0';
const [own, other] = [0, 1].map(() => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey) as [
  KeyObject,
  KeyObject,
];
const instance = { ...caller, userId: ID, type: 'managed-instance' as const };
const verifier = new SignatureVerifier({
  ...{ accessKeys, region, clock: () => now },
  instanceKeys: {
    find: (id) => Promise.resolve(id === ID ? { publicKey: createPublicKey(own), caller: instance } : undefined),
  },
});

function signed(body = '{}', privateKey = own, instanceId = ID, time = now) {
  const headers = { 'x-amz-target': 'AmazonSSM.RequestManagedInstanceRoleToken' };
  const url = 'https://ssm.test/';
  const sent = signInstanceRequest({
    ...{ method: 'POST', url, headers, body, service: 'ssm', region, time, instanceId, privateKey },
  });
  return { method: 'POST', path: '/', query: '', headers: new Map(Object.entries(sent)), body: Buffer.from(body) };
}

const verify = async (request: ReturnType<typeof signed>) =>
  verifier.verifyInstance(request, parseSignature(request), 'ssm');

test('a request signed by the instance is its own', async () => {
  expect(await verify(signed())).toBe(instance);
});

test('the form that AWS’s agent sends: the hash of the body in a header that is not signed', async () => {
  const request = signed('{"Fingerprint":"f"}');
  request.headers.set('x-amz-content-sha256', createHash('sha256').update(request.body).digest('hex'));
  expect(await verify(request)).toBe(instance);
  request.headers.set('x-amz-content-sha256', createHash('sha256').update('{}').digest('hex'));
  await expect(verify(request)).rejects.toThrow(/signature/i);
});

test('a text made without our signer: the lines of AWS4-HMAC-SHA256, RSA-PSS with SHA-256 and a salt of 32 bytes', async () => {
  const date = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
  const scope = `${date.slice(0, 8)}/${region}/ssm/aws4_request`;
  const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
  const canonical = `POST\n/\n\nhost:ssm.test\nx-amz-date:${date}\n\nhost;x-amz-date\n${hash('{}')}`;
  const text = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${hash(canonical)}`;
  const key = { key: own, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  const signature = sign('sha256', Buffer.from(text), key).toString('base64');
  const authorization = `AWS4-HMAC-SHA256 Credential=${ID}/${scope}, SignedHeaders=host;x-amz-date, Signature=${signature}`;
  const headers = new Map([
    ['host', 'ssm.test'],
    ['x-amz-date', date],
    ['authorization', authorization],
  ]);
  expect(await verify({ method: 'POST', path: '/', query: '', headers, body: Buffer.from('{}') })).toBe(instance);
});

test.each([
  ['another key', () => signed('{}', other)],
  ['another body', () => ({ ...signed(), body: Buffer.from('{ }') })],
  [
    'another operation',
    () => {
      const request = signed();
      request.headers.set('x-amz-target', 'AmazonSSM.UpdateManagedInstancePublicKey');
      return request;
    },
  ],
  [
    'a header more',
    () => {
      const request = signed();
      request.headers.set('x-amz-more', 'x');
      return request;
    },
  ],
  ['too late', () => signed('{}', own, ID, now - 16 * 60_000)],
  ['too early', () => signed('{}', own, ID, now + 16 * 60_000)],
])('refused: %s', async (_name, make) => {
  await expect(verify(make())).rejects.toThrow(/signature/i);
});

test.each([
  ['another region', 'us-east-1', 'ssm'],
  ['another service', region, 'ecs'],
])('refused: signed for %s', async (_name, signedRegion, service) => {
  const sent = signInstanceRequest({
    ...{ method: 'POST', url: 'https://ssm.test/', body: '{}', time: now, instanceId: ID, privateKey: own },
    ...{ region: signedRegion, service },
  });
  const request = {
    method: 'POST',
    path: '/',
    query: '',
    headers: new Map(Object.entries(sent)),
    body: Buffer.from('{}'),
  };
  await expect(verify(request)).rejects.toThrow(/^Credential should be scoped to/);
});

test.each(['mi-0123456789abcdef1', 'mi-short', 'AKIDLONG', ''])('nobody signs as %j', async (id) => {
  await expect((async () => verify(signed('{}', own, id)))()).rejects.toThrow();
});

test('elsewhere the id of an instance is an access key that nobody has', async () => {
  const request = signed();
  const asAnybody = verifier.verify(request, parseSignature(request), 'ssm');
  await expect(asAnybody).rejects.toMatchObject({ code: 'unknown-key' });
});

test('no bytes in the place of the signature are taken', async () => {
  const good = signed();
  const authorization = good.headers.get('authorization')!;
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.base64String({ maxLength: 400 }), fc.string({ maxLength: 50 })), async (text) => {
      const headers = new Map(good.headers).set(
        'authorization',
        authorization.replace(/Signature=.*/, `Signature=${text}`),
      );
      await expect((async () => verify({ ...good, headers }))()).rejects.toThrow();
    }),
    { numRuns: 100 },
  );
});
