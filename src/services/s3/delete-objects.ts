import { childOf, textOf } from '../../platform/aws/outgoing/xml-element.js';
import { AwsError } from '../../platform/aws/aws-error.js';
import { s3Error as endpointError } from '../../platform/aws/codec/s3-codec.js';
import { CHECKSUM_ALGORITHMS, checksumHeader } from './checksums/checksum.js';
import type { DeletedVersion, Objects } from './objects.js';
import { receiveDocument } from './receive-content.js';
import type { S3Access } from './s3-access.js';
import { asS3Error, s3Error } from './s3-error.js';
import type { S3Definition, S3Request } from './s3-operation.js';
import type { S3Parts } from './s3-parts.js';
import { childrenOf, readXml, requiredText, xmlAnswer, type XmlValue } from './s3-xml.js';
import { checkedVersion } from './versions.js';

/** Of one request. */
export const MAX_DELETED_KEYS = 1000;
/** Keys of full length, all escaped. */
const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

/** DeleteObjects: many keys at once, each answered, and allowed or refused, for itself. */
export function deleteObjects(parts: S3Parts, objects: Objects, access: S3Access): S3Definition {
  const { authorization } = parts;

  async function deleteOne(
    bucket: string,
    key: string,
    named: string | undefined,
    context: S3Request['context'],
  ): Promise<DeletedVersion | AwsError> {
    try {
      const versionId = checkedVersion(named);
      await authorization?.require(await access.onNamedVersion('s3:DeleteObject', bucket, key, versionId), context);
      return await (versionId === undefined
        ? objects.delete(bucket, key)
        : objects.deleteVersion(bucket, key, versionId));
    } catch (error) {
      const known = endpointError(asS3Error(error));
      // That there is no bucket concerns all of them; who may delete nothing in it is not told.
      if (known.code === 'NoSuchBucket') throw known;
      return known;
    }
  }

  return {
    name: 'DeleteObjects',
    method: 'POST',
    on: 'bucket',
    marker: 'delete',
    dataEvent: true,
    // Which keys it is about stands in the body: they are asked about one by one.
    access: () => Promise.resolve([]),
    async run({ bucket, headers, body, context }) {
      requireChecked(headers);
      const root = readXml(await receiveDocument(headers, body, MAX_DOCUMENT_BYTES), 'Delete');
      const named = childrenOf(root, 'Object');
      if (named.length === 0 || named.length > MAX_DELETED_KEYS) throw s3Error.malformedXml(`${named.length} objects`);
      const quiet = textOf(root, 'Quiet') === 'true';
      const deleted: XmlValue[] = [];
      const failed: XmlValue[] = [];
      for (const object of named) {
        const key = requiredText(object, 'Key');
        const VersionId = childOf(object, 'VersionId')?.text || undefined;
        const outcome = await deleteOne(bucket, key, VersionId, context);
        if (outcome instanceof AwsError) {
          failed.push({ Key: key, VersionId, Code: outcome.code, Message: outcome.message });
        } else {
          const { isMarker, versionId: marked } = outcome;
          const marker = isMarker ? { DeleteMarker: true, DeleteMarkerVersionId: marked } : {};
          deleted.push({ Key: key, VersionId, ...marker });
        }
      }
      return xmlAnswer('DeleteResult', { Deleted: quiet ? [] : deleted, Error: failed });
    },
  };
}

/** S3 wants to be sure that it deletes what was meant. */
function requireChecked(headers: ReadonlyMap<string, string>): void {
  const checks = ['content-md5', 'x-amz-trailer', ...CHECKSUM_ALGORITHMS.map(checksumHeader)];
  if (checks.some((name) => headers.has(name))) return;
  throw s3Error.invalidRequest('Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
}
