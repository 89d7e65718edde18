import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openSqlite } from './open-sqlite.js';
import { temporaryDirectory } from './temporary-directory.fixture.js';

test('after a rewrite nothing of what was changed is left in the files', async () => {
  const directory = temporaryDirectory();
  const database = openSqlite(join(directory, 'a.db'), [{ name: 'a', statements: ['CREATE TABLE t (v TEXT)'] }]);
  onTestFinished(() => database.close());
  const bytes = (): string =>
    readdirSync(directory)
      .map((name) => readFileSync(join(directory, name), 'latin1'))
      .join('');
  await database.run('INSERT INTO t (v) VALUES (?)', 'the-old-value');
  await database.all('SELECT v FROM t');
  await database.run('UPDATE t SET v = ?', 'the-new-value');
  expect(bytes()).toContain('the-old-value');
  await database.rewrite();
  expect(bytes()).not.toContain('the-old-value');
  expect(await database.all('SELECT v FROM t')).toEqual([{ v: 'the-new-value' }]);
});
