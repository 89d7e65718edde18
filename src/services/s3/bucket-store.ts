import type { Queries } from '../../platform/store/database.js';
import { s3Error } from './s3-error.js';

export interface Bucket {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** What can be set on a bucket, one text each. */
export type BucketSetting =
  | 'encryption'
  | 'policy'
  | 'tagging'
  | 'publicAccessBlock'
  | 'lifecycle'
  | 'transitionSize'
  | 'ownershipControls'
  | 'versioning'
  | 'logging'
  | 'accelerate'
  | 'requestPayment'
  | 'notification';

export const bucketStore = Object.freeze({
  async find(queries: Queries, name: string): Promise<Bucket | undefined> {
    return queries.get<Bucket>('SELECT name, created_at AS "createdAt" FROM s3_buckets WHERE name = ?', name);
  },

  /** Throws NoSuchBucket. */
  async require(queries: Queries, name: string): Promise<Bucket> {
    const bucket = await bucketStore.find(queries, name);
    if (bucket === undefined) throw s3Error.noSuchBucket(name);
    return bucket;
  },

  /** By name, from after `after` on. */
  list(
    queries: Queries,
    { after, prefix, limit }: { after: string; prefix: string; limit: number },
  ): Promise<Bucket[]> {
    return queries.all<Bucket>(
      `SELECT name, created_at AS "createdAt" FROM s3_buckets
       WHERE name > ? AND substr(name, 1, ?) = ? ORDER BY name LIMIT ?`,
      ...[after, prefix.length, prefix, limit],
    );
  },

  async insert(queries: Queries, { name, createdAt }: Bucket): Promise<void> {
    await queries.run('INSERT INTO s3_buckets (name, created_at) VALUES (?, ?)', name, createdAt);
  },

  async delete(queries: Queries, name: string): Promise<void> {
    await queries.run('DELETE FROM s3_bucket_settings WHERE bucket = ?', name);
    await queries.run('DELETE FROM s3_buckets WHERE name = ?', name);
  },

  async setting(queries: Queries, bucket: string, name: BucketSetting): Promise<string | undefined> {
    const row = await queries.get<{ value: string }>(
      'SELECT value FROM s3_bucket_settings WHERE bucket = ? AND name = ?',
      ...[bucket, name],
    );
    return row?.value;
  },

  /** Of every bucket that has it. */
  settings(queries: Queries, name: BucketSetting): Promise<{ bucket: string; value: string }[]> {
    return queries.all('SELECT bucket, value FROM s3_bucket_settings WHERE name = ? ORDER BY bucket', name);
  },

  async set(queries: Queries, bucket: string, name: BucketSetting, value: string): Promise<void> {
    await queries.run(
      `INSERT INTO s3_bucket_settings (bucket, name, value) VALUES (?, ?, ?)
       ON CONFLICT (bucket, name) DO UPDATE SET value = excluded.value`,
      ...[bucket, name, value],
    );
  },

  async unset(queries: Queries, bucket: string, name: BucketSetting): Promise<void> {
    await queries.run('DELETE FROM s3_bucket_settings WHERE bucket = ? AND name = ?', bucket, name);
  },
});
