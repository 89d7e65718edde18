import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Secret } from './secret.js';
import { signRequest } from './sign-request.js';

const REQUEST = {
  method: 'PUT',
  url: 'http://127.0.0.1:4580/bucket/key',
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: new Secret('secret') },
  time: 1_700_000_000_000,
};
const sha256 = (body: string): string => createHash('sha256').update(body).digest('hex');

test.each(['', 'content'])('S3 is told the hash of the body %j, and it is signed', (body) => {
  const headers = signRequest({ ...REQUEST, service: 's3', body });
  expect(headers['x-amz-content-sha256']).toBe(sha256(body));
  expect(headers['authorization']).toContain('SignedHeaders=host;x-amz-content-sha256;x-amz-date,');
});

test('a hash that is given stands, and other services are told none', () => {
  const given = { 'X-Amz-Content-Sha256': sha256('content') };
  const headers = signRequest({ ...REQUEST, service: 's3', body: 'content', headers: given });
  expect(headers['x-amz-content-sha256']).toBe(sha256('content'));
  expect(signRequest({ ...REQUEST, service: 'ecs', body: 'content' })).not.toHaveProperty('x-amz-content-sha256');
});
