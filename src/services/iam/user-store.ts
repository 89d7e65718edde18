import { Secret } from '../../platform/aws/secret.js';
import type { Queries } from '../../platform/store/database.js';
import type { User } from './user.js';

export interface UserKey {
  readonly accessKeyId: string;
  readonly secret: Secret;
}

/** Users and their access keys. */
export const userStore = Object.freeze({
  find(queries: Queries, name: string): Promise<User | undefined> {
    return queries.get<User>('SELECT name, id, arn FROM iam_users WHERE name = ?', name);
  },

  async put(queries: Queries, user: User, now: number): Promise<void> {
    await queries.run(
      'INSERT INTO iam_users (name, id, arn, created_at) VALUES (?, ?, ?, ?)',
      user.name,
      user.id,
      user.arn,
      now,
    );
  },

  /** The oldest key that is Active. */
  async activeKey(queries: Queries, userName: string): Promise<UserKey | undefined> {
    const row = await queries.get<{ id: string; secret: string }>(
      `SELECT id, secret FROM iam_access_keys WHERE user_name = ? AND status = 'Active' ORDER BY created_at, id LIMIT 1`,
      userName,
    );
    return row && { accessKeyId: row.id, secret: new Secret(row.secret) };
  },

  async putKey(queries: Queries, userName: string, key: UserKey, now: number): Promise<void> {
    await queries.run(
      `INSERT INTO iam_access_keys (id, user_name, secret, status, created_at) VALUES (?, ?, ?, 'Active', ?)`,
      key.accessKeyId,
      userName,
      key.secret.reveal(),
      now,
    );
  },

  /** An Active key and whose it is. */
  async findKey(
    queries: Queries,
    accessKeyId: string,
  ): Promise<{ readonly secret: Secret; readonly user: User } | undefined> {
    const row = await queries.get<{ secret: string; name: string; id: string; arn: string }>(
      `SELECT k.secret AS secret, u.name AS name, u.id AS id, u.arn AS arn
       FROM iam_access_keys k JOIN iam_users u ON u.name = k.user_name WHERE k.id = ? AND k.status = 'Active'`,
      accessKeyId,
    );
    return row && { secret: new Secret(row.secret), user: { name: row.name, id: row.id, arn: row.arn } };
  },
});
