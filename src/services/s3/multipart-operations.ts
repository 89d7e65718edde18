import { textOf } from '../../platform/aws/outgoing/xml-element.js';
import { copyRange } from './byte-range.js';
import {
  type ChecksumAlgorithm,
  checksumAlgorithm,
  checksumHeader,
  checksumTypes,
  isChecksum,
} from './checksums/checksum.js';
import { bucketStore } from './bucket-store.js';
import { checkCopySource } from './conditions.js';
import { describedBy, encryptionHeaders } from './object-headers.js';
import { wantedEncryption } from './object-encryption.js';
import { fileStore } from './object-store.js';
import type { FileRecord, ObjectRecord } from './object-record.js';
import type { Headers, Objects } from './objects.js';
import { receiveDocument } from './receive-content.js';
import { type S3Access, writeConditions } from './s3-access.js';
import { s3Error } from './s3-error.js';
import type { S3Definition, S3Head, S3Request } from './s3-operation.js';
import type { S3Parts } from './s3-parts.js';
import { placeOfSource } from './s3-place.js';
import { childrenOf, NO_CONTENT, readXml, requiredText, xmlAnswer } from './s3-xml.js';
import { type Upload, type UploadDetails, uploadStore } from './upload-store.js';
import { MAX_PARTS, type NamedPart, type Uploads } from './uploads.js';
import { copyAccess } from './write-operations.js';

/** Ten thousand parts with their checksums. */
const MAX_COMPLETE_BYTES = 4 * 1024 * 1024;

