import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { openSqlite } from '../../platform/store/open-sqlite.js';
import { temporaryDirectory } from '../../platform/store/temporary-directory.fixture.js';
import { createIamDirectory, iamMigrations } from './iam-directory.js';

function open(path = join(temporaryDirectory(), 'iam.db')) {
  const database = openSqlite(path, iamMigrations);
  onTestFinished(() => database.close());
  const random = (length: number) => randomBytes(length);
  const iam = createIamDirectory({ database, accountId: '111122223333', partition: 'aws', clock: Date.now, random });
  return { iam, database, path };
}

test('the first start makes an administrator and a host user, the next ones find them', async () => {
  const { iam, database, path } = open();
  const { created, user } = await iam.bootstrap();
  expect(created).toBe(true);
  expect(user.arn).toBe('arn:aws:iam::111122223333:user/gangway-admin');
  expect(user.userId).toMatch(/^AIDA[A-Z2-7]{17}$/);
  expect(user.accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
  expect(user.secret.reveal()).toMatch(/^[A-Za-z0-9+/]{40}$/);
  expect(inspect(user)).not.toContain(user.secret.reveal());
  const host = await iam.hostKey();
  expect(host.accessKeyId).not.toBe(user.accessKeyId);
  await database.close();

  const again = open(path);
  const second = await again.iam.bootstrap();
  expect(second.created).toBe(false);
  expect({ ...second.user, secret: second.user.secret.reveal() }).toEqual({ ...user, secret: user.secret.reveal() });
  expect((await again.iam.hostKey()).accessKeyId).toBe(host.accessKeyId);
});

test('a key is found with whose it is; unknown and disabled ones are not', async () => {
  const { iam, database } = open();
  const { user } = await iam.bootstrap();
  const { accessKeyId } = user;
  const found = await iam.accessKeys.find(accessKeyId);
  expect(found?.secret.equals(user.secret.reveal())).toBe(true);
  expect(found?.caller).toEqual({
    accountId: '111122223333',
    arn: user.arn,
    userId: user.userId,
    accessKeyId,
    type: 'user',
  });
  expect(await iam.accessKeys.find('AKIANONE')).toBeUndefined();
  await database.run(`UPDATE iam_access_keys SET status = 'Inactive' WHERE id = ?`, accessKeyId);
  expect(await iam.accessKeys.find(accessKeyId)).toBeUndefined();
});

test('the host key is there only after the first start', async () => {
  await expect(open().iam.hostKey()).rejects.toThrow('bootstrap() makes it');
});
