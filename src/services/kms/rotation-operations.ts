import {
  DisableKeyRotationRequest$,
  EnableKeyRotationRequest$,
  GetKeyRotationStatusRequest$,
  GetKeyRotationStatusResponse$,
  ListKeyRotationsRequest$,
  ListKeyRotationsResponse$,
  RotateKeyOnDemandRequest$,
  RotateKeyOnDemandResponse$,
} from '@aws-sdk/client-kms';
import type {
  DisableKeyRotationRequest,
  EnableKeyRotationRequest,
  GetKeyRotationStatusRequest,
  ListKeyRotationsRequest,
  RotateKeyOnDemandRequest,
} from '@aws-sdk/client-kms';
import type { Operation } from '../../platform/aws/service.js';
import { shape } from './constraints.js';
import type { Key } from './key.js';
import { KeyAccess } from './key-access.js';
import { changeKey } from './key-change.js';
import { requireEnabled } from './key-references.js';
import { DAY_MS } from './key-rotation.js';
import { kmsError } from './kms-error.js';
import { EMPTY_OUTPUT, kmsOperation } from './kms-operation.js';
import type { KmsParts } from './kms-parts.js';
import { cutPage, readMarker } from './page.js';

const DEFAULT_PERIOD_DAYS = 365;
const PERIOD_DAYS = [90, 2560] as const;
/** AWS's quota for a key's lifetime. */
const MAX_ON_DEMAND_ROTATIONS = 25;
const DEFAULT_PAGE = 100;

export function rotationOperations(parts: KmsParts): readonly Operation[] {
  const { database, clock, references, rotation, materials } = parts;
  const access = new KeyAccess(parts);

  /** With the rotations that were due. */
  function current(keyId: string): Promise<Key> {
    return database.transaction(async (queries) =>
      rotation.catchUp(queries, await references.find(queries, keyId, false)),
    );
  }

  return [
    kmsOperation({
      name: 'EnableKeyRotation',
      input: EnableKeyRotationRequest$,
      output: EMPTY_OUTPUT,
      constraints: { KeyId: shape.keyId, RotationPeriodInDays: { range: PERIOD_DAYS } },
      access: ({ KeyId = '', RotationPeriodInDays }: EnableKeyRotationRequest, context) =>
        access.onKey('kms:EnableKeyRotation', KeyId, context, {
          conditions: { 'kms:RotationPeriodInDays': String(RotationPeriodInDays ?? DEFAULT_PERIOD_DAYS) },
        }),
      async run({ KeyId = '', RotationPeriodInDays: period }) {
        await changeKey(parts, KeyId, async (found, arn, queries) => {
          requireEnabled(found, arn);
          const key = await rotation.catchUp(queries, found);
          const rotationDays = period ?? key.rotationDays ?? DEFAULT_PERIOD_DAYS;
          if (rotationDays === key.rotationDays) return key;
          return { ...key, rotationDays, nextRotationAt: clock() + rotationDays * DAY_MS };
        });
        return {};
      },
    }),
    kmsOperation({
      name: 'DisableKeyRotation',
      input: DisableKeyRotationRequest$,
      output: EMPTY_OUTPUT,
      constraints: { KeyId: shape.keyId },
      access: ({ KeyId = '' }: DisableKeyRotationRequest, context) =>
        access.onKey('kms:DisableKeyRotation', KeyId, context),
      async run({ KeyId = '' }) {
        await changeKey(parts, KeyId, async (found, arn, queries) => {
          requireEnabled(found, arn);
          const key = await rotation.catchUp(queries, found);
          return { ...key, rotationDays: undefined, nextRotationAt: undefined };
        });
        return {};
      },
    }),
    kmsOperation({
      name: 'GetKeyRotationStatus',
      input: GetKeyRotationStatusRequest$,
      output: GetKeyRotationStatusResponse$,
      constraints: { KeyId: shape.keyId },
      access: ({ KeyId = '' }: GetKeyRotationStatusRequest, context) =>
        access.onKey('kms:GetKeyRotationStatus', KeyId, context),
      async run({ KeyId = '' }) {
        const key = await current(KeyId);
        const { rotationDays, nextRotationAt, state } = key;
        // A key that is to be destroyed does not rotate, though its period is kept should it be saved.
        const enabled = rotationDays !== undefined && state !== 'PendingDeletion';
        return {
          KeyId: references.keyArn(key.id),
          KeyRotationEnabled: enabled,
          ...(enabled && { RotationPeriodInDays: rotationDays }),
          ...(enabled && nextRotationAt !== undefined && { NextRotationDate: new Date(nextRotationAt) }),
        };
      },
    }),
    kmsOperation({
      name: 'RotateKeyOnDemand',
      input: RotateKeyOnDemandRequest$,
      output: RotateKeyOnDemandResponse$,
      constraints: { KeyId: shape.keyId },
      access: ({ KeyId = '' }: RotateKeyOnDemandRequest, context) =>
        access.onKey('kms:RotateKeyOnDemand', KeyId, context),
      async run({ KeyId = '' }) {
        const key = await changeKey(parts, KeyId, async (found, arn, queries) => {
          requireEnabled(found, arn);
          if ((await materials.onDemandRotations(queries, found.id)) >= MAX_ON_DEMAND_ROTATIONS) {
            throw kmsError.limitExceeded(`A key is rotated on demand at most ${MAX_ON_DEMAND_ROTATIONS} times.`);
          }
          return rotation.rotate(queries, await rotation.catchUp(queries, found), clock(), 'ON_DEMAND');
        });
        return { KeyId: references.keyArn(key.id) };
      },
    }),
    kmsOperation({
      name: 'ListKeyRotations',
      input: ListKeyRotationsRequest$,
      output: ListKeyRotationsResponse$,
      constraints: {
        KeyId: shape.keyId,
        Limit: shape.limit,
        Marker: shape.marker,
        IncludeKeyMaterial: { values: ['ALL_KEY_MATERIAL', 'ROTATIONS_ONLY'] },
      },
      access: ({ KeyId = '' }: ListKeyRotationsRequest, context) =>
        access.onKey('kms:ListKeyRotations', KeyId, context),
      async run({ KeyId = '', ...input }) {
        const limit = input.Limit ?? DEFAULT_PAGE;
        const { id } = await current(KeyId);
        const after = Number(readMarker('ListKeyRotations', input));
        const found = await materials.rotations(database, id, after, limit + 1);
        const page = cutPage('ListKeyRotations', limit, found, ({ version }) => String(version));
        const KeyArn = references.keyArn(id);
        return {
          Rotations: page.items.map(({ at, type }) => ({
            KeyId: KeyArn,
            RotationDate: new Date(at),
            RotationType: type,
          })),
          ...page.rest,
        };
      },
    }),
  ];
}
