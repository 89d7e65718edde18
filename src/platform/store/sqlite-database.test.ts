import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { databaseContract } from './database.contract.js';
import { openSqlite } from './open-sqlite.js';
import { temporaryDirectory } from './temporary-directory.fixture.js';

const things = [{ name: 'test-001-things', statements: ['CREATE TABLE things (name TEXT PRIMARY KEY, body BLOB)'] }];

describe('SQLite as a Database', () => {
  const directory = mkdtempSync(join(tmpdir(), 'gangway-test-'));
  let count = 0;
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  databaseContract((migrations) => Promise.resolve(openSqlite(join(directory, `${count++}.db`), migrations)));
});

test('a full disk is a named error, keeps what was there, and passes when there is room again', async () => {
  const database = openSqlite(join(temporaryDirectory(), 'a.db'), things, { maxPages: 20 });
  await database.run('INSERT INTO things VALUES (?, ?)', 'small', new Uint8Array(10));
  const big = database.run('INSERT INTO things VALUES (?, ?)', 'big', new Uint8Array(200_000));
  await expect(big).rejects.toMatchObject({
    code: 'full',
    message: expect.stringContaining('database or disk is full'),
  });
  const inside = database.transaction(async (queries) => {
    await queries.run('DELETE FROM things');
    await queries.run('INSERT INTO things VALUES (?, ?)', 'big', new Uint8Array(200_000));
  });
  await expect(inside).rejects.toMatchObject({ code: 'full', message: expect.stringContaining('Free some space') });
  await database.run('INSERT INTO things VALUES (?, ?)', 'other', null);
  expect(await database.all('SELECT name FROM things ORDER BY name')).toEqual([{ name: 'other' }, { name: 'small' }]);
  await database.close();
});

test('a transaction that waits for a statement outside itself is rolled back with the reason', async () => {
  const database = openSqlite(join(temporaryDirectory(), 'a.db'), things, { transactionLimitMs: 50 });
  const transaction = database.transaction(async (queries) => {
    await queries.run('INSERT INTO things VALUES (?, ?)', 'inside', null);
    await database.run('INSERT INTO things VALUES (?, ?)', 'outside', null);
  });
  await expect(transaction).rejects.toMatchObject({ code: 'stuck' });
  expect(await database.all('SELECT name FROM things')).toEqual([{ name: 'outside' }]);
  await database.close();
});

test('more SQL texts than the statement cache holds', async () => {
  const database = openSqlite(join(temporaryDirectory(), 'a.db'), things);
  for (let round = 0; round < 2; round++) {
    for (let index = 0; index < 300; index++) {
      expect(await database.get(`SELECT ${index} AS n, ? AS v`, index)).toEqual({ n: index, v: index });
    }
  }
  await database.close();
});
