import {
  CancelKeyDeletionRequest$,
  CancelKeyDeletionResponse$,
  ScheduleKeyDeletionRequest$,
  ScheduleKeyDeletionResponse$,
} from '@aws-sdk/client-kms';
import type { CancelKeyDeletionRequest, ScheduleKeyDeletionRequest } from '@aws-sdk/client-kms';
import type { Operation } from '../../platform/aws/service.js';
import { shape } from './constraints.js';
import { KeyAccess } from './key-access.js';
import { changeKey } from './key-change.js';
import { requireNotPending } from './key-references.js';
import { DAY_MS } from './key-rotation.js';
import { kmsError } from './kms-error.js';
import { kmsOperation } from './kms-operation.js';
import type { KmsParts } from './kms-parts.js';

const DEFAULT_WINDOW_DAYS = 30;

export function deletionOperations(parts: KmsParts): readonly Operation[] {
  const { clock, references, expiry } = parts;
  const access = new KeyAccess(parts);

  return [
    kmsOperation({
      name: 'ScheduleKeyDeletion',
      input: ScheduleKeyDeletionRequest$,
      output: ScheduleKeyDeletionResponse$,
      constraints: { KeyId: shape.keyId, PendingWindowInDays: { range: [7, 30] } },
      access: ({ KeyId = '', PendingWindowInDays = DEFAULT_WINDOW_DAYS }: ScheduleKeyDeletionRequest, context) =>
        access.onKey('kms:ScheduleKeyDeletion', KeyId, context, {
          conditions: { 'kms:ScheduleKeyDeletionPendingWindowInDays': String(PendingWindowInDays) },
        }),
      async run({ KeyId = '', PendingWindowInDays: days = DEFAULT_WINDOW_DAYS }) {
        const deletionAt = clock() + days * DAY_MS;
        const key = await changeKey(parts, KeyId, (found, arn) => {
          requireNotPending(found, arn);
          return { ...found, state: 'PendingDeletion', deletionAt };
        });
        await expiry.sweep();
        return {
          KeyId: references.keyArn(key.id),
          DeletionDate: new Date(deletionAt),
          KeyState: key.state,
          PendingWindowInDays: days,
        };
      },
    }),
    kmsOperation({
      name: 'CancelKeyDeletion',
      input: CancelKeyDeletionRequest$,
      output: CancelKeyDeletionResponse$,
      constraints: { KeyId: shape.keyId },
      access: ({ KeyId = '' }: CancelKeyDeletionRequest, context) =>
        access.onKey('kms:CancelKeyDeletion', KeyId, context),
      async run({ KeyId = '' }) {
        const key = await changeKey(parts, KeyId, (found, arn) => {
          if (found.state !== 'PendingDeletion') throw kmsError.notPendingDeletion(arn);
          return { ...found, state: 'Disabled', deletionAt: undefined };
        });
        return { KeyId: references.keyArn(key.id) };
      },
    }),
  ];
}
