import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Database, Migration, SqlValue } from './database.js';

const migrations: readonly Migration[] = [
  { name: 'test-001-things', statements: ['CREATE TABLE things (name TEXT PRIMARY KEY, amount INTEGER, body BLOB)'] },
];

/** What every {@link Database} promises. `open` gives an empty one with the migrations applied. */
export function databaseContract(open: (migrations: readonly Migration[]) => Promise<Database>): void {
  let database: Database;
  const names = async (): Promise<string[]> =>
    (await database.all<{ name: string }>('SELECT name FROM things ORDER BY name')).map((row) => row.name);
  const add = (name: string): Promise<number> => database.run('INSERT INTO things (name) VALUES (?)', name);

  beforeEach(async () => {
    database = await open(migrations);
  });
  afterEach(async () => {
    await database.close();
  });

  describe('statements', () => {
    test('values come back as they were stored', async () => {
      const storable = fc.record({
        name: fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('\0')),
        amount: fc.option(fc.maxSafeInteger()),
        body: fc.option(fc.uint8Array()),
      });
      await fc.assert(
        fc.asyncProperty(storable, async ({ name, amount, body }) => {
          await database.run('INSERT INTO things VALUES (?, ?, ?)', name, amount, body);
          const row = await database.get('SELECT * FROM things WHERE name = ?', name);
          await database.run('DELETE FROM things');
          expect(row).toEqual({ name, amount, body });
        }),
        { numRuns: 200 },
      );
    });

    test('a statement used again has its new values, whether read one by one or all at once', async () => {
      for (let index = 0; index < 300; index++) await add(`name-${index}`);
      for (const name of ['name-7', 'name-3', 'none', 'name-299']) {
        const found = name === 'none' ? [] : [{ name }];
        expect(await database.all('SELECT name FROM things WHERE name = ?', name)).toEqual(found);
        expect(await database.get('SELECT name FROM things WHERE name = ?', name)).toEqual(found[0]);
      }
      expect(await names()).toHaveLength(300);
    });

    test('run counts the rows it changed', async () => {
      await add('a');
      await add('b');
      expect(await database.run('UPDATE things SET amount = 1')).toBe(2);
      expect(await database.run('DELETE FROM things WHERE name = ?', 'none')).toBe(0);
    });

    test('get of nothing is undefined', async () => {
      expect(await database.get('SELECT * FROM things')).toBeUndefined();
    });

    test('breaking a uniqueness rule rejects with code constraint and leaves the statement usable', async () => {
      await add('a');
      await expect(add('a')).rejects.toMatchObject({ name: 'StoreError', code: 'constraint' });
      await add('b');
      expect(await names()).toEqual(['a', 'b']);
    });

    test.each<[string, unknown]>([
      ['a boolean', true],
      ['undefined', undefined],
      ['NaN', Number.NaN],
      ['infinity', Number.POSITIVE_INFINITY],
      ['a bigint', 1n],
      ['a date', new Date(0)],
      ['text with NUL', 'a\0b'],
    ])('%s is refused with code value', async (_, value) => {
      const stored = database.run('INSERT INTO things VALUES (?, ?, ?)', 'a', value as SqlValue, null);
      await expect(stored).rejects.toMatchObject({ name: 'StoreError', code: 'value' });
      expect(await names()).toEqual([]);
    });

    test('wrong SQL rejects with code statement', async () => {
      await expect(database.all('SELEC 1')).rejects.toMatchObject({ name: 'StoreError', code: 'statement' });
    });
  });

  describe('transactions', () => {
    test('a transaction that ends well is kept and gives its result', async () => {
      const result = await database.transaction(async (queries) => {
        await queries.run('INSERT INTO things (name) VALUES (?)', 'a');
        return (await queries.get<{ count: number }>('SELECT COUNT(*) AS count FROM things'))?.count;
      });
      expect(result).toBe(1);
      expect(await names()).toEqual(['a']);
    });

    test('a transaction that fails leaves nothing and rejects with its error', async () => {
      const failure = new Error('changed my mind');
      const transaction = database.transaction(async (queries) => {
        await queries.run('INSERT INTO things (name) VALUES (?)', 'a');
        throw failure;
      });
      await expect(transaction).rejects.toBe(failure);
      expect(await names()).toEqual([]);
      await add('b');
    });

    test('transactions run one at a time, in the order they were asked for', async () => {
      const steps: string[] = [];
      const step = (name: string): Promise<void> =>
        database.transaction(async (queries) => {
          steps.push(`${name} begins`);
          await queries.get('SELECT 1 AS one');
          await new Promise((resolve) => setImmediate(resolve));
          steps.push(`${name} ends`);
        });
      await Promise.all([step('first'), step('second'), step('third')]);
      expect(steps).toEqual([
        'first begins',
        'first ends',
        'second begins',
        'second ends',
        'third begins',
        'third ends',
      ]);
    });

    test('a statement outside waits for the transaction in progress, and is not part of it', async () => {
      let outside: Promise<number> | undefined;
      const transaction = database.transaction(async (queries) => {
        await queries.run('INSERT INTO things (name) VALUES (?)', 'inside');
        outside = add('outside');
        throw new Error('rolled back');
      });
      await expect(transaction).rejects.toThrow('rolled back');
      await outside;
      expect(await names()).toEqual(['outside']);
    });

    test('its queries are dead after its end', async () => {
      const leaked = await database.transaction((queries) => Promise.resolve(queries));
      await expect(leaked.run('DELETE FROM things')).rejects.toMatchObject({ code: 'closed' });
    });
  });

  test('close waits for what was asked before and refuses what comes after', async () => {
    const before = database.transaction((queries) => queries.run('INSERT INTO things (name) VALUES (?)', 'a'));
    const closing = database.close();
    await expect(add('late')).rejects.toMatchObject({ code: 'closed' });
    await expect(database.transaction(() => Promise.resolve())).rejects.toMatchObject({ code: 'closed' });
    expect(await before).toBe(1);
    await closing;
  });
}
