import { writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from '../../store/temporary-directory.fixture.js';
import { containerCredentials } from './container-credentials.js';

const FULL = 'AWS_CONTAINER_CREDENTIALS_FULL_URI';
const given = { RoleArn: 'r', AccessKeyId: 'ASIA1', SecretAccessKey: 's', Token: 't', Expiration: 'x' };

async function serve(status: number, body: string, headers: Record<string, string> = {}) {
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers);
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v2/credentials/1` };
}

test('the role of the task is asked for with the token, from the file before the variable', async () => {
  const { seen, url } = await serve(200, JSON.stringify(given));
  const found = await containerCredentials({ [FULL]: url, AWS_CONTAINER_AUTHORIZATION_TOKEN: 'one' });
  expect([found?.accessKeyId, found?.secretAccessKey.reveal(), found?.sessionToken?.reveal()]).toEqual([
    'ASIA1',
    's',
    't',
  ]);
  expect(found).not.toHaveProperty('expires');
  const path = join(temporaryDirectory(), 'token');
  writeFileSync(path, 'two\n');
  const both = { AWS_CONTAINER_AUTHORIZATION_TOKEN: 'one', AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: path };
  await containerCredentials({ [FULL]: url, ...both });
  expect(seen.map(({ authorization }) => authorization)).toEqual(['one', 'two']);
  expect(await containerCredentials({ [FULL]: '' })).toBeUndefined();
});

test('when they expire is told, so that they are renewed', async () => {
  const { url } = await serve(200, JSON.stringify({ ...given, Expiration: '2026-01-02T03:04:05Z' }));
  expect(await containerCredentials({ [FULL]: url })).toMatchObject({ expires: Date.UTC(2026, 0, 2, 3, 4, 5) });
});

test.each([
  [403, '{}', 'answered with HTTP 403'],
  [200, '{"AccessKeyId":"a"}', 'gave no credentials'],
  [200, '<', 'gave no credentials'],
  [302, '', 'cannot be reached'],
])('an answer %i %j is an error', async (status, body, message) => {
  const { url } = await serve(status, body, { Location: 'http://127.0.0.1:1/' });
  await expect(containerCredentials({ [FULL]: url })).rejects.toThrow(message);
});

test.each(['http://192.0.2.1/', 'http://127.0.0.1.example.com/', 'file:///etc/passwd', 'x'])(
  '%s is not asked',
  async (url) => {
    await expect(containerCredentials({ [FULL]: url })).rejects.toThrow(FULL);
  },
);
