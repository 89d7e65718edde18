import { expect, onTestFinished, test } from 'vitest';
import { caller, longTerm, temporary } from './access-keys.fixture.js';
import { defaultEndpoint } from './configuration/default-endpoint.js';
import { createKmsClient } from './kms-client.js';
import { denial, TestKms } from './kms.fixture.js';

const region = 'eu-central-1';
const context = { 'aws:ssm:SessionId': 's', 'aws:ssm:TargetId': 'ecs:demo_t_r' };

async function setUp() {
  const kms = new TestKms(region, {
    find: (id) => {
      if (id === longTerm.accessKeyId) return Promise.resolve({ secret: longTerm.secretAccessKey, caller });
      if (id !== temporary.accessKeyId) return Promise.resolve(undefined);
      const { secretAccessKey: secret, sessionToken } = temporary;
      return Promise.resolve({ secret, sessionToken, caller: { ...caller, accessKeyId: id } });
    },
  });
  await kms.listen();
  onTestFinished(() => kms.close());
  const client = (credentials: typeof longTerm) =>
    createKmsClient({ endpointUrl: kms.url, region, credentials: () => Promise.resolve(credentials) });
  return { kms, user: client(longTerm), role: client(temporary) };
}

test('a data key of 64 bytes, made by one caller and decrypted by another, each with its own signature', async () => {
  const { kms, user, role } = await setUp();
  const request = { keyId: kms.keyArn, numberOfBytes: 64, encryptionContext: context };
  const { plaintext, ciphertextBlob } = await user.generateDataKey(request);
  expect(plaintext).toHaveLength(64);
  expect(Buffer.from(ciphertextBlob).includes(Buffer.from(plaintext))).toBe(false);
  const opened = await role.decrypt({ keyId: kms.keyArn, ciphertextBlob, encryptionContext: context });
  expect(Buffer.from(opened)).toEqual(Buffer.from(plaintext));
  expect(kms.calls).toMatchObject([
    {
      operation: 'GenerateDataKey',
      accessKeyId: 'AKIDLONG',
      input: { KeyId: kms.keyArn, NumberOfBytes: 64, EncryptionContext: context },
    },
    { operation: 'Decrypt', accessKeyId: 'ASIATEMP', input: { KeyId: kms.keyArn, EncryptionContext: context } },
  ]);
});

test('what KMS refuses has its code in front, also where KMS says no more', async () => {
  const { kms, user, role } = await setUp();
  const keyId = kms.keyArn;
  const { ciphertextBlob } = await user.generateDataKey({ keyId, numberOfBytes: 64, encryptionContext: context });
  const elsewhere = { ...context, 'aws:ssm:TargetId': 'ecs:other' };
  await expect(role.decrypt({ keyId, ciphertextBlob, encryptionContext: elsewhere })).rejects.toThrow(
    /^InvalidCiphertextException: $/,
  );
  kms.denied.add('ASIATEMP Decrypt');
  await expect(role.decrypt({ keyId, ciphertextBlob, encryptionContext: context })).rejects.toThrow(
    `AccessDeniedException: ${denial(caller.arn, 'Decrypt', keyId)}`,
  );
});

test("AWS's own KMS is where the official client looks for it", () => {
  expect(defaultEndpoint('kms', 'eu-central-1')).toBe('https://kms.eu-central-1.amazonaws.com');
  expect(defaultEndpoint('kms', 'cn-north-1')).toBe('https://kms.cn-north-1.amazonaws.com.cn');
});
