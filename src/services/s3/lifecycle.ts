import { Chore } from '../chore.js';
import type { Timers } from '../ecs/ports.js';
import { bucketStore } from './bucket-store.js';
import { afterPrefix } from './key-order.js';
import { endOfDays, type LifecycleRule, writtenBefore } from './lifecycle-rules.js';
import { objectStore } from './object-store.js';
import type { Objects } from './objects.js';
import type { S3Parts } from './s3-parts.js';
import { uploadStore } from './upload-store.js';
import type { Uploads } from './uploads.js';
import { versionStore } from './version-store.js';

/** How often buckets are looked through; AWS does it once a day. */
export const LIFECYCLE_INTERVAL_MS = 3_600_000;
const BATCH = 500;

/** Carries out the lifecycle rules of buckets: expired objects go, and uploads that nobody completes. */
export class Lifecycle {
  readonly #parts: S3Parts;
  readonly #objects: Objects;
  readonly #uploads: Uploads;
  readonly #chore: Chore;

  constructor(parts: S3Parts, objects: Objects, uploads: Uploads, timers: Timers) {
    this.#parts = parts;
    this.#objects = objects;
    this.#uploads = uploads;
    this.#chore = new Chore({ timers, work: () => this.#round() });
  }

  start(): void {
    void this.#chore.start();
  }

  /** Resolves when nothing of it is under way any more. */
  stop(): Promise<void> {
    return this.#chore.stop();
  }

  async #round(): Promise<number> {
    const { database, log } = this.#parts;
    try {
      for (const { bucket, value } of await bucketStore.settings(database, 'lifecycle')) {
        for (const rule of JSON.parse(value) as LifecycleRule[]) {
          if (rule.enabled) await this.#carryOut(bucket, rule);
        }
      }
    } catch (error) {
      log.error({ error }, 'the lifecycle of buckets could not be carried out; it is tried again');
    }
    return LIFECYCLE_INTERVAL_MS;
  }

  async #carryOut(bucket: string, rule: LifecycleRule): Promise<void> {
    const now = this.#parts.clock();
    const { prefix, expirationDays, expirationDate, abortDays, noncurrent, deleteMarkers } = rule;
    const { database } = this.#parts;
    const keys = { from: prefix, to: prefix === '' ? undefined : afterPrefix(prefix) };
    if (expirationDays !== undefined) await this.#expire(bucket, prefix, writtenBefore(now, expirationDays));
    if (expirationDate !== undefined && Date.parse(expirationDate) <= now) await this.#expire(bucket, prefix, now);
    if (noncurrent !== undefined) {
      const spared = noncurrent.newer ?? 0;
      const before = writtenBefore(now, noncurrent.days);
      await this.#deleteVersions(bucket, () =>
        versionStore.displacedBefore(database, bucket, { ...keys, before, spared, limit: BATCH }),
      );
    }
    // S3 does so too where objects expire by their age.
    if (deleteMarkers === true || expirationDays !== undefined) {
      await this.#deleteVersions(bucket, () => versionStore.idleMarkers(database, bucket, { ...keys, limit: BATCH }));
    }
    if (abortDays === undefined) return;
    for (const { id, key, createdAt } of await uploadStore.of(database, bucket)) {
      if (this.#chore.isStopped()) return;
      if (key.startsWith(prefix) && endOfDays(createdAt, abortDays) <= now) await this.#uploads.abort(id);
    }
  }

  async #deleteVersions(bucket: string, find: () => Promise<readonly { key: string; versionId: string }[]>) {
    for (;;) {
      const found = await find();
      for (const { key, versionId } of found) {
        if (this.#chore.isStopped()) return;
        await this.#objects.deleteVersion(bucket, key, versionId);
      }
      if (found.length < BATCH) return;
    }
  }

  async #expire(bucket: string, prefix: string, before: number): Promise<void> {
    const { database } = this.#parts;
    const to = prefix === '' ? undefined : afterPrefix(prefix);
    let from = prefix;
    while (!this.#chore.isStopped()) {
      const found = await objectStore.olderThan(database, bucket, { from, to, before, limit: BATCH });
      for (const { key, modifiedAt } of found) {
        // One that was written anew meanwhile stays.
        await this.#objects.deleteIf(bucket, key, (object) => object.modifiedAt === modifiedAt);
        from = `${key}\u0001`;
      }
      if (found.length < BATCH) return;
    }
  }
}
