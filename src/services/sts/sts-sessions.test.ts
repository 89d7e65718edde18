import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ROOT_KEY_BYTES, Sealer } from '../../platform/crypto/sealer.js';
import { openSqlite } from '../../platform/store/open-sqlite.js';
import { temporaryDirectory } from '../../platform/store/temporary-directory.fixture.js';
import type { Principals } from '../principals.js';
import { createServiceRoles } from './service-roles.js';
import { stsMigrations } from './sts-migrations.js';
import { KEPT_AFTER_EXPIRY_MS, StsSessions } from './sts-sessions.js';

const ROLE = 'arn:aws:iam::111122223333:role/app/task';
const ECS = 'ecs-tasks.amazonaws.com';
const trust = (Condition?: object) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { Service: ECS }, Action: 'sts:AssumeRole', ...(Condition && { Condition }) },
    ],
  });

function open(trustPolicy = trust(), region?: string) {
  const path = join(temporaryDirectory(), 'sts.db');
  const database = openSqlite(path, stsMigrations);
  onTestFinished(() => database.close());
  const time = { now: 1_000_000 };
  const clock = () => time.now;
  const sealer = new Sealer(randomBytes(ROOT_KEY_BYTES));
  const sessions = new StsSessions({ database, sealer, clock, random: (length) => randomBytes(length) });
  const role = { name: 'task', id: 'AROA1', arn: ROLE, trustPolicy, maxSessionDuration: 3600 };
  const principals: Principals = {
    role: (arn) => Promise.resolve(arn === ROLE ? role : undefined),
    policiesOf: () => Promise.resolve(undefined),
    version: () => 1,
  };
  const roles = createServiceRoles({
    ...{ principals, sessions, accountId: '111122223333', partition: 'aws', clock },
    ...(region !== undefined && { region }),
  });
  return { path, database, sessions, roles, time };
}

test('a service takes a role that trusts it, for six hours', async () => {
  const { roles, sessions, time } = open();
  await roles.check(ROLE, ECS);
  const made = await roles.assume(ROLE, ECS, 'abc');
  expect(made.accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
  expect(made.secretAccessKey.reveal()).toHaveLength(40);
  expect(made.expiration).toBe(time.now + 6 * 3600_000);
  const found = await sessions.find(made.accessKeyId);
  expect(found?.secret.equals(made.secretAccessKey.reveal())).toBe(true);
  expect(found?.caller).toMatchObject({
    arn: 'arn:aws:sts::111122223333:assumed-role/task/abc',
    userId: 'AROA1:abc',
    accessKeyId: made.accessKeyId,
    session: { roleArn: ROLE },
  });
});

test('another service, another account and a role that is not there are refused with the reason', async () => {
  await expect(open().roles.check(ROLE, 'ec2.amazonaws.com')).rejects.toThrow('ec2.amazonaws.com');
  await expect(open().roles.assume(`${ROLE}x`, ECS, 'abc')).rejects.toThrow(`there is no role ${ROLE}x`);
  const other = trust({ StringEquals: { 'aws:SourceAccount': '999999999999' } });
  await expect(open(other).roles.check(ROLE, ECS)).rejects.toThrow('999999999999');
  await open(trust({ StringEquals: { 'aws:SourceAccount': '111122223333' } })).roles.check(ROLE, ECS);
  await expect(open('{').roles.check(ROLE, ECS)).rejects.toThrow('cannot be read');
});

test('the source of a role is what the guide of ECS has trust policies ask for', async () => {
  const condition = {
    ArnLike: { 'aws:SourceArn': 'arn:aws:ecs:eu-central-1:111122223333:*' },
    StringEquals: { 'aws:SourceAccount': '111122223333' },
  };
  const { roles } = open(trust(condition));
  const source = { arn: 'arn:aws:ecs:eu-central-1:111122223333:task/c/abc' };
  await roles.check(ROLE, ECS, source);
  expect((await roles.assume(ROLE, ECS, 'abc', source)).roleArn).toBe(ROLE);
  for (const arn of ['arn:aws:ecs:us-east-1:111122223333:task/c/abc', source.arn.replace('1111', '9999')]) {
    await expect(roles.check(ROLE, ECS, { arn })).rejects.toThrow();
  }
  await expect(roles.check(ROLE, ECS)).rejects.toThrow();
  await open(trust(condition), 'eu-central-1').roles.check(ROLE, ECS);
  await expect(open(trust(condition), 'us-east-1').roles.check(ROLE, ECS)).rejects.toThrow();
});

test('a session is read once, until it expires', async () => {
  const { database, sessions, roles, time } = open();
  const { accessKeyId, expiration } = await roles.assume(ROLE, ECS, 'abc');
  const read = vi.spyOn(database, 'get');
  const first = await sessions.find(accessKeyId);
  expect(await sessions.find(accessKeyId)).toBe(first);
  expect(read).toHaveBeenCalledTimes(1);
  time.now = expiration;
  expect(await sessions.find(accessKeyId)).toEqual(first);
  await sessions.find(accessKeyId);
  expect(read).toHaveBeenCalledTimes(3);
});

test('neither secret nor token lies in the file, and what expired is forgotten in the end', async () => {
  const { path, sessions, roles, time } = open();
  const made = await roles.assume(ROLE, ECS, 'abc');
  time.now = made.expiration + KEPT_AFTER_EXPIRY_MS + 1;
  expect(await sessions.find(made.accessKeyId)).toBeDefined();
  const next = await roles.assume(ROLE, ECS, 'next');
  expect(await sessions.find(made.accessKeyId)).toBeUndefined();
  const bytes = Buffer.concat(readdirSync(dirname(path)).map((name) => readFileSync(join(dirname(path), name))));
  expect(bytes.includes(next.accessKeyId)).toBe(true);
  for (const secret of [made, next].flatMap((one) => [one.secretAccessKey, one.sessionToken])) {
    expect(bytes.includes(secret.reveal())).toBe(false);
  }
});
