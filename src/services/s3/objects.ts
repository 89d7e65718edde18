import type { RequestContext } from '../../platform/aws/service.js';
import type { StreamedBody } from '../../platform/aws/streamed-service.js';
import type { Queries } from '../../platform/store/database.js';
import { bucketStore } from './bucket-store.js';
import type { BucketEncryption } from './bucket-encryption.js';
import type { ByteRange } from './byte-range.js';
import { type ChecksumAlgorithm, DEFAULT_ALGORITHM } from './checksums/checksum.js';
import { checkWrite } from './conditions.js';
import { type NewDataKey, ObjectKeys } from './object-encryption.js';
import { fileStore, objectStore } from './object-store.js';
import type { FileRecord, ObjectDetails, ObjectRecord } from './object-record.js';
import { receiveContent } from './receive-content.js';
import { S3Access } from './s3-access.js';
import { s3Error } from './s3-error.js';
import type { S3Parts } from './s3-parts.js';
import { ObjectContent } from './storage/object-content.js';
import { type FoundVersion, versionStore } from './version-store.js';
import { newVersionId, NULL_VERSION, type Versioning, versioningOf } from './versions.js';
import { DamagedFile } from './storage/segments.js';

export type Headers = ReadonlyMap<string, string>;

/** Its version is named when it is recorded. */
export type NewObject = Omit<ObjectRecord, 'versionId'>;

export interface DeletedVersion {
  /** Absent: versions are not kept. */
  readonly versionId?: string;
  /** A marker was made, or deleted. */
  readonly isMarker: boolean;
}

export interface ObjectToWrite {
  readonly bucket: string;
  readonly key: string;
  readonly details: Omit<ObjectDetails, 'encryption' | 'checksum'>;
  readonly encryption: BucketEncryption;
  readonly body: StreamedBody;
  /** What the content is verified against, and the conditions of the write. */
  readonly headers: Headers;
}

/** How often an object is looked for again that is replaced while it is being opened. */
const OPEN_TRIES = 5;

/** Objects with their content: written whole or not at all, read only as they were written. */
export class Objects {
  readonly keys: ObjectKeys;
  readonly #parts: S3Parts;
  readonly #access: S3Access;

  constructor(parts: S3Parts) {
    this.#parts = parts;
    this.keys = new ObjectKeys(parts);
    this.#access = new S3Access(parts);
  }

  /** Resolves when the object is durable. */
  async write(wanted: ObjectToWrite, context: RequestContext, otherwise?: ChecksumAlgorithm): Promise<ObjectRecord> {
    const { bucket, key, headers } = wanted;
    const { database, clock } = this.#parts;
    await bucketStore.require(database, bucket);
    checkWrite(headers, wanted, await objectStore.find(database, bucket, key));
    const id = this.newId();
    const dataKey = await this.keys.make({ bucket, key, id }, wanted.encryption, context);
    let made: ObjectRecord | undefined;
    await this.receive(
      wanted,
      dataKey,
      { owner: id, position: 1 },
      async (file, checksum) => {
        const { encryption } = dataKey;
        const details = { ...wanted.details, encryption, ...(checksum && { checksum }) };
        const { size, etag } = file;
        const written = { bucket, key, id, size, etag, modifiedAt: clock(), details, dataKey: dataKey.kept };
        made = await this.replace(written, headers, [file]);
      },
      otherwise,
    );
    if (made === undefined) throw new Error('the content was received and not recorded');
    return made;
  }

  /** Receives content into a file of its own, and takes it back when it cannot be recorded. */
  async receive(
    { body, headers }: Pick<ObjectToWrite, 'body' | 'headers'>,
    dataKey: Pick<NewDataKey, 'plaintext'>,
    place: Pick<FileRecord, 'owner' | 'position'>,
    record: (file: FileRecord, checksum: ObjectDetails['checksum']) => Promise<void>,
    otherwise: ChecksumAlgorithm = DEFAULT_ALGORITHM,
  ): Promise<FileRecord> {
    const { files, clock } = this.#parts;
    const file = await files.create(dataKey.plaintext);
    try {
      const received = await receiveContent(headers, body, { otherwise, write: (bytes) => file.write(bytes) });
      const size = await file.keep();
      const { checksum } = received;
      const made = {
        ...place,
        id: file.id,
        size,
        etag: received.md5,
        checksum: checksum?.value ?? null,
        modifiedAt: clock(),
      };
      await record(made, checksum && { ...checksum, type: 'FULL_OBJECT' });
      return made;
    } catch (error) {
      await file.discard();
      throw error;
    }
  }

