import type { Queries } from '../../platform/store/database.js';

export type KeyStatus = 'Active' | 'Inactive';

/** An access key as it lies in the state. */
export interface StoredKey {
  readonly id: string;
  readonly userId: string;
  /** Sealed, unless `sealed` is 0: then from before keys were sealed. */
  readonly secret: string;
  readonly sealed: number;
  readonly status: KeyStatus;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** Milliseconds since the epoch, and what for. */
export interface KeyUse {
  readonly time: number;
  readonly service: string;
  readonly region: string;
}

const COLUMNS = 'id, user_id AS "userId", secret, sealed, status, created_at AS "createdAt"';

export const accessKeyStore = Object.freeze({
  find(queries: Queries, id: string): Promise<StoredKey | undefined> {
    return queries.get<StoredKey>(`SELECT ${COLUMNS} FROM iam_access_keys WHERE id = ?`, id);
  },

  /** The oldest first. */
  ofUser(queries: Queries, userId: string): Promise<StoredKey[]> {
    return queries.all<StoredKey>(
      `SELECT ${COLUMNS} FROM iam_access_keys WHERE user_id = ? ORDER BY created_at, id`,
      userId,
    );
  },

  unsealed(queries: Queries): Promise<StoredKey[]> {
    return queries.all<StoredKey>(`SELECT ${COLUMNS} FROM iam_access_keys WHERE sealed = 0`);
  },

  async insert(queries: Queries, key: Omit<StoredKey, 'sealed'>): Promise<void> {
    await queries.run(
      'INSERT INTO iam_access_keys (id, user_id, secret, sealed, status, created_at) VALUES (?, ?, ?, 1, ?, ?)',
      key.id,
      key.userId,
      key.secret,
      key.status,
      key.createdAt,
    );
  },

  async seal(queries: Queries, id: string, sealedSecret: string): Promise<void> {
    await queries.run('UPDATE iam_access_keys SET secret = ?, sealed = 1 WHERE id = ?', sealedSecret, id);
  },

  async setStatus(queries: Queries, id: string, status: KeyStatus): Promise<void> {
    await queries.run('UPDATE iam_access_keys SET status = ? WHERE id = ?', status, id);
  },

  async remove(queries: Queries, id: string): Promise<void> {
    await queries.run('DELETE FROM iam_access_keys WHERE id = ?', id);
  },

  async putUse(queries: Queries, id: string, { time, service, region }: KeyUse): Promise<void> {
    const sql = 'UPDATE iam_access_keys SET used_at = ?, used_service = ?, used_region = ? WHERE id = ?';
    await queries.run(sql, time, service, region, id);
  },

  use(queries: Queries, id: string): Promise<KeyUse | undefined> {
    return queries.get<KeyUse>(
      `SELECT used_at AS "time", used_service AS service, used_region AS region
       FROM iam_access_keys WHERE id = ? AND used_at IS NOT NULL`,
      id,
    );
  },
});
