import {
  DescribeKeyRequest$,
  DescribeKeyResponse$,
  DisableKeyRequest$,
  EnableKeyRequest$,
  ListKeysRequest$,
  ListKeysResponse$,
  UpdateKeyDescriptionRequest$,
} from '@aws-sdk/client-kms';
import type {
  DescribeKeyRequest,
  DisableKeyRequest,
  EnableKeyRequest,
  ListKeysRequest,
  UpdateKeyDescriptionRequest,
} from '@aws-sdk/client-kms';
import type { Operation } from '../../platform/aws/service.js';
import { shape } from './constraints.js';
import { createKey } from './create-key.js';
import { KeyAccess } from './key-access.js';
import { changeKey } from './key-change.js';
import { keyMetadata } from './key-metadata.js';
import { requireNotPending } from './key-references.js';
import { keyStore } from './key-store.js';
import { EMPTY_OUTPUT, kmsOperation } from './kms-operation.js';
import type { KmsParts } from './kms-parts.js';
import { cutPage, readMarker } from './page.js';

const DEFAULT_PAGE = 100;

export function keyOperations(parts: KmsParts): readonly Operation[] {
  const { database, clock, accountId, references } = parts;
  const access = new KeyAccess(parts);

  return [
    createKey(parts),
    kmsOperation({
      name: 'DescribeKey',
      input: DescribeKeyRequest$,
      output: DescribeKeyResponse$,
      constraints: { KeyId: shape.keyId, GrantTokens: shape.grantTokens },
      access: ({ KeyId = '' }: DescribeKeyRequest, context) =>
        access.onKey('kms:DescribeKey', KeyId, context, { aliases: true }),
      async run({ KeyId = '' }) {
        const key = await references.find(database, KeyId, true);
        return { KeyMetadata: keyMetadata(key, references.keyArn(key.id), accountId) };
      },
    }),
    kmsOperation({
      name: 'ListKeys',
      input: ListKeysRequest$,
      output: ListKeysResponse$,
      constraints: { Limit: shape.limit, Marker: shape.marker },
      access: (_input: ListKeysRequest, context) => access.onEverything('kms:ListKeys', context),
      async run(input) {
        const limit = input.Limit ?? DEFAULT_PAGE;
        const ids = await keyStore.list(database, readMarker('ListKeys', input), limit + 1, clock());
        const page = cutPage('ListKeys', limit, ids, (id) => id);
        return { Keys: page.items.map((KeyId) => ({ KeyId, KeyArn: references.keyArn(KeyId) })), ...page.rest };
      },
    }),
    kmsOperation({
      name: 'EnableKey',
      input: EnableKeyRequest$,
      output: EMPTY_OUTPUT,
      constraints: { KeyId: shape.keyId },
      access: ({ KeyId = '' }: EnableKeyRequest, context) => access.onKey('kms:EnableKey', KeyId, context),
      async run({ KeyId = '' }) {
        await changeKey(parts, KeyId, (key, arn) => {
          requireNotPending(key, arn);
          if (key.state === 'Enabled') return key;
          // Rotations that fell due meanwhile are made up for by one, now.
          const { nextRotationAt } = key;
          const overdue = nextRotationAt !== undefined && nextRotationAt < clock();
          return { ...key, state: 'Enabled', nextRotationAt: overdue ? clock() : nextRotationAt };
        });
        return {};
      },
    }),
    kmsOperation({
      name: 'DisableKey',
      input: DisableKeyRequest$,
      output: EMPTY_OUTPUT,
      constraints: { KeyId: shape.keyId },
      access: ({ KeyId = '' }: DisableKeyRequest, context) => access.onKey('kms:DisableKey', KeyId, context),
      async run({ KeyId = '' }) {
        await changeKey(parts, KeyId, (key, arn) => {
          requireNotPending(key, arn);
          return { ...key, state: 'Disabled' };
        });
        return {};
      },
    }),
    kmsOperation({
      name: 'UpdateKeyDescription',
      input: UpdateKeyDescriptionRequest$,
      output: EMPTY_OUTPUT,
      constraints: { KeyId: shape.keyId, Description: { required: true, ...shape.description } },
      access: ({ KeyId = '' }: UpdateKeyDescriptionRequest, context) =>
        access.onKey('kms:UpdateKeyDescription', KeyId, context),
      async run({ KeyId = '', Description = '' }) {
        await changeKey(parts, KeyId, (key, arn) => {
          requireNotPending(key, arn);
          return { ...key, description: Description };
        });
        return {};
      },
    }),
  ];
}
