import type { Queries } from '../../platform/store/database.js';

/** Numbers that are given once and never again. Within a transaction. */
export async function nextOf(queries: Queries, name: 'ids' | 'batches'): Promise<number> {
  await queries.run('UPDATE logs_sequence SET value = value + 1 WHERE name = ?', name);
  return lastOf(queries, name);
}

/** The last that was given. */
export async function lastOf(queries: Queries, name: 'ids' | 'batches'): Promise<number> {
  const row = await queries.get<{ value: number }>('SELECT value FROM logs_sequence WHERE name = ?', name);
  return row?.value ?? 0;
}
