import { createHash } from 'node:crypto';
import type { RequestContext } from '../../platform/aws/service.js';
import { combineChecksums } from './checksums/checksum.js';
import { bucketStore } from './bucket-store.js';
import { fileStore } from './object-store.js';
import type { FileRecord, ObjectChecksum, ObjectRecord } from './object-record.js';
import type { Headers, NewObject, Objects, ObjectToWrite } from './objects.js';
import { s3Error } from './s3-error.js';
import type { S3Parts } from './s3-parts.js';
import { type Upload, uploadStore } from './upload-store.js';

export const MAX_PARTS = 10_000;
/** Of every part but the last. */
export const MIN_PART_BYTES = 5 * 1024 ** 2;

/** A part as the caller lists it when it completes the upload. */
export interface NamedPart {
  readonly number: number;
  /** Without quotation marks. */
  readonly etag: string;
  /** Base64; undefined: not stated. */
  readonly checksum: string | undefined;
}

/** Multipart uploads: parts in files of their own, which become the object's when it is complete. */
export class Uploads {
  readonly #parts: S3Parts;
  readonly #objects: Objects;

  constructor(parts: S3Parts, objects: Objects) {
    this.#parts = parts;
    this.#objects = objects;
  }

  /** Throws NoSuchUpload, also when it is another object's. */
  async require(bucket: string, key: string, id: string): Promise<Upload> {
    const { database } = this.#parts;
    await bucketStore.require(database, bucket);
    const upload = await uploadStore.find(database, id);
    if (upload?.bucket !== bucket || upload.key !== key) throw s3Error.noSuchUpload(id);
    return upload;
  }

