import { MAX_SETTING_BYTES } from './bucket-operations.js';
import { readTags, tagsXml } from './bucket-settings.js';
import { MAX_OBJECT_TAGS } from './object-headers.js';
import { objectStore } from './object-store.js';
import type { Objects } from './objects.js';
import { requireOnlyVersion } from './read-operations.js';
import { receiveDocument } from './receive-content.js';
import type { S3Access } from './s3-access.js';
import { s3Error } from './s3-error.js';
import type { S3Definition, S3Head, S3Request } from './s3-operation.js';
import type { S3Parts } from './s3-parts.js';
import { NO_CONTENT, readXml, xmlAnswer } from './s3-xml.js';

export function objectTaggingOperations(parts: S3Parts, objects: Objects, access: S3Access): readonly S3Definition[] {
  const { database } = parts;
  const place = { on: 'object', marker: 'tagging', dataEvent: true } as const;
  const asks =
    (action: string) =>
    async ({ bucket, key }: S3Head) => [await access.onObject(action, bucket, key)];

  async function setTags({ bucket, key, query, context }: S3Request, tags: Record<string, string>): Promise<void> {
    requireOnlyVersion(query);
    await objects.require(bucket, key, context);
    await database.transaction(async (queries) => {
      const now = await objectStore.find(queries, bucket, key);
      if (now === undefined) throw s3Error.noSuchKey(key);
      await objectStore.setDetails(queries, bucket, key, { ...now.details, tags });
    });
    await database.sync?.();
  }

  return [
    {
      name: 'GetObjectTagging',
      method: 'GET',
      ...place,
      access: asks('s3:GetObjectTagging'),
      async run({ bucket, key, query, context }) {
        requireOnlyVersion(query);
        const { details } = await objects.require(bucket, key, context);
        return xmlAnswer('Tagging', tagsXml(details.tags));
      },
    },
    {
      name: 'PutObjectTagging',
      method: 'PUT',
      ...place,
      access: asks('s3:PutObjectTagging'),
      async run(request) {
        const document = await receiveDocument(request.headers, request.body, MAX_SETTING_BYTES);
        await setTags(request, readTags(readXml(document, 'Tagging'), MAX_OBJECT_TAGS));
        return { status: 200, headers: {}, body: '' };
      },
    },
    {
      name: 'DeleteObjectTagging',
      method: 'DELETE',
      ...place,
      access: asks('s3:DeleteObjectTagging'),
      async run(request) {
        await setTags(request, {});
        return NO_CONTENT;
      },
    },
  ];
}
