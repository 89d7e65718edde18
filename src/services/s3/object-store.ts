import type { Queries } from '../../platform/store/database.js';
import type { FileRecord, ObjectDetails, ObjectRecord } from './object-record.js';

interface ObjectRow extends Omit<ObjectRecord, 'details'> {
  readonly details: string;
}

const COLUMNS =
  'bucket, key, version_id AS "versionId", id, size, etag, modified_at AS "modifiedAt", details, data_key AS "dataKey"';

/** What a listing has of an object. */
export type ListedObject = Pick<ObjectRecord, 'key' | 'size' | 'etag' | 'modifiedAt' | 'details'>;

export const objectStore = Object.freeze({
  async find(queries: Queries, bucket: string, key: string): Promise<ObjectRecord | undefined> {
    const row = await queries.get<ObjectRow>(
      `SELECT ${COLUMNS} FROM s3_objects WHERE bucket = ? AND key = ?`,
      ...[bucket, key],
    );
    return row && { ...row, details: JSON.parse(row.details) as ObjectDetails };
  },

  /** In the place of whatever was there. */
  async put(queries: Queries, object: ObjectRecord): Promise<void> {
    const { bucket, key, versionId, id, size, etag, modifiedAt, details, dataKey } = object;
    await queries.run('DELETE FROM s3_objects WHERE bucket = ? AND key = ?', bucket, key);
    await queries.run(
      `INSERT INTO s3_objects (bucket, key, version_id, id, size, etag, modified_at, details, data_key)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[bucket, key, versionId, id, size, etag, modifiedAt, JSON.stringify(details), dataKey],
    );
  },

  async setDetails(queries: Queries, bucket: string, key: string, details: ObjectDetails): Promise<void> {
    const text = JSON.stringify(details);
    await queries.run('UPDATE s3_objects SET details = ? WHERE bucket = ? AND key = ?', text, bucket, key);
  },

  async delete(queries: Queries, bucket: string, key: string): Promise<void> {
    await queries.run('DELETE FROM s3_objects WHERE bucket = ? AND key = ?', bucket, key);
  },

  /** Keys from `from` on (itself included), before `to`, in order. */
  async page(
    queries: Queries,
    bucket: string,
    { from, to, limit }: { readonly from: string; readonly to: string | undefined; readonly limit: number },
  ): Promise<ListedObject[]> {
    const until = to === undefined ? '' : 'AND key < ?';
    const rows = await queries.all<Omit<ObjectRow, 'id' | 'versionId' | 'dataKey' | 'bucket'>>(
      `SELECT key, size, etag, modified_at AS "modifiedAt", details FROM s3_objects
       WHERE bucket = ? AND key >= ? ${until} ORDER BY key LIMIT ?`,
      ...[bucket, from, ...(to === undefined ? [] : [to]), limit],
    );
    return rows.map((row) => ({ ...row, details: JSON.parse(row.details) as ObjectDetails }));
  },

  async isEmpty(queries: Queries, bucket: string): Promise<boolean> {
    return (await queries.get('SELECT 1 AS one FROM s3_objects WHERE bucket = ? LIMIT 1', bucket)) === undefined;
  },

  /** Keys of a prefix, written before a moment. */
  async olderThan(
    queries: Queries,
    bucket: string,
    { from, to, before, limit }: { from: string; to: string | undefined; before: number; limit: number },
  ): Promise<{ key: string; modifiedAt: number }[]> {
    const until = to === undefined ? '' : 'AND key < ?';
    return queries.all(
      `SELECT key, modified_at AS "modifiedAt" FROM s3_objects
       WHERE bucket = ? AND key >= ? ${until} AND modified_at < ? ORDER BY key LIMIT ?`,
      ...[bucket, from, ...(to === undefined ? [] : [to]), before, limit],
    );
  },
});

const FILE_COLUMNS = 'id, owner, position, size, etag, checksum, modified_at AS "modifiedAt"';

export const fileStore = Object.freeze({
  /** In order of their positions. */
  of(queries: Queries, owner: string, from = 0, limit = -1): Promise<FileRecord[]> {
    return queries.all<FileRecord>(
      `SELECT ${FILE_COLUMNS} FROM s3_files WHERE owner = ? AND position > ? ORDER BY position LIMIT ?`,
      ...[owner, from, limit < 0 ? 1_000_000 : limit],
    );
  },

  async isKnown(queries: Queries, id: string): Promise<boolean> {
    return (await queries.get('SELECT 1 AS one FROM s3_files WHERE id = ?', id)) !== undefined;
  },

  async insert(queries: Queries, file: FileRecord): Promise<void> {
    const { id, owner, position, size, etag, checksum, modifiedAt } = file;
    await queries.run(
      `INSERT INTO s3_files (id, owner, position, size, etag, checksum, modified_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ...[id, owner, position, size, etag, checksum, modifiedAt],
    );
  },

  /** Ids of those that were there, whose files are to be removed once this is committed. */
  async deleteOf(queries: Queries, owner: string): Promise<string[]> {
    const rows = await queries.all<{ id: string }>('SELECT id FROM s3_files WHERE owner = ?', owner);
    await queries.run('DELETE FROM s3_files WHERE owner = ?', owner);
    return rows.map(({ id }) => id);
  },

  async delete(queries: Queries, id: string): Promise<void> {
    await queries.run('DELETE FROM s3_files WHERE id = ?', id);
  },
});
