import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inspect } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { ROOT_KEY_BYTES, Sealer } from '../../platform/crypto/sealer.js';
import { openSqlite } from '../../platform/store/open-sqlite.js';
import { temporaryDirectory } from '../../platform/store/temporary-directory.fixture.js';
import { USE_FLUSH_MS } from './access-key-uses.js';
import { createIamDirectory, holdsSealedKeys, type IamDirectory, iamMigrations } from './iam-directory.js';

const rootKey = randomBytes(ROOT_KEY_BYTES);

function open(path = join(temporaryDirectory(), 'iam.db'), key: Uint8Array = rootKey, clock = Date.now) {
  const database = openSqlite(path, iamMigrations);
  onTestFinished(() => database.close());
  const random = (length: number) => randomBytes(length);
  const sealer = new Sealer(key);
  const iam = createIamDirectory({ database, accountId: '111122223333', partition: 'aws', clock, random, sealer });
  return { iam, database, path };
}

/** Everything that SQLite keeps, the write-ahead log too. */
function bytesBeside(path: string): string {
  const directory = dirname(path);
  return readdirSync(directory)
    .map((name) => readFileSync(join(directory, name), 'latin1'))
    .join('');
}

/** State as it was before secrets were sealed. */
async function oldState(): Promise<{ path: string; secrets: Record<string, string> }> {
  const path = join(temporaryDirectory(), 'iam.db');
  const old = openSqlite(path, iamMigrations.slice(0, 1));
  const secrets: Record<string, string> = {};
  for (const [name, id, key] of [
    ['gangway-admin', 'AIDAADMIN', 'AKIAADMIN0000000'],
    ['gangway-host', 'AIDAHOST', 'AKIAHOST00000000'],
  ] as const) {
    const secret = (secrets[key] = randomBytes(30).toString('base64'));
    const arn = `arn:aws:iam::111122223333:user/${name}`;
    await old.run('INSERT INTO iam_users (name, id, arn, created_at) VALUES (?, ?, ?, 1000)', name, id, arn);
    const insert = `INSERT INTO iam_access_keys (id, user_name, secret, status, created_at) VALUES (?, ?, ?, 'Active', 5)`;
    await old.run(insert, key, name, secret);
  }
  await old.close();
  return { path, secrets };
}

const names = async (iam: IamDirectory, user: string): Promise<string[] | undefined> =>
  (await iam.principals.policiesOf(`arn:aws:iam::111122223333:user/${user}`))?.identity.map(({ name }) => name);

test('the first start makes an administrator and a host user, the next ones find them', async () => {
  const { iam, database, path } = open();
  expect(await holdsSealedKeys(database)).toBe(false);
  const { created, user } = await iam.bootstrap();
  expect(created).toBe(true);
  expect(await holdsSealedKeys(database)).toBe(true);
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
  const { iam, database, path } = open();
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
  // Remembered: what was opened once is not opened again.
  expect(await iam.accessKeys.find(accessKeyId)).toBe(found);
  expect(await iam.accessKeys.find('AKIANONE')).toBeUndefined();
  await database.run(`UPDATE iam_access_keys SET status = 'Inactive' WHERE id = ?`, accessKeyId);
  expect(await open(path).iam.accessKeys.find(accessKeyId)).toBeUndefined();
});

test('the host key is there only after the first start', async () => {
  await expect(open().iam.hostKey()).rejects.toThrow('bootstrap() makes it');
});

test('the state alone opens no secret, and another root key neither', async () => {
  const { iam, database, path } = open();
  const { user } = await iam.bootstrap();
  const host = await iam.hostKey();
  const bytes = bytesBeside(path);
  expect(bytes).toContain(user.accessKeyId);
  for (const { secret } of [user, host]) expect(bytes).not.toContain(secret.reveal());
  await database.close();
  await expect(open(path, randomBytes(ROOT_KEY_BYTES)).iam.bootstrap()).rejects.toThrow(
    'was sealed with another root key',
  );
});

test('secrets of an older version go on working, sealed, and nothing of them stays in the file', async () => {
  const { path, secrets } = await oldState();
  expect(bytesBeside(path)).toContain(secrets['AKIAADMIN0000000']);
  const { iam, database } = open(path);
  const { created, user } = await iam.bootstrap();
  expect(created).toBe(false);
  expect(user).toMatchObject({ userId: 'AIDAADMIN', accessKeyId: 'AKIAADMIN0000000' });
  expect(user.secret.reveal()).toBe(secrets['AKIAADMIN0000000']);
  expect((await iam.hostKey()).secret.reveal()).toBe(secrets['AKIAHOST00000000']);
  expect(bytesBeside(path)).toContain('AKIAADMIN0000000');
  for (const secret of Object.values(secrets)) expect(bytesBeside(path)).not.toContain(secret);
  await database.close();
  for (const secret of Object.values(secrets)) expect(bytesBeside(path)).not.toContain(secret);
});

test.each(['new', 'old'])(
  'the users of a %s state have their policies, until somebody takes them away',
  async (age) => {
    const { path } = age === 'old' ? await oldState() : { path: undefined };
    const { iam, database, path: file } = open(path);
    const admin = ['arn:aws:iam::aws:policy/AdministratorAccess'];
    await iam.bootstrap();
    expect(await names(iam, 'gangway-admin')).toEqual(admin);
    expect(await names(iam, 'gangway-host')).toEqual([
      'arn:aws:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role',
      'arn:aws:iam::aws:policy/service-role/GangwayContainerHost',
    ]);
    await database.run(`DELETE FROM iam_attached_policies WHERE policy_arn = ?`, admin[0]!);
    await database.close();
    const again = open(file);
    await again.iam.bootstrap();
    expect(await names(again.iam, 'gangway-admin')).toEqual([]);
  },
);

test('uses of a key are written now and then, and at the end', async () => {
  let now = 1_000_000;
  const { iam, database, path } = open(undefined, rootKey, () => now);
  const { accessKeyId } = (await iam.bootstrap()).user;
  const written = async (): Promise<unknown> =>
    (await database.get('SELECT used_at FROM iam_access_keys WHERE id = ?', accessKeyId))?.['used_at'];
  iam.accessKeys.used?.(accessKeyId, 'ecs', 'eu-central-1');
  expect(await written()).toBeNull();
  now += USE_FLUSH_MS;
  iam.accessKeys.used?.(accessKeyId, 'ecs', 'eu-central-1');
  await expect.poll(written).toBe(now);
  now += 1;
  iam.accessKeys.used?.(accessKeyId, 'ssm', 'eu-central-1');
  await iam.close();
  expect(await written()).toBe(now);
  expect(path).toBeDefined();
});
