import type { StreamedResponse } from '../../platform/aws/streamed-service.js';
import { byteRange, type ByteRange, contentRange } from './byte-range.js';
import { checksumHeader } from './checksums/checksum.js';
import { isNotModified } from './conditions.js';
import { headersOf } from './object-headers.js';
import type { ObjectRecord } from './object-record.js';
import { fileStore } from './object-store.js';
import type { Objects } from './objects.js';
import type { S3Access } from './s3-access.js';
import { s3Error } from './s3-error.js';
import { type S3Definition, type S3Head, type S3Request } from './s3-operation.js';
import type { S3Parts } from './s3-parts.js';
import { xmlAnswer, type XmlValue } from './s3-xml.js';
import { versionIn } from './versions.js';

/** Of the query: what a caller wants a header of the answer to be. */
const OVERRIDES = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
];

const MAX_LISTED_PARTS = 1000;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly range: ByteRange;
}

export function readOperations(parts: S3Parts, objects: Objects, access: S3Access): readonly S3Definition[] {
  const { database } = parts;
  const asks = (action: string) => async (head: S3Head) => [await access.onVersion(action, head)];

  /** All of the answer but its body. */
  async function answerOf(object: ObjectRecord, { query, headers }: S3Request): Promise<Answer> {
    if (isNotModified(headers, object)) {
      throw s3Error.of('NotModified', 304, 'Not Modified');
    }
    const part = await partRange(object, query.get('partNumber'));
    const range = part ?? byteRange(headers.get('range'), object.size);
    const { checksum, parts: partCount } = object.details;
    const { start, end } = range ?? { start: 0, end: object.size };
    const whole = start === 0 && end === object.size;
    return {
      status: range === undefined ? 200 : 206,
      range: { start, end },
      headers: {
        ...headersOf(object),
        ...(await objects.versionHeader(object)),
        'content-length': String(end - start),
        ...(range !== undefined && { 'content-range': contentRange(range, object.size) }),
        ...(part !== undefined && partCount !== undefined && { 'x-amz-mp-parts-count': String(partCount) }),
        ...(checksum !== undefined &&
          whole &&
          checksumIsWanted({ headers }) && {
            [checksumHeader(checksum.algorithm)]: checksum.value,
            'x-amz-checksum-type': checksum.type,
          }),
        ...overrides(query),
      },
    };
  }

  async function partRange(object: ObjectRecord, partNumber: string | null): Promise<ByteRange | undefined> {
    if (partNumber === null) return undefined;
    const wanted = Number(partNumber);
    const files = await fileStore.of(database, object.id);
    // Of an object in one piece, the only part is all of it.
    const index =
      object.details.parts === undefined ? wanted - 1 : files.findIndex(({ position }) => position === wanted);
    const file = files[index];
    if (file === undefined) {
      throw s3Error.of('InvalidPartNumber', 416, 'The requested partnumber is not satisfiable', {
        PartNumberRequested: partNumber,
        ActualPartCount: files.length,
      });
    }
    const start = files.slice(0, index).reduce((sum, { size }) => sum + size, 0);
    return { start, end: start + file.size };
  }

  async function attributesOf(object: ObjectRecord, wanted: readonly string[]): Promise<XmlValue> {
    const { checksum, parts: count, storageClass } = object.details;
    const has = (name: string): boolean => wanted.includes(name);
    const files =
      has('ObjectParts') && count !== undefined ? await fileStore.of(database, object.id, 0, MAX_LISTED_PARTS) : [];
    return {
      ETag: has('ETag') ? object.etag : undefined,
      Checksum:
        has('Checksum') && checksum !== undefined
          ? { [`Checksum${checksum.algorithm}`]: checksum.value.replace(/-\d+$/, ''), ChecksumType: checksum.type }
          : undefined,
      ObjectParts: has('ObjectParts') && count !== undefined ? objectParts(object, count, files) : undefined,
      StorageClass: has('StorageClass') ? storageClass : undefined,
      ObjectSize: has('ObjectSize') ? object.size : undefined,
    };
  }

  return [
    {
      name: 'GetObject',
      method: 'GET',
      on: 'object',
      dataEvent: true,
      access: asks('s3:GetObject'),
      run: (request) =>
        found(request, async (object) => {
          const { status, headers, range } = await answerOf(object, request);
          return { status, headers, body: await objects.open(object, range, request.context) };
        }),
    },
    {
      name: 'HeadObject',
      method: 'HEAD',
      on: 'object',
      dataEvent: true,
      access: asks('s3:GetObject'),
      run: (request) =>
        found(request, async (object) => {
          const { status, headers } = await answerOf(object, request);
          // The checksum says something of the content: AWS gives it to those alone who may use the key.
          if (checksumIsWanted(request)) {
            const { details, dataKey: kept } = object;
            await objects.keys.open(object, { encryption: details.encryption, kept }, request.context);
          }
          return { status, headers, body: '' };
        }),
    },
    {
      name: 'GetObjectAttributes',
      method: 'GET',
      on: 'object',
      marker: 'attributes',
      dataEvent: true,
      access: async (head) => [
        await access.onVersion('s3:GetObject', head),
        await access.onVersion('s3:GetObjectAttributes', head),
      ],
      run: (request) =>
        found(request, async (object) => {
          const wanted = (request.headers.get('x-amz-object-attributes') ?? '').split(',').map((one) => one.trim());
          if (wanted.join('') === '') throw s3Error.invalidRequest('Missing required header: x-amz-object-attributes');
          const headers = {
            'last-modified': new Date(object.modifiedAt).toUTCString(),
            ...(await objects.versionHeader(object)),
          };
          return xmlAnswer('GetObjectAttributesResponse', await attributesOf(object, wanted), headers);
        }),
    },
  ];

  function found(
    { bucket, key, query, context }: S3Request,
    use: (object: ObjectRecord) => Promise<StreamedResponse>,
  ): Promise<StreamedResponse> {
    return objects.find(bucket, key, context, use, versionIn(query));
  }
}

function objectParts(
  object: ObjectRecord,
  count: number,
  files: readonly { position: number; size: number; checksum: string | null }[],
): XmlValue {
  const { checksum } = object.details;
  return {
    PartsCount: count,
    PartNumberMarker: 0,
    NextPartNumberMarker: files.at(-1)?.position ?? 0,
    MaxParts: MAX_LISTED_PARTS,
    IsTruncated: files.length < count,
    Part: files.map(({ position, size, checksum: value }) => ({
      PartNumber: position,
      Size: size,
      ...(checksum !== undefined && value !== null && { [`Checksum${checksum.algorithm}`]: value }),
    })),
  };
}

function checksumIsWanted({ headers }: Pick<S3Head, 'headers'>): boolean {
  return headers.get('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
}

function overrides(query: URLSearchParams): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of OVERRIDES) {
    const value = query.get(`response-${name}`);
    if (value === null) continue;
    // What no header can hold.
    if (!/^[\t\x20-\x7e]*$/.test(value)) {
      throw s3Error.invalidArgument('Header value cannot be represented using ISO-8859-1.', `response-${name}`, value);
    }
    headers[name] = value;
  }
  return headers;
}