  /** In the place of an earlier part of this number. */
  async writePart(
    upload: Upload,
    number: number,
    content: Pick<ObjectToWrite, 'body' | 'headers'>,
    context: RequestContext,
  ): Promise<FileRecord> {
    const { database } = this.#parts;
    const { details, dataKey: kept, id } = upload;
    const plaintext = await this.#objects.keys.open(upload, { encryption: details.encryption, kept }, context);
    const wanted = details.wantedChecksum?.algorithm;
    return this.#objects.receive(
      content,
      { plaintext },
      { owner: id, position: number },
      async (file, checksum) => {
        if (wanted !== undefined && checksum?.algorithm !== wanted) {
          throw s3Error.invalidRequest(
            `Checksum Type mismatch occurred, expected checksum Type: ${wanted.toLowerCase()}, ` +
              `actual checksum Type: ${checksum?.algorithm.toLowerCase() ?? 'null'}`,
          );
        }
        const unused = await database.transaction(async (queries) => {
          if ((await uploadStore.find(queries, id)) === undefined) throw s3Error.noSuchUpload(id);
          const [before] = await fileStore.of(queries, id, number - 1, 1);
          const replaced = before?.position === number ? [before.id] : [];
          for (const one of replaced) await fileStore.delete(queries, one);
          await fileStore.insert(queries, file);
          return replaced;
        });
        await this.#objects.committed(unused);
      },
      wanted,
    );
  }

  /** All parts that are named become the object, the others go. */
  async complete(upload: Upload, named: readonly NamedPart[], headers: Headers): Promise<ObjectRecord> {
    const { database, clock } = this.#parts;
    const files = await this.#namedFiles(upload, named);
    const { wantedChecksum, ...details } = upload.details;
    const checksum = checksumOf(upload, files);
    const stated = wantedChecksum && headers.get(`x-amz-checksum-${wantedChecksum.algorithm.toLowerCase()}`);
    if (stated !== undefined && stated !== checksum?.value.replace(/-\d+$/, '') && stated !== checksum?.value) {
      throw s3Error.badDigest(wantedChecksum?.algorithm ?? '');
    }
    const md5 = createHash('md5');
    for (const { etag } of files) md5.update(Buffer.from(etag, 'hex'));
    const object: NewObject = {
      ...{ bucket: upload.bucket, key: upload.key, id: upload.id, dataKey: upload.dataKey },
      size: files.reduce((sum, { size }) => sum + size, 0),
      etag: `${md5.digest('hex')}-${files.length}`,
      modifiedAt: clock(),
      details: { ...details, parts: files.length, ...(checksum && { checksum }) },
    };
    const left = new Set(files.map(({ id }) => id));
    const { made, unused } = await database.transaction(async (queries) => {
      if ((await uploadStore.find(queries, upload.id)) === undefined) throw s3Error.noSuchUpload(upload.id);
      const now = await fileStore.of(queries, upload.id);
      if (files.some(({ id }) => !now.some((one) => one.id === id))) throw invalidPart(upload.id);
      const others = now.filter(({ id }) => !left.has(id)).map(({ id }) => id);
      for (const id of others) await fileStore.delete(queries, id);
      await uploadStore.delete(queries, upload.id);
      const replaced = await this.#objects.replaceIn(queries, object, headers);
      return { made: replaced.made, unused: [...others, ...replaced.unused] };
    });
    await this.#objects.committed(unused);
    return made;
  }

  /** Nothing of it stays. */
  async abort(id: string): Promise<void> {
    const unused = await this.#parts.database.transaction(async (queries) => {
      if ((await uploadStore.find(queries, id)) === undefined) return [];
      await uploadStore.delete(queries, id);
      return fileStore.deleteOf(queries, id);
    });
    await this.#objects.committed(unused);
  }

  async #namedFiles({ id, details }: Upload, named: readonly NamedPart[]): Promise<readonly FileRecord[]> {
    const files = new Map((await fileStore.of(this.#parts.database, id)).map((file) => [file.position, file]));
    if (named.some(({ number }, index) => number <= (named[index - 1]?.number ?? 0))) {
      const message = 'The list of parts was not in ascending order. Parts must be ordered by part number.';
      throw s3Error.of('InvalidPartOrder', 400, message, { UploadId: id });
    }
    return named.map(({ number, etag, checksum }, index) => {
      const file = files.get(number);
      const isIt = file?.etag === etag && (checksum === undefined || checksum === file.checksum);
      if (file === undefined || !isIt) throw invalidPart(id, number, etag);
      if (file.size < MIN_PART_BYTES && index < named.length - 1) {
        throw s3Error.of('EntityTooSmall', 400, 'Your proposed upload is smaller than the minimum allowed size', {
          ...{ ProposedSize: file.size, MinSizeAllowed: MIN_PART_BYTES, PartNumber: number, ETag: etag },
        });
      }
      if (details.wantedChecksum?.type === 'COMPOSITE' && checksum === undefined) {
        throw s3Error.invalidRequest(
          `The upload was created using a ${details.wantedChecksum.algorithm.toLowerCase()} checksum. ` +
            'The complete request must include the checksum for each part. ' +
            `It was missing for part ${number} in the request.`,
        );
      }
      return file;
    });
  }
}

/** Undefined: the parts came without one that they all have. */
function checksumOf({ details }: Upload, files: readonly FileRecord[]): ObjectChecksum | undefined {
  const { algorithm, type } = details.wantedChecksum ?? { algorithm: 'CRC64NVME', type: 'FULL_OBJECT' };
  const parts = files.flatMap(({ checksum, size }) => (checksum === null ? [] : [{ checksum, size }]));
  if (parts.length < files.length) return undefined;
  if (
    details.wantedChecksum === undefined &&
    parts.some(({ checksum }) => Buffer.from(checksum, 'base64').length !== 8)
  ) {
    return undefined;
  }
  return { algorithm, type, value: combineChecksums(algorithm, type, parts) };
}

function invalidPart(UploadId: string, PartNumber?: number, ETag?: string): Error {
  const message =
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.";
  return s3Error.of('InvalidPart', 400, message, { UploadId, ...(PartNumber !== undefined && { PartNumber, ETag }) });
}
