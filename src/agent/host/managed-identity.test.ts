import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from '../../platform/store/temporary-directory.fixture.js';
import { managedCredentials } from './managed-credentials.js';
import { readManagedIdentity, registerManagedInstance } from './managed-identity.js';

const ACTIVATION = { id: '751a488c-e9c7-4539-8171-15d48f4fd90a', code: 'QC2CV0/lRfn+LTqf23Bf' };
const ID = 'mi-0123456789abcdef0';

type Answer = readonly [status: number, body: object] | 'hang up';

/** An endpoint that answers as it is told, one answer a request, and keeps what it was asked. */
async function endpointWith(...answers: Answer[]) {
  const asked: { readonly body: Record<string, string>; readonly authorization: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>;
      asked.push({ body, authorization: request.headers.authorization });
      const answer = answers.shift() ?? 'hang up';
      if (answer === 'hang up') return void request.socket.destroy();
      response.writeHead(answer[0], { 'content-type': 'application/x-amz-json-1.1' });
      return void response.end(JSON.stringify(answer[1]));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { endpoint: { endpointUrl: `http://127.0.0.1:${port}`, region: 'eu-central-1' }, asked };
}

test('what a host is known by is its owner’s to read, and stays', async () => {
  const directory = temporaryDirectory();
  expect(await readManagedIdentity(directory)).toBeUndefined();
  const { endpoint, asked } = await endpointWith([200, { InstanceId: ID }]);
  const made = await registerManagedInstance(directory, endpoint, ACTIVATION);
  expect(asked).toMatchObject([
    {
      body: {
        ActivationId: ACTIVATION.id,
        ActivationCode: ACTIVATION.code,
        PublicKeyType: 'Rsa',
        Fingerprint: made.fingerprint,
      },
      authorization: undefined,
    },
  ]);
  expect(asked[0]!.body['PublicKey']).toMatch(/^[A-Za-z0-9+/=]{392}$/);
  const file = join(directory, 'managed-instance.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).not.toContain(ACTIVATION.code);
  const read = (await readManagedIdentity(directory))!;
  expect(read).toMatchObject({ instanceId: ID, fingerprint: made.fingerprint });
  expect(read.privateKey.equals(made.privateKey)).toBe(true);
});

test('an answer that is lost costs no activation: the host asks again as the same one', async () => {
  const directory = temporaryDirectory();
  const refusal: Answer = [400, { __type: 'ActivationExpired', message: '' }];
  const { endpoint, asked } = await endpointWith(refusal, 'hang up', [200, { InstanceId: ID }]);
  await expect(registerManagedInstance(directory, endpoint, ACTIVATION)).rejects.toThrow(
    'ActivationExpired: the activation has expired: create a new one',
  );
  expect(await readManagedIdentity(directory)).toBeUndefined();
  await registerManagedInstance(directory, endpoint, ACTIVATION);
  expect(asked).toHaveLength(3);
  expect(new Set(asked.map(({ body }) => body['PublicKey'])).size).toBe(1);
});

test.each(['', 'no JSON', '{}', '{"privateKey":"no key","fingerprint":"f","instanceId":"mi-1"}'])(
  'a damaged file is named, with what to do: %j',
  async (text) => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'managed-instance.json'), text);
    await expect(readManagedIdentity(directory)).rejects.toThrow(
      `${join(directory, 'managed-instance.json')} is damaged: remove it and join with a new activation`,
    );
  },
);

const identity = {
  ...{ instanceId: ID, fingerprint: 'f' },
  privateKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
};

test('the role is asked for with the host’s own signature', async () => {
  const expires = Math.floor(Date.now() / 1000) + 3600;
  const given = { AccessKeyId: 'ASIA1', SecretAccessKey: 's', SessionToken: 't', TokenExpirationDate: expires };
  const { endpoint, asked } = await endpointWith([200, given], [200, { ...given, SessionToken: undefined }]);
  const credentials = managedCredentials(endpoint, identity);
  const { accessKeyId, sessionToken, expires: until } = await credentials();
  expect([accessKeyId, sessionToken?.reveal(), until]).toEqual(['ASIA1', 't', expires * 1000]);
  expect(asked[0]).toMatchObject({
    body: { Fingerprint: 'f' },
    authorization: expect.stringMatching(
      new RegExp(`Credential=${ID}/\\d{8}/eu-central-1/ssm/aws4_request, .*Signature=[A-Za-z0-9+/]{342}==$`),
    ) as string,
  });
  await expect(credentials()).rejects.toThrow('answered without credentials');
});

test.each([
  ['InvalidInstanceId', /has been deregistered: join with a new activation/],
  ['MachineFingerprintDoesNotMatch', /its data directory was copied to this one/],
  ['AccessDeniedException', /it must be there and trust ssm\.amazonaws\.com/],
])('%s is explained to the operator', async (code, text) => {
  const { endpoint } = await endpointWith([400, { __type: code, message: 'x' }]);
  await expect(managedCredentials(endpoint, identity)()).rejects.toThrow(text);
});
