import type { Migration } from './database.js';
import type { SqliteConnection } from './sqlite-connection.js';
import { StoreError } from './store-error.js';

/** Applies what the file has not yet seen, each migration with its record in one transaction. */
export function migrate(connection: SqliteConnection, migrations: readonly Migration[], path: string): void {
  connection.execute('CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)');
  const applied = new Set(connection.rows<{ name: string }>('SELECT name FROM migrations', []).map((row) => row.name));
  const known = new Set(migrations.map((migration) => migration.name));
  if (known.size !== migrations.length) throw new StoreError('statement', 'two migrations have the same name');
  for (const name of applied) {
    if (!known.has(name)) {
      throw new StoreError(
        'newer',
        `${path} was written by a newer version (it has "${name}"). Use that version, or another directory.`,
      );
    }
  }
  for (const { name, statements } of migrations) {
    if (applied.has(name)) continue;
    connection.execute('BEGIN IMMEDIATE');
    try {
      for (const statement of statements) connection.execute(statement);
      connection.change('INSERT INTO migrations (name) VALUES (?)', [name]);
      connection.execute('COMMIT');
    } catch (error) {
      if (connection.inTransaction) connection.execute('ROLLBACK');
      const { code, message } = error as StoreError;
      throw new StoreError(code, `migration ${name} failed: ${message}`, { cause: error });
    }
  }
}
