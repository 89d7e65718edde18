import { childOf, textOf } from '../../platform/aws/outgoing/xml-element.js';
import { AwsError } from '../../platform/aws/aws-error.js';
import { s3Error as endpointError } from '../../platform/aws/codec/s3-codec.js';
import { bucketStore } from './bucket-store.js';
import { CHECKSUM_ALGORITHMS, checksumHeader } from './checksums/checksum.js';
import type { Objects } from './objects.js';
import { receiveDocument } from './receive-content.js';
import type { S3Access } from './s3-access.js';
import { asS3Error, s3Error } from './s3-error.js';
import type { S3Definition, S3Request } from './s3-operation.js';
import type { S3Parts } from './s3-parts.js';
import { childrenOf, readXml, requiredText, xmlAnswer } from './s3-xml.js';

/** Of one request. */
export const MAX_DELETED_KEYS = 1000;
/** Keys of full length, all escaped. */
const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

/** DeleteObjects: many keys at once, each answered, and allowed or refused, for itself. */
export function deleteObjects(parts: S3Parts, objects: Objects, access: S3Access): S3Definition {
  const { database, authorization } = parts;

  async function deleteOne(bucket: string, key: string, context: S3Request['context']): Promise<AwsError | undefined> {
    try {
      await authorization?.require(await access.onObject('s3:DeleteObject', bucket, key), context);
      await objects.delete(bucket, key);
      return undefined;
    } catch (error) {
      return endpointError(asS3Error(error));
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
      await bucketStore.require(database, bucket);
      const root = readXml(await receiveDocument(headers, body, MAX_DOCUMENT_BYTES), 'Delete');
      const named = childrenOf(root, 'Object');
      if (named.length === 0 || named.length > MAX_DELETED_KEYS) throw s3Error.malformedXml(`${named.length} objects`);
      const quiet = textOf(root, 'Quiet') === 'true';
      const deleted: string[] = [];
      const failed: { Key: string; Code: string; Message: string }[] = [];
      for (const object of named) {
        const key = requiredText(object, 'Key');
        const version = childOf(object, 'VersionId')?.text ?? 'null';
        const error =
          version === 'null' || version === ''
            ? await deleteOne(bucket, key, context)
            : s3Error.of('NoSuchVersion', 404, 'The specified version does not exist.');
        if (error === undefined) deleted.push(key);
        else failed.push({ Key: key, Code: error.code, Message: error.message });
      }
      return xmlAnswer('DeleteResult', { Deleted: quiet ? [] : deleted.map((Key) => ({ Key })), Error: failed });
    },
  };
}

/** S3 wants to be sure that it deletes what was meant. */
function requireChecked(headers: ReadonlyMap<string, string>): void {
  const checks = ['content-md5', 'x-amz-trailer', ...CHECKSUM_ALGORITHMS.map(checksumHeader)];
  if (checks.some((name) => headers.has(name))) return;
  throw s3Error.invalidRequest('Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
}
