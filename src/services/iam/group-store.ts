import type { Queries } from '../../platform/store/database.js';
import type { Entity } from './entity.js';

const COLUMNS = 'e.id, e.kind, e.name, e.path, e.arn, e.created_at AS "createdAt", e.boundary';

/** Who is in which group. */
export const groupStore = Object.freeze({
  users(queries: Queries, groupId: string): Promise<Entity[]> {
    return queries.all<Entity>(
      `SELECT ${COLUMNS} FROM iam_group_members m JOIN iam_entities e ON e.id = m.user_id WHERE m.group_id = ?`,
      groupId,
    );
  },

  groups(queries: Queries, userId: string): Promise<Entity[]> {
    return queries.all<Entity>(
      `SELECT ${COLUMNS} FROM iam_group_members m JOIN iam_entities e ON e.id = m.group_id WHERE m.user_id = ?`,
      userId,
    );
  },

  async add(queries: Queries, groupId: string, userId: string): Promise<void> {
    await queries.run('INSERT INTO iam_group_members (group_id, user_id) VALUES (?, ?)', groupId, userId);
  },

  /** Whether the user was in it. */
  async remove(queries: Queries, groupId: string, userId: string): Promise<boolean> {
    const sql = 'DELETE FROM iam_group_members WHERE group_id = ? AND user_id = ?';
    return (await queries.run(sql, groupId, userId)) > 0;
  },
});
