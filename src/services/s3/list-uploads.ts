import { afterPrefix, urlEncodedKey } from './key-order.js';
import { bucketStore } from './bucket-store.js';
import { commonPrefix, listQuery } from './list-objects.js';
import type { S3Access } from './s3-access.js';
import type { S3Definition } from './s3-operation.js';
import type { S3Parts } from './s3-parts.js';
import { xmlAnswer } from './s3-xml.js';
import { type Upload, uploadStore } from './upload-store.js';

/** ListMultipartUploads: what was begun in a bucket and is not complete. */
export function listUploads({ database }: S3Parts, access: S3Access): S3Definition {
  return {
    name: 'ListMultipartUploads',
    method: 'GET',
    on: 'bucket',
    marker: 'uploads',
    dataEvent: true,
    access: async ({ bucket }) => [await access.onBucket('s3:ListBucketMultipartUploads', bucket)],
    async run({ bucket, query }) {
      await bucketStore.require(database, bucket);
      const wanted = listQuery(query, 'max-uploads');
      const { prefix, delimiter, limit, encoded } = wanted;
      const name = encoded ? urlEncodedKey : (key: string): string => key;
      const keyMarker = query.get('key-marker') ?? '';
      const idMarker = query.get('upload-id-marker') ?? '';
      const to = prefix === '' ? undefined : afterPrefix(prefix);
      // Without an id the marker's key is done with; ids are digits, and none is greater than this.
      const afterId = idMarker === '' ? '\u{10ffff}' : idMarker;
      const found = await uploadStore.page(database, bucket, {
        ...{ from: prefix, to, afterKey: keyMarker, afterId, limit: limit + 1 },
      });
      const shown = found.slice(0, limit);
      const last: Upload | undefined = found.length > limit ? shown.at(-1) : undefined;
      const prefixes = new Set(shown.flatMap(({ key }) => commonPrefix(key, wanted) ?? []));
      return xmlAnswer('ListMultipartUploadsResult', {
        Bucket: bucket,
        KeyMarker: name(keyMarker),
        UploadIdMarker: idMarker,
        NextKeyMarker: last && name(last.key),
        NextUploadIdMarker: last?.id,
        Prefix: name(prefix),
        Delimiter: delimiter === '' ? undefined : name(delimiter),
        MaxUploads: limit,
        EncodingType: encoded ? 'url' : undefined,
        IsTruncated: last !== undefined,
        Upload: shown
          .filter(({ key }) => commonPrefix(key, wanted) === undefined)
          .map(({ id, key, createdAt, details }) => ({
            Key: name(key),
            UploadId: id,
            StorageClass: details.storageClass,
            Initiated: new Date(createdAt),
            ...(details.wantedChecksum && {
              ChecksumAlgorithm: details.wantedChecksum.algorithm,
              ChecksumType: details.wantedChecksum.type,
            }),
          })),
        CommonPrefixes: [...prefixes].map((one) => ({ Prefix: name(one) })),
      });
    },
  };
}
