import type { Queries } from '../../platform/store/database.js';
import type { ObjectDetails, ObjectRecord } from './object-record.js';
import { objectStore } from './object-store.js';

/** Of the current version, which has no place among the others: above all of them. */
const CURRENT = Number.MAX_SAFE_INTEGER;

/** What was deleted without naming a version. */
export interface DeleteMarker {
  readonly versionId: string;
  readonly modifiedAt: number;
}

/** A version, or a marker, as listings have them. */
export interface ListedVersion extends DeleteMarker {
  readonly key: string;
  readonly position: number;
  readonly isLatest: boolean;
  /** Absent: a marker. */
  readonly object?: Pick<ObjectRecord, 'size' | 'etag' | 'details'>;
}

export interface FoundVersion {
  /** Absent: a marker. */
  readonly object?: ObjectRecord;
  readonly isCurrent: boolean;
}

/** From one key on, itself included, before another. */
interface KeyRange {
  readonly from: string;
  readonly to: string | undefined;
}

interface VersionRow {
  readonly key: string;
  readonly position: number;
  readonly versionId: string;
  readonly id: string | null;
  readonly size: number;
  readonly etag: string;
  readonly modifiedAt: number;
  readonly details: string;
  readonly dataKey: Uint8Array | null;
  readonly displacedAt: number | null;
}

const COLUMNS =
  'key, position, version_id AS "versionId", id, size, etag, modified_at AS "modifiedAt", details, ' +
  'data_key AS "dataKey", displaced_at AS "displacedAt"';

/** Versions of keys that are not, or no longer, what is read without naming one. All within a transaction. */
export const versionStore = Object.freeze({
  async find(queries: Queries, bucket: string, key: string, versionId: string): Promise<FoundVersion | undefined> {
    const current = await objectStore.find(queries, bucket, key);
    if (current?.versionId === versionId) return { object: current, isCurrent: true };
    const row = await queries.get<VersionRow>(
      `SELECT ${COLUMNS} FROM s3_versions WHERE bucket = ? AND key = ? AND version_id = ?`,
      ...[bucket, key, versionId],
    );
    return row && { ...objectOf(bucket, row), isCurrent: false };
  },

  /** The marker that hides the key. */
  async latestMarker(queries: Queries, bucket: string, key: string): Promise<DeleteMarker | undefined> {
    if ((await objectStore.find(queries, bucket, key)) !== undefined) return undefined;
    const row = await newest(queries, bucket, key);
    return row?.id === null ? { versionId: row.versionId, modifiedAt: row.modifiedAt } : undefined;
  },

  /** What is current becomes one of the others; a marker on top is one of them already, and no longer the latest. */
  async displace(queries: Queries, bucket: string, key: string, now: number): Promise<void> {
    await queries.run(
      'UPDATE s3_versions SET displaced_at = ? WHERE bucket = ? AND key = ? AND displaced_at IS NULL',
      ...[now, bucket, key],
    );
    const current = await objectStore.find(queries, bucket, key);
    if (current === undefined) return;
    await insert(queries, bucket, { ...current, details: JSON.stringify(current.details), displacedAt: now });
    await objectStore.delete(queries, bucket, key);
  },

  /** Hides the key; whatever was current has been displaced or deleted. */
  async mark(queries: Queries, bucket: string, key: string, marker: DeleteMarker): Promise<void> {
    const nothing = { id: null, size: 0, etag: '', details: '{}', dataKey: null, displacedAt: null };
    await insert(queries, bucket, { key, ...marker, ...nothing });
  },

  /** Deletes one that is not current; its object's id, unless it was a marker. */
  async delete(queries: Queries, bucket: string, key: string, versionId: string): Promise<string | undefined> {
    const row = await queries.get<{ id: string | null }>(
      'SELECT id FROM s3_versions WHERE bucket = ? AND key = ? AND version_id = ?',
      ...[bucket, key, versionId],
    );
    await queries.run(
      'DELETE FROM s3_versions WHERE bucket = ? AND key = ? AND version_id = ?',
      ...[bucket, key, versionId],
    );
    return row?.id ?? undefined;
  },

  /** Where nothing is current any more, the newest version is, unless it is a marker. */
  async promote(queries: Queries, bucket: string, key: string): Promise<void> {
    if ((await objectStore.find(queries, bucket, key)) !== undefined) return;
    const row = await newest(queries, bucket, key);
    if (row === undefined) return;
    const { object } = objectOf(bucket, row);
    if (object === undefined) {
      const sql = 'UPDATE s3_versions SET displaced_at = NULL WHERE bucket = ? AND key = ? AND position = ?';
      await queries.run(sql, bucket, key, row.position);
      return;
    }
    await versionStore.delete(queries, bucket, key, row.versionId);
    await objectStore.put(queries, object);
  },

  async setDetails(queries: Queries, { bucket, key, versionId }: ObjectRecord, details: ObjectDetails): Promise<void> {
    await queries.run(
      'UPDATE s3_versions SET details = ? WHERE bucket = ? AND key = ? AND version_id = ?',
      ...[JSON.stringify(details), bucket, key, versionId],
    );
  },

  /** All of a bucket's, current ones too, by key and from the newest on; behind `after`, when that is given. */
  async page(
    queries: Queries,
    bucket: string,
    options: {
      readonly from: string;
      readonly to: string | undefined;
      readonly after: { readonly key: string; readonly position: number } | undefined;
      readonly limit: number;
    },
  ): Promise<ListedVersion[]> {
    const { from, to, after, limit } = options;
    const until = to === undefined ? '' : 'AND key < ?';
    const behind = after === undefined ? '' : 'AND NOT (key = ? AND position >= ?)';
    const rows = await queries.all<Omit<VersionRow, 'dataKey'>>(
      `SELECT * FROM (
         SELECT key, ${CURRENT} AS position, version_id AS "versionId", id, size, etag, modified_at AS "modifiedAt",
           details, NULL AS "displacedAt" FROM s3_objects WHERE bucket = ?
         UNION ALL
         SELECT key, position, version_id AS "versionId", id, size, etag, modified_at AS "modifiedAt",
           details, displaced_at AS "displacedAt" FROM s3_versions WHERE bucket = ?) AS versions
       WHERE key >= ? ${until} ${behind} ORDER BY key, position DESC LIMIT ?`,
      ...[bucket, bucket, from],
      ...(to === undefined ? [] : [to]),
      ...(after === undefined ? [] : [after.key, after.position]),
      limit,
    );
    return rows.map(({ key, position, versionId, modifiedAt, id, size, etag, details, displacedAt }) => ({
      ...{ key, position, versionId, modifiedAt, isLatest: displacedAt === null },
      ...(id !== null && { object: { size, etag, details: JSON.parse(details) as ObjectDetails } }),
    }));
  },

  /** Where a version stands among its key's; undefined: it is not there. */
  async position(queries: Queries, bucket: string, key: string, versionId: string): Promise<number | undefined> {
    const found = await versionStore.find(queries, bucket, key, versionId);
    if (found?.isCurrent === true) return CURRENT;
    const row = await queries.get<{ position: number }>(
      'SELECT position FROM s3_versions WHERE bucket = ? AND key = ? AND version_id = ?',
      ...[bucket, key, versionId],
    );
    return row?.position;
  },

  /** Versions in a range of keys that were displaced before a moment, but for the `spared` newest of each key. */
  async displacedBefore(
    queries: Queries,
    bucket: string,
    options: KeyRange & { readonly before: number; readonly spared: number; readonly limit: number },
  ): Promise<{ key: string; versionId: string }[]> {
    const { before, spared, limit } = options;
    const { sql, values } = within(options);
    return queries.all(
      `SELECT key, version_id AS "versionId" FROM s3_versions AS one
       WHERE bucket = ? AND ${sql} AND displaced_at < ? AND (
         SELECT COUNT(*) FROM s3_versions AS newer WHERE newer.bucket = one.bucket AND newer.key = one.key
           AND newer.position > one.position AND newer.displaced_at IS NOT NULL) >= ?
       ORDER BY key, position LIMIT ?`,
      ...[bucket, ...values, before, spared, limit],
    );
  },

  /** Markers in a range of keys that hide nothing: no other version of their key is left. */
  async idleMarkers(
    queries: Queries,
    bucket: string,
    options: KeyRange & { readonly limit: number },
  ): Promise<{ key: string; versionId: string }[]> {
    const { sql, values } = within(options);
    return queries.all(
      `SELECT key, version_id AS "versionId" FROM s3_versions AS one
       WHERE bucket = ? AND ${sql} AND id IS NULL AND displaced_at IS NULL AND NOT EXISTS (
         SELECT 1 FROM s3_versions AS other WHERE other.bucket = one.bucket AND other.key = one.key
           AND other.position <> one.position)
       ORDER BY key LIMIT ?`,
      ...[bucket, ...values, options.limit],
    );
  },

  async isEmpty(queries: Queries, bucket: string): Promise<boolean> {
    return (await queries.get('SELECT 1 AS one FROM s3_versions WHERE bucket = ? LIMIT 1', bucket)) === undefined;
  },
});

