import {
  ListResourceTagsRequest$,
  ListResourceTagsResponse$,
  TagResourceRequest$,
  UntagResourceRequest$,
} from '@aws-sdk/client-kms';
import type { ListResourceTagsRequest, TagResourceRequest, UntagResourceRequest } from '@aws-sdk/client-kms';
import type { Operation } from '../../platform/aws/service.js';
import { shape } from './constraints.js';
import { KeyAccess, tagConditions } from './key-access.js';
import { changeKey } from './key-change.js';
import { requireNotPending } from './key-references.js';
import { keyTagStore } from './key-tag-store.js';
import { requireTagCount, requireTags } from './key-tags.js';
import { EMPTY_OUTPUT, kmsOperation } from './kms-operation.js';
import type { KmsParts } from './kms-parts.js';
import { cutPage, readMarker } from './page.js';

const MAX_PAGE = 50;

export function tagOperations(parts: KmsParts): readonly Operation[] {
  const { database, references } = parts;
  const access = new KeyAccess(parts);

  return [
    kmsOperation({
      name: 'ListResourceTags',
      input: ListResourceTagsRequest$,
      output: ListResourceTagsResponse$,
      constraints: { KeyId: shape.keyId, Limit: { range: [1, MAX_PAGE] }, Marker: shape.marker },
      access: ({ KeyId = '' }: ListResourceTagsRequest, context) =>
        access.onKey('kms:ListResourceTags', KeyId, context),
      async run({ KeyId = '', ...input }) {
        const limit = input.Limit ?? MAX_PAGE;
        const { id } = await references.find(database, KeyId, false);
        const found = await keyTagStore.page(database, id, readMarker('ListResourceTags', input), limit + 1);
        const page = cutPage('ListResourceTags', limit, found, ([key]) => key);
        return { Tags: page.items.map(([TagKey, TagValue]) => ({ TagKey, TagValue })), ...page.rest };
      },
    }),
    kmsOperation({
      name: 'TagResource',
      input: TagResourceRequest$,
      output: EMPTY_OUTPUT,
      constraints: { KeyId: shape.keyId, Tags: { required: true, ...shape.tags } },
      access: ({ KeyId = '', Tags = [] }: TagResourceRequest, context) =>
        access.onKey('kms:TagResource', KeyId, context, { conditions: tagConditions(Tags) }),
      async run({ KeyId = '', Tags = [] }) {
        const tags = requireTags(Tags);
        await changeKey(parts, KeyId, async (key, arn, queries) => {
          requireNotPending(key, arn);
          await keyTagStore.put(queries, key.id, tags);
          requireTagCount(Object.keys(await keyTagStore.all(queries, key.id)).length);
          return key;
        });
        return {};
      },
    }),
    kmsOperation({
      name: 'UntagResource',
      input: UntagResourceRequest$,
      output: EMPTY_OUTPUT,
      constraints: { KeyId: shape.keyId, TagKeys: shape.tagKeys },
      access: ({ KeyId = '', TagKeys = [] }: UntagResourceRequest, context) =>
        access.onKey('kms:UntagResource', KeyId, context, {
          conditions: TagKeys.length === 0 ? {} : { 'aws:TagKeys': TagKeys },
        }),
      async run({ KeyId = '', TagKeys = [] }) {
        await changeKey(parts, KeyId, async (key, arn, queries) => {
          requireNotPending(key, arn);
          await keyTagStore.remove(queries, key.id, TagKeys);
          return key;
        });
        return {};
      },
    }),
  ];
}
