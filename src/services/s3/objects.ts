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
import { DamagedFile } from './storage/segments.js';

export type Headers = ReadonlyMap<string, string>;

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
        made = { bucket, key, id, size, etag, modifiedAt: clock(), details, dataKey: dataKey.kept };
        await this.replace(made, headers, [file]);
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
  async replace(object: ObjectRecord, headers: Headers, newFiles: readonly FileRecord[]): Promise<void> {
    const { database } = this.#parts;
    const unused = await database.transaction(async (queries) => {
      const replaced = await this.replaceIn(queries, object, headers);
      for (const file of newFiles) await fileStore.insert(queries, file);
      return replaced;
    });
    await this.committed(unused);
  }

  /** Within a transaction; ids of the files that it leaves unused. */
  async replaceIn(queries: Queries, object: ObjectRecord, headers: Headers): Promise<string[]> {
    const { bucket, key } = object;
    await bucketStore.require(queries, bucket);
    const before = await objectStore.find(queries, bucket, key);
    checkWrite(headers, object, before);
    await objectStore.put(queries, object);
    return before === undefined ? [] : fileStore.deleteOf(queries, before.id);
  }

  /** Nothing happens when there is none; `condition` may throw. */
  delete(bucket: string, key: string, condition?: (before: ObjectRecord | undefined) => void): Promise<void> {
    return this.deleteIf(bucket, key, () => true, condition);
  }

  async deleteIf(
    bucket: string,
    key: string,
    isMeant: (object: ObjectRecord) => boolean,
    condition?: (before: ObjectRecord | undefined) => void,
  ): Promise<void> {
    const unused = await this.#parts.database.transaction(async (queries) => {
      await bucketStore.require(queries, bucket);
      const before = await objectStore.find(queries, bucket, key);
      condition?.(before);
      if (before === undefined || !isMeant(before)) return [];
      await objectStore.delete(queries, bucket, key);
      return fileStore.deleteOf(queries, before.id);
    });
    await this.committed(unused);
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

  /** Throws NoSuchBucket and NoSuchKey, which only those learn who may list the bucket. */
  async require(bucket: string, key: string, context: RequestContext): Promise<ObjectRecord> {
    const { database, authorization } = this.#parts;
    const object = await objectStore.find(database, bucket, key);
    if (object !== undefined) return object;
    await authorization?.require(await this.#access.onBucket('s3:ListBucket', bucket), context);
    await bucketStore.require(database, bucket);
    throw s3Error.noSuchKey(key);
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
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const object = await this.require(bucket, key, context);
      try {
        return await use(object);
      } catch (error) {
        const now = await objectStore.find(this.#parts.database, bucket, key);
        if (now?.id === object.id || attempt === OPEN_TRIES) throw error;
      }
    }
  }

  newId(): string {
    return Buffer.from(this.#parts.random(16)).toString('hex');
  }
}
