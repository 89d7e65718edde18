import { checksumAlgorithm, checksumHeader } from './checksums/checksum.js';
import { checkCopySource, checkWrite } from './conditions.js';
import { checkAcl, checkSupported, describedBy, encryptionHeaders } from './object-headers.js';
import { wantedEncryption } from './object-encryption.js';
import type { ObjectRecord } from './object-record.js';
import type { DeletedVersion, Headers, Objects } from './objects.js';
import { type S3Access, writeConditions } from './s3-access.js';
import { s3Error } from './s3-error.js';
import type { S3Definition, S3Head, S3Request } from './s3-operation.js';
import type { S3Parts } from './s3-parts.js';
import { placeOfSource } from './s3-place.js';
import { NO_CONTENT, xmlAnswer } from './s3-xml.js';
import { versionIn } from './versions.js';

export function writeOperations(parts: S3Parts, objects: Objects, access: S3Access): readonly S3Definition[] {
  async function copy({ bucket, key, headers, context }: S3Request) {
    const source = placeOfSource(headers.get('x-amz-copy-source') ?? '');
    checkSupported(headers);
    const replaced = directive(headers, 'x-amz-metadata-directive');
    const tagged = directive(headers, 'x-amz-tagging-directive');
    const encryption = await wantedEncryption(parts, bucket, headers);
    const use = async (object: ObjectRecord) => {
      checkCopySource(headers, object);
      const changes =
        replaced ||
        tagged ||
        headers.has('x-amz-storage-class') ||
        headers.has('x-amz-server-side-encryption') ||
        source.versionId !== undefined;
      if (source.bucket === bucket && source.key === key && !changes) throw copyToItself();
      const given = describedBy(headers);
      const { details } = object;
      const content = await objects.open(object, { start: 0, end: object.size }, context);
      try {
        const described = {
          headers: replaced ? given.headers : details.headers,
          metadata: replaced ? given.metadata : details.metadata,
          tags: tagged ? given.tags : details.tags,
          storageClass: given.storageClass,
        };
        const made = await objects.write(
          {
            ...{ bucket, key, encryption, details: described },
            // Only what is to become of the copy: its content is the source's.
            headers: only(headers, ['if-none-match', 'if-match']),
            body: Object.assign(content, { length: object.size, trailers: new Map<string, string>() }),
          },
          context,
          copiedAlgorithm(headers, object),
        );
        const [{ 'x-amz-version-id': copied = '' }, own] = [
          await objects.versionHeader(object),
          await objects.versionHeader(made),
        ];
        return { made, versions: { ...own, ...(copied !== '' && { 'x-amz-copy-source-version-id': copied }) } };
      } finally {
        await content.return();
      }
    };
    return objects.find(source.bucket, source.key, context, use, source.versionId);
  }

  return [
    {
      name: 'CopyObject',
      method: 'PUT',
      on: 'object',
      when: ({ headers }) => headers.has('x-amz-copy-source'),
      dataEvent: true,
      access: (head) => copyAccess(access, head),
      async run(request) {
        const { made, versions } = await copy(request);
        const { checksum } = made.details;
        const result = {
          LastModified: new Date(made.modifiedAt),
          ETag: `"${made.etag}"`,
          ...(checksum && { [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: checksum.type }),
        };
        return xmlAnswer('CopyObjectResult', result, { ...encryptionHeaders(made.details), ...versions });
      },
    },
    {
      name: 'PutObject',
      method: 'PUT',
      on: 'object',
      dataEvent: true,
      access: ({ bucket, key, headers }) => access.toPut(bucket, key, headers),
      async run({ bucket, key, headers, body, context }) {
        const details = describedBy(headers);
        const encryption = await wantedEncryption(parts, bucket, headers);
        const made = await objects.write({ bucket, key, details, encryption, body, headers }, context);
        return { status: 200, headers: { ...writtenHeaders(made), ...(await objects.versionHeader(made)) }, body: '' };
      },
    },
    {
      name: 'DeleteObject',
      method: 'DELETE',
      on: 'object',
      dataEvent: true,
      access: async (head) => [await access.onVersion('s3:DeleteObject', head)],
      async run({ bucket, key, query, headers }) {
        const versionId = versionIn(query);
        const deleted = await (versionId === undefined
          ? objects.delete(bucket, key, (before) => {
              if (headers.has('if-match')) checkWrite(only(headers, ['if-match']), { key }, before);
            })
          : objects.deleteVersion(bucket, key, versionId));
        return { ...NO_CONTENT, headers: deletedHeaders(deleted) };
      },
    },
    {
      name: 'PutObjectAcl',
      method: 'PUT',
      on: 'object',
      marker: 'acl',
      access: async ({ bucket, key, headers }) => [
        await access.onObject('s3:PutObjectAcl', bucket, key, writeConditions(headers)),
      ],
      async run({ bucket, key, headers, context }) {
        await objects.require(bucket, key, context);
        checkAcl(headers);
        if (headers.has('x-amz-acl')) return { status: 200, headers: {}, body: '' };
        throw s3Error.of('AccessControlListNotSupported', 400, 'The bucket does not allow ACLs');
      },
    },
  ];
}

/** The right to write the copy and to read what is copied; a source that is none is refused by the operation. */
export async function copyAccess(access: S3Access, { bucket, key, headers }: S3Head) {
  const source = placeOfSource(headers.get('x-amz-copy-source') ?? '');
  return [
    ...(await access.toPut(bucket, key, headers)),
    await access.onNamedVersion('s3:GetObject', source.bucket, source.key, source.versionId),
  ];
}

function deletedHeaders({ versionId, isMarker }: DeletedVersion): Record<string, string> {
  return {
    ...(versionId !== undefined && { 'x-amz-version-id': versionId }),
    ...(isMarker && { 'x-amz-delete-marker': 'true' }),
  };
}

function writtenHeaders({ etag, details }: ObjectRecord): Record<string, string> {
  const { checksum } = details;
  return {
    etag: `"${etag}"`,
    ...encryptionHeaders(details),
    ...(checksum && {
      [checksumHeader(checksum.algorithm)]: checksum.value,
      'x-amz-checksum-type': checksum.type,
    }),
  };
}

/** Whether the copy is described by the request, not by its source. */
function directive(headers: Headers, name: string): boolean {
  const value = headers.get(name) ?? 'COPY';
  if (value !== 'COPY' && value !== 'REPLACE') throw s3Error.invalidArgument('Unknown directive.', name, value);
  return value === 'REPLACE';
}

function copiedAlgorithm(headers: Headers, { details }: ObjectRecord) {
  return checksumAlgorithm(headers.get('x-amz-checksum-algorithm') ?? '') ?? details.checksum?.algorithm;
}

function only(headers: Headers, names: readonly string[]): Headers {
  return new Map([...headers].filter(([name]) => names.includes(name)));
}

function copyToItself(): Error {
  return s3Error.invalidRequest(
    'This copy request is illegal because it is trying to copy an object to itself without changing the ' +
      "object's metadata, storage class, website redirect location or encryption attributes.",
  );
}
