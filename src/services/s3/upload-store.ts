import type { Queries } from '../../platform/store/database.js';
import type { ChecksumAlgorithm, ChecksumType } from './checksums/checksum.js';
import type { ObjectDetails } from './object-record.js';

/** A multipart upload that is not complete. Its id becomes that of the object. */
export interface Upload {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly details: UploadDetails;
  readonly dataKey: Uint8Array;
}

export interface UploadDetails extends ObjectDetails {
  readonly wantedChecksum?: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType };
}

interface UploadRow extends Omit<Upload, 'details'> {
  readonly details: string;
}

const COLUMNS = 'id, bucket, key, created_at AS "createdAt", details, data_key AS "dataKey"';
const read = (row: UploadRow): Upload => ({ ...row, details: JSON.parse(row.details) as UploadDetails });

export const uploadStore = Object.freeze({
  async find(queries: Queries, id: string): Promise<Upload | undefined> {
    const row = await queries.get<UploadRow>(`SELECT ${COLUMNS} FROM s3_uploads WHERE id = ?`, id);
    return row && read(row);
  },

  async insert(queries: Queries, { id, bucket, key, createdAt, details, dataKey }: Upload): Promise<void> {
    await queries.run(
      'INSERT INTO s3_uploads (id, bucket, key, created_at, details, data_key) VALUES (?, ?, ?, ?, ?, ?)',
      ...[id, bucket, key, createdAt, JSON.stringify(details), dataKey],
    );
  },

  async delete(queries: Queries, id: string): Promise<void> {
    await queries.run('DELETE FROM s3_uploads WHERE id = ?', id);
  },

  /** By key and id, after the given ones, of keys from `from` to before `to`. */
  async page(
    queries: Queries,
    bucket: string,
    where: { from: string; to: string | undefined; afterKey: string; afterId: string; limit: number },
  ): Promise<Upload[]> {
    const { from, to, afterKey, afterId, limit } = where;
    const until = to === undefined ? '' : 'AND key < ?';
    const rows = await queries.all<UploadRow>(
      `SELECT ${COLUMNS} FROM s3_uploads WHERE bucket = ? AND key >= ? ${until}
       AND (key > ? OR (key = ? AND id > ?)) ORDER BY key, id LIMIT ?`,
      ...[bucket, from, ...(to === undefined ? [] : [to]), afterKey, afterKey, afterId, limit],
    );
    return rows.map(read);
  },

  of(queries: Queries, bucket: string): Promise<{ id: string; key: string; createdAt: number }[]> {
    return queries.all('SELECT id, key, created_at AS "createdAt" FROM s3_uploads WHERE bucket = ?', bucket);
  },
});
