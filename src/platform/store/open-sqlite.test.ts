import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compileStore } from './compiled-module.fixture.js';
import { openSqlite } from './open-sqlite.js';
import { temporaryDirectory } from './temporary-directory.fixture.js';

const one = { name: 'test-001', statements: ['CREATE TABLE things (name TEXT)'] };
const two = {
  name: 'test-002',
  statements: ['ALTER TABLE things ADD COLUMN amount INTEGER', "INSERT INTO things VALUES ('x', 1)"],
};

test('the file and its companions are 0600 in a directory of 0700, whatever the umask', async () => {
  const directory = join(temporaryDirectory(), 'deep', 'state');
  const before = process.umask(0);
  const database = openSqlite(join(directory, 'a.db'), [one]);
  process.umask(before);
  await database.run('INSERT INTO things VALUES (?)', 'a');
  const modes = readdirSync(directory).map((name) => statSync(join(directory, name)).mode & 0o777);
  expect(modes.length).toBeGreaterThan(1);
  expect(new Set(modes)).toEqual(new Set([0o600]));
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  await database.close();
});

test('a directory with content that others may enter is refused with the remedy', () => {
  const directory = join(temporaryDirectory(), 'open');
  mkdirSync(directory);
  chmodSync(directory, 0o755);
  writeFileSync(join(directory, 'other'), '');
  expect(() => openSqlite(join(directory, 'a.db'), [])).toThrow(/chmod 700/);
});

test('migrations are applied once, in order, and later ones on a later start', async () => {
  const path = join(temporaryDirectory(), 'a.db');
  await openSqlite(path, [one]).close();
  const database = openSqlite(path, [one, two]);
  await database.close();
  const again = openSqlite(path, [one, two]);
  expect(await again.all('SELECT * FROM things')).toEqual([{ name: 'x', amount: 1 }]);
  await again.close();
});

test('a migration that fails leaves no half of itself', async () => {
  const path = join(temporaryDirectory(), 'a.db');
  const broken = { name: 'test-001', statements: ['CREATE TABLE things (name TEXT)', 'CREATE TABEL more'] };
  expect(() => openSqlite(path, [broken])).toThrow(/migration test-001 failed/);
  const database = openSqlite(path, [one]);
  expect(await database.all('SELECT * FROM things')).toEqual([]);
  await database.close();
});

test('a file of a newer version is refused by name', async () => {
  const path = join(temporaryDirectory(), 'a.db');
  await openSqlite(path, [one, two]).close();
  expect(() => openSqlite(path, [one])).toThrow(/newer version.*test-002/);
});

test('a file that is no database is refused', () => {
  const path = join(temporaryDirectory(), 'a.db');
  writeFileSync(path, 'x'.repeat(5000));
  expect(() => openSqlite(path, [one])).toThrow(expect.objectContaining({ code: 'corrupt' }));
});

test('after kill -9 in mid-write every acknowledged change is there and every transaction is whole', async () => {
  const directory = temporaryDirectory();
  const path = join(directory, 'a.db');
  const writer = join(compileStore(directory), 'writer.js');
  writeFileSync(
    writer,
    `import { openSqlite } from './open-sqlite.js';
     const pairs = { name: 'pairs', statements: ['CREATE TABLE pairs (n INTEGER, half TEXT)'] };
     const database = openSqlite(${JSON.stringify(path)}, [pairs]);
     const last = await database.get('SELECT MAX(n) AS n FROM pairs');
     for (let n = (last?.n ?? 0) + 1; ; n++) {
       await database.transaction(async (queries) => {
         await queries.run('INSERT INTO pairs VALUES (?, ?)', n, 'left');
         await queries.run('INSERT INTO pairs VALUES (?, ?)', n, 'right');
       });
       process.stdout.write(n + '\\n');
     }`,
  );
  let acknowledged = 0;
  for (let round = 0; round < 4; round++) {
    const child = spawn(process.execPath, [writer], { stdio: ['ignore', 'pipe', 'inherit'] });
    let lines = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      for (const line of chunk
        .toString()
        .split('\n')
        .filter((text) => text !== '')) {
        acknowledged = Math.max(acknowledged, Number(line));
        if (++lines === 50 + round * 37) child.kill('SIGKILL');
      }
    });
    await once(child, 'close');
  }
  const database = openSqlite(path, [{ name: 'pairs', statements: [] }]);
  expect(await database.get('PRAGMA integrity_check')).toEqual({ integrity_check: 'ok' });
  const whole = await database.get<{ n: number; rows: number }>(
    'SELECT COUNT(DISTINCT n) AS n, COUNT(*) AS rows FROM pairs',
  );
  expect(whole!.n).toBeGreaterThanOrEqual(acknowledged);
  expect(acknowledged).toBeGreaterThan(200);
  expect(whole!.rows).toBe(whole!.n * 2);
  await database.close();
});

test('what is committed can be flushed for once, before and after the log of changes is emptied', async () => {
  const database = openSqlite(join(temporaryDirectory(), 'a.db'), [one]);
  await database.sync();
  await database.run('INSERT INTO things VALUES (?)', 'a');
  await database.sync();
  await database.rewrite();
  await database.sync();
  await database.close();
  await expect(database.sync()).rejects.toMatchObject({ code: 'closed' });
});
