import { MAX_SETTING_BYTES } from './bucket-operations.js';
import { readTags, tagsXml } from './bucket-settings.js';
import { MAX_OBJECT_TAGS } from './object-headers.js';
import { objectStore } from './object-store.js';
import type { Objects } from './objects.js';
import { receiveDocument } from './receive-content.js';
import type { S3Access } from './s3-access.js';
import { s3Error } from './s3-error.js';
import type { S3Definition, S3Head, S3Request } from './s3-operation.js';
import type { S3Parts } from './s3-parts.js';
import { NO_CONTENT, readXml, xmlAnswer } from './s3-xml.js';
import { versionStore } from './version-store.js';
import { versionIn } from './versions.js';

export function objectTaggingOperations(parts: S3Parts, objects: Objects, access: S3Access): readonly S3Definition[] {
  const { database } = parts;
  const place = { on: 'object', marker: 'tagging', dataEvent: true } as const;
  const asks = (action: string) => async (head: S3Head) => [await access.onVersion(action, head)];

  async function setTags({ bucket, key, query, context }: S3Request, tags: Record<string, string>) {
    const versionId = versionIn(query);
    const { versionId: meant } = await objects.require(bucket, key, context, versionId);
    await database.transaction(async (queries) => {
      const now = await versionStore.find(queries, bucket, key, meant);
      if (now?.object === undefined) throw s3Error.noSuchKey(key);
      const details = { ...now.object.details, tags };
      if (now.isCurrent) await objectStore.setDetails(queries, bucket, key, details);
      else await versionStore.setDetails(queries, now.object, details);
    });
    await database.sync?.();
    return objects.versionHeader({ bucket, versionId: meant });
  }

  return [
    {
      name: 'GetObjectTagging',
      method: 'GET',
      ...place,
      access: asks('s3:GetObjectTagging'),
      async run({ bucket, key, query, context }) {
        const object = await objects.require(bucket, key, context, versionIn(query));
        return xmlAnswer('Tagging', tagsXml(object.details.tags), await objects.versionHeader(object));
      },
    },
    {
      name: 'PutObjectTagging',
      method: 'PUT',
      ...place,
      access: asks('s3:PutObjectTagging'),
      async run(request) {
        const document = await receiveDocument(request.headers, request.body, MAX_SETTING_BYTES);
        const headers = await setTags(request, readTags(readXml(document, 'Tagging'), MAX_OBJECT_TAGS));
        return { status: 200, headers, body: '' };
      },
    },
    {
      name: 'DeleteObjectTagging',
      method: 'DELETE',
      ...place,
      access: asks('s3:DeleteObjectTagging'),
      async run(request) {
        return { ...NO_CONTENT, headers: await setTags(request, {}) };
      },
    },
  ];
}