function within({ from, to }: KeyRange): { readonly sql: string; readonly values: readonly string[] } {
  return to === undefined ? { sql: 'key >= ?', values: [from] } : { sql: 'key >= ? AND key < ?', values: [from, to] };
}

function newest(queries: Queries, bucket: string, key: string): Promise<VersionRow | undefined> {
  return queries.get<VersionRow>(
    `SELECT ${COLUMNS} FROM s3_versions WHERE bucket = ? AND key = ? ORDER BY position DESC LIMIT 1`,
    ...[bucket, key],
  );
}

function objectOf(bucket: string, row: VersionRow): { readonly object?: ObjectRecord } {
  const { key, versionId, id, size, etag, modifiedAt, details, dataKey } = row;
  if (id === null || dataKey === null) return {};
  const read = JSON.parse(details) as ObjectDetails;
  return { object: { bucket, key, versionId, id, size, etag, modifiedAt, details: read, dataKey } };
}

async function insert(queries: Queries, bucket: string, row: Omit<VersionRow, 'position'>): Promise<void> {
  const { key, versionId, id, size, etag, modifiedAt, details, dataKey, displacedAt } = row;
  await queries.run(
    `INSERT INTO s3_versions (bucket, key, position, version_id, id, size, etag, modified_at, details, data_key,
       displaced_at) VALUES (?, ?, (SELECT COALESCE(MAX(position), 0) + 1 FROM s3_versions WHERE bucket = ? AND key = ?),
       ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[bucket, key, bucket, key, versionId, id, size, etag, modifiedAt, details, dataKey, displacedAt],
  );
}