  /** Makes an object visible in the place of the one before it. Its files are new, or those of its upload. */
  async replace(object: NewObject, headers: Headers, newFiles: readonly FileRecord[]): Promise<ObjectRecord> {
    const { database } = this.#parts;
    const { made, unused } = await database.transaction(async (queries) => {
      const replaced = await this.replaceIn(queries, object, headers);
      for (const file of newFiles) await fileStore.insert(queries, file);
      return replaced;
    });
    await this.committed(unused);
    return made;
  }

  /** Within a transaction; ids of the files that it leaves unused. */
  async replaceIn(
    queries: Queries,
    object: NewObject,
    headers: Headers,
  ): Promise<{ readonly made: ObjectRecord; readonly unused: string[] }> {
    const { bucket, key } = object;
    await bucketStore.require(queries, bucket);
    checkWrite(headers, object, await objectStore.find(queries, bucket, key));
    const versioning = await versioningOf(queries, bucket);
    const unused = await this.#makeRoom(queries, object, versioning);
    const versionId = versioning === 'Enabled' ? newVersionId(this.#parts.random) : NULL_VERSION;
    const made = { ...object, versionId };
    await objectStore.put(queries, made);
    return { made, unused };
  }

  /** For a new version, or a marker, on top: what was current is kept, but for the one that it takes the name of. */
  async #makeRoom(
    queries: Queries,
    { bucket, key }: Pick<ObjectRecord, 'bucket' | 'key'>,
    versioning: Versioning,
  ): Promise<string[]> {
    const ids: (string | undefined)[] = [];
    if (versioning !== 'Enabled') {
      const current = await objectStore.find(queries, bucket, key);
      if (current?.versionId === NULL_VERSION) {
        await objectStore.delete(queries, bucket, key);
        ids.push(current.id);
      }
      ids.push(await versionStore.delete(queries, bucket, key, NULL_VERSION));
    }
    await versionStore.displace(queries, bucket, key, this.#parts.clock());
    const unused: string[] = [];
    for (const id of ids) if (id !== undefined) unused.push(...(await fileStore.deleteOf(queries, id)));
    return unused;
  }

  /**
   * Nothing happens when there is none, except where versions are kept: there the key is hidden by a marker. `condition`
   * may throw.
   */
  delete(bucket: string, key: string, condition?: (before: ObjectRecord | undefined) => void): Promise<DeletedVersion> {
    return this.deleteIf(bucket, key, () => true, condition);
  }

  /** One version for good, or a marker, and what it had hidden is there again. Of one that is not there nothing is said. */
  async deleteVersion(bucket: string, key: string, versionId: string): Promise<DeletedVersion> {
    const { isMarker, unused } = await this.#parts.database.transaction(async (queries) => {
      await bucketStore.require(queries, bucket);
      const found = await versionStore.find(queries, bucket, key, versionId);
      if (found === undefined) return { isMarker: false, unused: [] };
      const { object, isCurrent } = found;
      if (isCurrent) await objectStore.delete(queries, bucket, key);
      else await versionStore.delete(queries, bucket, key, versionId);
      await versionStore.promote(queries, bucket, key);
      return {
        isMarker: object === undefined,
        unused: object === undefined ? [] : await fileStore.deleteOf(queries, object.id),
      };
    });
    await this.committed(unused);
    return { versionId, isMarker };
  }

  async deleteIf(
    bucket: string,
    key: string,
    isMeant: (object: ObjectRecord) => boolean,
    condition?: (before: ObjectRecord | undefined) => void,
  ): Promise<DeletedVersion> {
    const { random, clock } = this.#parts;
    const { deleted, unused } = await this.#parts.database.transaction(async (queries) => {
      await bucketStore.require(queries, bucket);
      const before = await objectStore.find(queries, bucket, key);
      condition?.(before);
      const versioning = await versioningOf(queries, bucket);
      const nothing = { deleted: { isMarker: false }, unused: [] };
      if (before === undefined ? versioning === undefined : !isMeant(before)) return nothing;
      const files = await this.#makeRoom(queries, { bucket, key }, versioning);
      if (versioning === undefined) return { deleted: { isMarker: false }, unused: files };
      const versionId = versioning === 'Enabled' ? newVersionId(random) : NULL_VERSION;
      await versionStore.mark(queries, bucket, key, { versionId, modifiedAt: clock() });
      return { deleted: { versionId, isMarker: true }, unused: files };
    });
    await this.committed(unused);
    return deleted;
  }

  /** What was committed becomes durable; then, and only then, files go that nothing names any more. */
  async committed(unused: readonly string[]): Promise<void> {
    const { database, files, log } = this.#parts;
    await database.sync?.();
    try {
      await files.remove(unused);
    } catch (error) {
      log.warn({ error }, 'a file of a removed object could not be deleted; the next start tries again');
    }
  }

  /**
   * Throws NoSuchBucket, NoSuchKey and NoSuchVersion, which only those learn who may list the bucket, and
   * MethodNotAllowed for a marker, which has nothing to read.
   */
  async require(bucket: string, key: string, context: RequestContext, versionId?: string): Promise<ObjectRecord> {
    const { database, authorization } = this.#parts;
    const found = await this.#look(bucket, key, versionId);
    if (found?.object !== undefined) return found.object;
    const action = versionId === undefined ? 's3:ListBucket' : 's3:ListBucketVersions';
    await authorization?.require(await this.#access.onBucket(action, bucket), context);
    await bucketStore.require(database, bucket);
    if (versionId === undefined) throw s3Error.noSuchKey(key);
    throw found === undefined ? s3Error.noSuchVersion(key, versionId) : s3Error.isMarker();
  }

  async #look(bucket: string, key: string, versionId: string | undefined): Promise<FoundVersion | undefined> {
    const { database } = this.#parts;
    if (versionId !== undefined) {
      return database.transaction((queries) => versionStore.find(queries, bucket, key, versionId));
    }
    const object = await objectStore.find(database, bucket, key);
    return object && { object, isCurrent: true };
  }

  /** `x-amz-version-id`, where versions are, or have been, kept. */
  async versionHeader({
    bucket,
    versionId,
  }: Pick<ObjectRecord, 'bucket' | 'versionId'>): Promise<Record<string, string>> {
    const isShown = versionId !== NULL_VERSION || (await versioningOf(this.#parts.database, bucket)) !== undefined;
    return isShown ? { 'x-amz-version-id': versionId } : {};
  }

  /** The object's own content; the first piece of it has been read and verified. */
  async open(object: ObjectRecord, range: ByteRange, context: RequestContext): Promise<ObjectContent> {
    const { files, database } = this.#parts;
    const { details, dataKey: kept } = object;
    const dataKey = await this.keys.open(object, { encryption: details.encryption, kept }, context);
    const content = files.held(await fileStore.of(database, object.id));
    try {
      if (content.size !== object.size) throw new DamagedFile(`the files of ${object.id} are not those of the object`);
      await content.open(dataKey, range);
      return content;
    } catch (error) {
      await content.return();
      throw error;
    }
  }

  /** As {@link require} and {@link open} together: an object may be replaced between the two. */
  async find<T>(
    bucket: string,
    key: string,
    context: RequestContext,
    use: (object: ObjectRecord) => Promise<T>,
    versionId?: string,
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const object = await this.require(bucket, key, context, versionId);
      try {
        return await use(object);
      } catch (error) {
        const now = await this.#look(bucket, key, versionId);
        if (now?.object?.id === object.id || attempt === OPEN_TRIES) throw error;
      }
    }
  }

  newId(): string {
    return Buffer.from(this.#parts.random(16)).toString('hex');
  }
}
