import type { Queries } from '../../platform/store/database.js';

export interface InlinePolicy {
  readonly name: string;
  readonly document: string;
}

/** Policies that are part of one user, group or role. */
export const inlinePolicyStore = Object.freeze({
  list(queries: Queries, entityId: string): Promise<InlinePolicy[]> {
    return queries.all<InlinePolicy>(
      'SELECT name, document FROM iam_inline_policies WHERE entity_id = ? ORDER BY name',
      entityId,
    );
  },

  find(queries: Queries, entityId: string, name: string): Promise<InlinePolicy | undefined> {
    return queries.get<InlinePolicy>(
      'SELECT name, document FROM iam_inline_policies WHERE entity_id = ? AND name = ?',
      entityId,
      name,
    );
  },

  async put(queries: Queries, entityId: string, { name, document }: InlinePolicy): Promise<void> {
    await queries.run('DELETE FROM iam_inline_policies WHERE entity_id = ? AND name = ?', entityId, name);
    await queries.run(
      'INSERT INTO iam_inline_policies (entity_id, name, document) VALUES (?, ?, ?)',
      entityId,
      name,
      document,
    );
  },

  /** Whether it was there. */
  async remove(queries: Queries, entityId: string, name: string): Promise<boolean> {
    return (await queries.run('DELETE FROM iam_inline_policies WHERE entity_id = ? AND name = ?', entityId, name)) > 0;
  },
});