export function multipartOperations(
  parts: S3Parts,
  objects: Objects,
  uploads: Uploads,
  access: S3Access,
): readonly S3Definition[] {
  const { database, clock } = parts;
  /** A part's head does not repeat how the upload is encrypted; policies that speak of it mean the upload. */
  const asksToPut = async ({ bucket, key, query }: S3Head) => {
    const upload = await uploadStore.find(database, query.get('uploadId') ?? '');
    const headers = new Map(Object.entries(upload === undefined ? {} : encryptionHeaders(upload.details)));
    return [await access.onObject('s3:PutObject', bucket, key, writeConditions(headers))];
  };
  const place = { on: 'object', marker: 'uploadId', dataEvent: true } as const;

  async function create({ bucket, key, headers, context }: S3Request) {
    await bucketStore.require(database, bucket);
    const described = describedBy(headers);
    const id = objects.newId();
    const wanted = await wantedEncryption(parts, bucket, headers);
    const { kept, encryption } = await objects.keys.make({ bucket, key, id }, wanted, context);
    const wantedChecksum = checksumOf(headers);
    const details: UploadDetails = { ...described, encryption, ...(wantedChecksum && { wantedChecksum }) };
    await database.transaction(async (queries) => {
      await bucketStore.require(queries, bucket);
      await uploadStore.insert(queries, { id, bucket, key, createdAt: clock(), details, dataKey: kept });
    });
    await database.sync?.();
    return xmlAnswer(
      'InitiateMultipartUploadResult',
      { Bucket: bucket, Key: key, UploadId: id },
      {
        ...encryptionHeaders(details),
        ...(wantedChecksum && {
          'x-amz-checksum-algorithm': wantedChecksum.algorithm,
          'x-amz-checksum-type': wantedChecksum.type,
        }),
      },
    );
  }

  const uploadOf = ({ bucket, key, query }: S3Request): Promise<Upload> =>
    uploads.require(bucket, key, query.get('uploadId') ?? '');

  async function copyPart(request: S3Request): Promise<FileRecord> {
    const { headers, query, context } = request;
    const source = placeOfSource(headers.get('x-amz-copy-source') ?? '');
    const number = partNumber(query);
    const upload = await uploadOf(request);
    const use = async (object: ObjectRecord) => {
      checkCopySource(headers, object);
      const range = copyRange(headers.get('x-amz-copy-source-range'), object.size);
      const content = await objects.open(object, range, context);
      try {
        const body = Object.assign(content, { length: range.end - range.start, trailers: new Map<string, string>() });
        return await uploads.writePart(upload, number, { body, headers: new Map() }, context);
      } finally {
        await content.return();
      }
    };
    return objects.find(source.bucket, source.key, context, use, source.versionId);
  }

  return [
    {
      name: 'CreateMultipartUpload',
      method: 'POST',
      on: 'object',
      marker: 'uploads',
      dataEvent: true,
      access: ({ bucket, key, headers }) => access.toPut(bucket, key, headers),
      run: create,
    },
    {
      name: 'UploadPartCopy',
      method: 'PUT',
      ...place,
      when: ({ headers }) => headers.has('x-amz-copy-source'),
      access: (head) => copyAccess(access, head),
      async run(request) {
        const file = await copyPart(request);
        const { details } = await uploadOf(request);
        const result = {
          LastModified: new Date(file.modifiedAt),
          ETag: `"${file.etag}"`,
          ...checksumMember(details, file),
        };
        return xmlAnswer('CopyPartResult', result, encryptionHeaders(details));
      },
    },
    {
      name: 'UploadPart',
      method: 'PUT',
      ...place,
      access: asksToPut,
      async run(request) {
        const number = partNumber(request.query);
        const upload = await uploadOf(request);
        const { etag, checksum } = await uploads.writePart(upload, number, request, request.context);
        const stated = statedAlgorithm(request.headers) ?? upload.details.wantedChecksum?.algorithm;
        const headers = {
          etag: `"${etag}"`,
          ...encryptionHeaders(upload.details),
          ...(stated !== undefined && checksum !== null && { [checksumHeader(stated)]: checksum }),
        };
        return { status: 200, headers, body: '' };
      },
    },
    {
      name: 'CompleteMultipartUpload',
      method: 'POST',
      ...place,
      access: asksToPut,
      async run(request) {
        const { bucket, key, headers, body, context } = request;
        const upload = await uploadOf(request);
        // The checksum in the head is the object's, not that of the list of its parts.
        const named = readParts(await receiveDocument(new Map(), body, MAX_COMPLETE_BYTES));
        const made = await uploads.complete(upload, named, headers);
        const { etag, details } = made;
        const { checksum } = details;
        return xmlAnswer(
          'CompleteMultipartUploadResult',
          {
            Location: `${context.endpointUrl}/${bucket}/${encodeURIComponent(key)}`,
            Bucket: bucket,
            Key: key,
            ETag: `"${etag}"`,
            ...(checksum && { [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: checksum.type }),
          },
          { ...encryptionHeaders(details), ...(await objects.versionHeader(made)) },
        );
      },
    },
    {
      name: 'AbortMultipartUpload',
      method: 'DELETE',
      ...place,
      access: async ({ bucket, key }) => [await access.onObject('s3:AbortMultipartUpload', bucket, key)],
      async run(request) {
        const { id } = await uploadOf(request);
        await uploads.abort(id);
        return NO_CONTENT;
      },
    },
    {
      name: 'ListParts',
      method: 'GET',
      ...place,
      access: async ({ bucket, key }) => [await access.onObject('s3:ListMultipartUploadParts', bucket, key)],
      async run(request) {
        const { id, bucket, key, details } = await uploadOf(request);
        const most = bounded(request.query, 'max-parts', 1000);
        const marker = bounded(request.query, 'part-number-marker', MAX_PARTS, 0);
        const found = await fileStore.of(database, id, marker, most + 1);
        const shown = found.slice(0, most);
        const { wantedChecksum } = details;
        return xmlAnswer('ListPartsResult', {
          ...{ Bucket: bucket, Key: key, UploadId: id, PartNumberMarker: marker },
          NextPartNumberMarker: shown.at(-1)?.position ?? 0,
          MaxParts: most,
          IsTruncated: found.length > most,
          Part: shown.map((file) => ({
            PartNumber: file.position,
            LastModified: new Date(file.modifiedAt),
            ETag: `"${file.etag}"`,
            Size: file.size,
            ...checksumMember(details, file),
          })),
          StorageClass: details.storageClass,
          ...(wantedChecksum && { ChecksumAlgorithm: wantedChecksum.algorithm, ChecksumType: wantedChecksum.type }),
        });
      },
    },
  ];
}

/** Base64 of each part goes under its algorithm's name; of parts whose upload has none, nothing is told. */
function checksumMember({ wantedChecksum }: UploadDetails, { checksum }: FileRecord): Record<string, string> {
  return wantedChecksum === undefined || checksum === null ? {} : { [`Checksum${wantedChecksum.algorithm}`]: checksum };
}

function checksumOf(headers: Headers): UploadDetails['wantedChecksum'] {
  const name = headers.get('x-amz-checksum-algorithm');
  const type = headers.get('x-amz-checksum-type');
  if (name === undefined) {
    if (type === undefined) return undefined;
    throw s3Error.invalidRequest(
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    );
  }
  const algorithm = checksumAlgorithm(name);
  if (algorithm === undefined) {
    throw s3Error.invalidRequest(
      'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
    );
  }
  const types = checksumTypes(algorithm);
  const chosen = type === undefined ? types[0] : types.find((one) => one === type);
  if (chosen !== undefined) return { algorithm, type: chosen };
  throw s3Error.invalidRequest(
    `The ${type ?? ''} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
  );
}

function statedAlgorithm(headers: Headers): ChecksumAlgorithm | undefined {
  const name = [...headers.keys()].find((one) => /^x-amz-checksum-(crc|sha)/.test(one)) ?? headers.get('x-amz-trailer');
  return checksumAlgorithm((name ?? '').trim().toLowerCase().replace('x-amz-checksum-', ''));
}

function partNumber(query: URLSearchParams): number {
  const text = query.get('partNumber') ?? '';
  const number = Number(text);
  if (/^\d{1,5}$/.test(text) && number >= 1 && number <= MAX_PARTS) return number;
  throw s3Error.invalidArgument(
    `Part number must be an integer between 1 and ${MAX_PARTS}, inclusive`,
    'partNumber',
    text,
  );
}

function bounded(query: URLSearchParams, name: string, most: number, otherwise = most): number {
  const text = query.get(name) ?? String(otherwise);
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text), most);
  throw s3Error.invalidArgument(`Provided ${name} not an integer or within integer range`, name, text);
}

function readParts(document: Uint8Array): readonly NamedPart[] {
  const parts = childrenOf(readXml(document, 'CompleteMultipartUpload'), 'Part');
  if (parts.length === 0 || parts.length > MAX_PARTS) throw s3Error.malformedXml(`${parts.length} parts`);
  return parts.map((part) => {
    const stated = part.children.find(({ name }) => /^Checksum(CRC|SHA)/.test(name));
    const algorithm = checksumAlgorithm(stated?.name.replace('Checksum', '') ?? '');
    const checksum = algorithm === undefined ? undefined : textOf(part, stated?.name ?? '');
    if (algorithm !== undefined && !isChecksum(algorithm, checksum ?? '')) throw s3Error.malformedXml('not a checksum');
    return {
      number: Number(requiredText(part, 'PartNumber')),
      etag: requiredText(part, 'ETag').replace(/^"|"$/g, ''),
      checksum,
    };
  });
}
