import { existsSync, readFileSync } from 'node:fs';
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GetKeyRotationStatusCommand,
  ListKeyRotationsCommand,
  ReEncryptCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openBlob, readBlobKey, sealBlob } from './ciphertext-blob.js';
import { encodeEncryptionContext } from './encryption-context.js';
import { ARN, openKms } from './kms.fixture.js';

const DAY = 86_400_000;
const SECRET = Buffer.from('the plaintext of this test');

async function newKey(client: KMSClient): Promise<string> {
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  return KeyMetadata!.KeyId!;
}

test('a data key opens again with its context only', async () => {
  const { client } = await openKms();
  const KeyId = await newKey(client);
  const EncryptionContext = { 'aws:ssm:SessionId': 's', 'aws:ssm:TargetId': 't' };
  const made = await client.send(new GenerateDataKeyCommand({ KeyId, NumberOfBytes: 64, EncryptionContext }));
  expect(made.Plaintext).toHaveLength(64);
  expect(made.KeyId).toBe(`${ARN}key/${KeyId}`);
  const { CiphertextBlob } = made;
  const reordered = { 'aws:ssm:TargetId': 't', 'aws:ssm:SessionId': 's' };
  const opened = await client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: reordered }));
  expect(opened.Plaintext).toEqual(made.Plaintext);
  for (const wrong of [undefined, { 'aws:ssm:SessionId': 's' }, { ...EncryptionContext, 'aws:ssm:TargetId': 'u' }]) {
    await expect(client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: wrong }))).rejects.toMatchObject({
      name: 'InvalidCiphertextException',
    });
  }
});

test('the four names of a key, and a key that is not the blob’s', async () => {
  const { client } = await openKms();
  const KeyId = await newKey(client);
  await client.send(new CreateAliasCommand({ AliasName: 'alias/exec', TargetKeyId: KeyId }));
  const names = [KeyId, `${ARN}key/${KeyId}`, 'alias/exec', `${ARN}alias/exec`];
  for (const name of names) {
    const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId: name, Plaintext: SECRET }));
    const { Plaintext } = await client.send(new DecryptCommand({ KeyId: name, CiphertextBlob }));
    expect(Buffer.from(Plaintext!)).toEqual(SECRET);
  }
  const other = await newKey(client);
  const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId, Plaintext: SECRET }));
  await expect(client.send(new DecryptCommand({ KeyId: other, CiphertextBlob }))).rejects.toMatchObject({
    name: 'IncorrectKeyException',
    message: 'The key ID in the request does not identify a CMK that can perform this operation.',
  });
  const moved = await client.send(new ReEncryptCommand({ CiphertextBlob, DestinationKeyId: other }));
  expect(moved).toMatchObject({ SourceKeyId: `${ARN}key/${KeyId}`, KeyId: `${ARN}key/${other}` });
  const opened = await client.send(new DecryptCommand({ KeyId: other, CiphertextBlob: moved.CiphertextBlob }));
  expect(Buffer.from(opened.Plaintext!)).toEqual(SECRET);
});

test('no blob with a changed bit opens', async () => {
  const { now } = await openKms();
  const KeyId = await newKey(now.client);
  const { CiphertextBlob } = await now.client.send(new EncryptCommand({ KeyId, Plaintext: SECRET }));
  const decrypt = now.kms.service.operations.find(({ name }) => name === 'Decrypt')!;
  for (let index = 0; index < CiphertextBlob!.length; index += 1) {
    const bent = Uint8Array.from(CiphertextBlob!);
    bent[index]! ^= 1 << (index % 8);
    // In the key's id: another key, that is not there. Anywhere else: damaged.
    const name = index >= 1 && index <= 16 ? 'AccessDeniedException' : 'InvalidCiphertextException';
    await expect(decrypt.run({ CiphertextBlob: bent } as never, {} as never)).rejects.toMatchObject({ code: name });
  }
});

test('after rotations old blobs still open, and new ones name the new material', async () => {
  const { client, time } = await openKms();
  const KeyId = await newKey(client);
  const encrypt = async () => (await client.send(new EncryptCommand({ KeyId, Plaintext: SECRET }))).CiphertextBlob!;
  const blobs = [await encrypt()];
  await client.send(new RotateKeyOnDemandCommand({ KeyId }));
  blobs.push(await encrypt());
  await client.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
  time.advance(90 * DAY - 1);
  blobs.push(await encrypt());
  time.advance(1);
  blobs.push(await encrypt());
  expect(blobs.map((blob) => readBlobKey(blob)!.version)).toEqual([1, 2, 2, 3]);
  for (const CiphertextBlob of blobs) {
    const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob }));
    expect(Buffer.from(Plaintext!)).toEqual(SECRET);
  }
  const { Rotations } = await client.send(new ListKeyRotationsCommand({ KeyId }));
  expect(Rotations!.map(({ RotationType }) => RotationType)).toEqual(['ON_DEMAND', 'AUTOMATIC']);
  const status = await client.send(new GetKeyRotationStatusCommand({ KeyId }));
  expect(status).toMatchObject({ KeyRotationEnabled: true, RotationPeriodInDays: 90 });
  expect(status.NextRotationDate!.getTime()).toBe(time.now + 90 * DAY);
});

test('the states of a key and what they refuse', async () => {
  const it = await openKms();
  const { client } = it;
  const KeyId = await newKey(client);
  const arn = `${ARN}key/${KeyId}`;
  const encrypt = () => client.send(new EncryptCommand({ KeyId, Plaintext: SECRET }));
  const { CiphertextBlob } = await encrypt();
  await client.send(new DisableKeyCommand({ KeyId }));
  await expect(encrypt()).rejects.toMatchObject({ name: 'DisabledException', message: `${arn} is disabled.` });
  await expect(client.send(new DecryptCommand({ CiphertextBlob }))).rejects.toMatchObject({
    name: 'DisabledException',
  });
  await client.send(new EnableKeyCommand({ KeyId }));
  const scheduled = await client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  expect(scheduled).toMatchObject({ KeyId: arn, KeyState: 'PendingDeletion', PendingWindowInDays: 7 });
  const pending = { name: 'KMSInvalidStateException', message: `${arn} is pending deletion.` };
  await expect(encrypt()).rejects.toMatchObject(pending);
  await expect(client.send(new DecryptCommand({ CiphertextBlob }))).rejects.toMatchObject(pending);
  await expect(client.send(new EnableKeyCommand({ KeyId }))).rejects.toMatchObject(pending);
  await client.send(new CancelKeyDeletionCommand({ KeyId }));
  const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId }));
  expect(KeyMetadata).toMatchObject({ KeyState: 'Disabled', Enabled: false });
  await expect(client.send(new CancelKeyDeletionCommand({ KeyId }))).rejects.toMatchObject({
    message: `${arn} is not pending deletion.`,
  });
});

test('on its day a key is destroyed, rows and all, also when the day passes while nothing runs', async () => {
  const it = await openKms();
  for (const restarted of [false, true]) {
    const KeyId = await newKey(it.client);
    const { CiphertextBlob } = await it.client.send(new EncryptCommand({ KeyId, Plaintext: SECRET }));
    await it.client.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    if (restarted) {
      it.time.now += 7 * DAY;
      await it.restart();
    } else {
      it.time.advance(7 * DAY);
    }
    await expect(it.client.send(new DescribeKeyCommand({ KeyId }))).rejects.toMatchObject({
      name: 'NotFoundException',
      message: `Key '${ARN}key/${KeyId}' does not exist`,
    });
    await expect(it.client.send(new DecryptCommand({ CiphertextBlob }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    await expect.poll(() => it.now.database.all('SELECT * FROM kms_materials WHERE key_id = ?', KeyId)).toEqual([]);
  }
});

test('blobs outlive a restart, and no material lies open in the store', async () => {
  const it = await openKms();
  const KeyId = await newKey(it.client);
  const { CiphertextBlob } = await it.client.send(new EncryptCommand({ KeyId, Plaintext: SECRET }));
  await it.restart();
  const { Plaintext } = await it.client.send(new DecryptCommand({ CiphertextBlob }));
  expect(Buffer.from(Plaintext!)).toEqual(SECRET);
  // Closing has brought all of it into one file; the write-ahead log is looked at too, should there be one.
  const file = Buffer.concat(
    [it.path, `${it.path}-wal`].filter((path) => existsSync(path)).map((path) => readFileSync(path)),
  );
  expect(file.includes(KeyId)).toBe(true);
  // Whichever 32 bytes of the file one takes: they are not the key of the blob.
  for (let at = 0; at + 32 <= file.length; at += 1) {
    const candidate = file.subarray(at, at + 32);
    if (candidate.every((byte) => byte === 0)) continue;
    expect(opens(CiphertextBlob!, candidate)).toBe(false);
  }
});

function opens(blob: Uint8Array, material: Uint8Array): boolean {
  try {
    openBlob(blob, material, undefined);
    return true;
  } catch {
    return false;
  }
}

test('different contexts are different bytes, the order of keys apart', () => {
  const context = fc.dictionary(fc.string(), fc.string(), { maxKeys: 4 });
  fc.assert(
    fc.property(context, context, (a, b) => {
      const sorted = (value: Record<string, string>) => JSON.stringify(Object.entries(value).sort());
      const same = Buffer.compare(encodeEncryptionContext(a), encodeEncryptionContext(b)) === 0;
      expect(same).toBe(sorted(a) === sorted(b));
      expect(encodeEncryptionContext(Object.fromEntries(Object.entries(a).reverse()))).toEqual(
        encodeEncryptionContext(a),
      );
    }),
  );
});

test('a blob that opens with a material was sealed with it', () => {
  const material = Buffer.alloc(32, 7);
  const key = { keyId: '01234567-89ab-4cde-8f01-23456789abcd', version: 3 };
  const blob = sealBlob(key, material, SECRET, { a: 'b' }, (length) => Buffer.alloc(length, 1));
  expect(readBlobKey(blob)).toEqual(key);
  expect(opens(blob, material)).toBe(false);
  expect(Buffer.from(openBlob(blob, material, { a: 'b' }))).toEqual(SECRET);
});
