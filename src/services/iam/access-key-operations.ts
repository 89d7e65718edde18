import type { Operation, RequestContext } from '../../platform/aws/service.js';
import type { Queries } from '../../platform/store/database.js';
import { accessKeyStore, type KeyStatus, type StoredKey } from './access-key-store.js';
import { requireEntity, userNameOf } from './entity-lookup.js';
import { entityStore } from './entity-store.js';
import type { IamAccess } from './iam-access.js';
import { noSuchEntity, quotaExceeded } from './iam-error.js';
import { accessKeyId, secretAccessKey } from './iam-identifiers.js';
import { iamOperation } from './iam-operation.js';
import type { IamParts } from './iam-parts.js';
import { page, type PageInput } from './page.js';
import { sealedFor } from './seal-access-keys.js';

export const MAX_ACCESS_KEYS = 2;

interface KeyInput {
  readonly UserName?: string;
  readonly AccessKeyId: string;
}

export function accessKeyOperations(parts: IamParts, access: IamAccess): Operation[] {
  const { database, changes, uses, sealer, random, clock } = parts;

  const ask =
    (action: string) =>
    ({ UserName }: { UserName?: string }, context: RequestContext) =>
      access.on(action, 'user', userNameOf(UserName, context));

  async function requireKey(queries: Queries, input: KeyInput, context: RequestContext): Promise<StoredKey> {
    const user = await requireEntity(queries, 'user', userNameOf(input.UserName, context));
    const key = await accessKeyStore.find(queries, input.AccessKeyId);
    if (key?.userId !== user.id) throw unknownKey(input.AccessKeyId);
    return key;
  }

  return [
    iamOperation<{ UserName?: string }, object>('CreateAccessKey', ask('CreateAccessKey'), ({ UserName }, context) =>
      changes.apply(async (queries) => {
        const user = await requireEntity(queries, 'user', userNameOf(UserName, context));
        if ((await accessKeyStore.ofUser(queries, user.id)).length >= MAX_ACCESS_KEYS) {
          throw quotaExceeded('AccessKeysPerUser', MAX_ACCESS_KEYS);
        }
        const id = accessKeyId(random);
        const secret = secretAccessKey(random);
        const createdAt = clock();
        const key = {
          id,
          userId: user.id,
          secret: sealedFor(sealer, id, secret),
          status: 'Active',
          createdAt,
        } as const;
        await accessKeyStore.insert(queries, key);
        return {
          AccessKey: {
            UserName: user.name,
            AccessKeyId: id,
            Status: 'Active',
            // The one time that it is shown.
            SecretAccessKey: secret.reveal(),
            CreateDate: new Date(createdAt),
          },
        };
      }),
    ),

    iamOperation<PageInput & { UserName?: string }, object>(
      'ListAccessKeys',
      ask('ListAccessKeys'),
      async (input, context) => {
        const user = await requireEntity(database, 'user', userNameOf(input.UserName, context));
        const { items, ...rest } = page(await accessKeyStore.ofUser(database, user.id), ({ id }) => id, input);
        return {
          AccessKeyMetadata: items.map(({ id, status, createdAt }) => ({
            UserName: user.name,
            AccessKeyId: id,
            Status: status,
            CreateDate: new Date(createdAt),
          })),
          ...rest,
        };
      },
    ),

    iamOperation<KeyInput & { Status: KeyStatus }>('UpdateAccessKey', ask('UpdateAccessKey'), (input, context) =>
      changes.apply(async (queries) => {
        const key = await requireKey(queries, input, context);
        await accessKeyStore.setStatus(queries, key.id, input.Status);
      }),
    ),

    iamOperation<KeyInput>('DeleteAccessKey', ask('DeleteAccessKey'), (input, context) =>
      changes.apply(async (queries) => {
        const key = await requireKey(queries, input, context);
        await accessKeyStore.remove(queries, key.id);
      }),
    ),

    iamOperation<{ AccessKeyId: string }, object>(
      'GetAccessKeyLastUsed',
      // Whose it is must not be told by the answer of the policies: the user's ARN is not asked for.
      ({ AccessKeyId }) => [{ action: 'iam:GetAccessKeyLastUsed', resources: [{ arn: `access key ${AccessKeyId}` }] }],
      async ({ AccessKeyId }) => {
        const key = await accessKeyStore.find(database, AccessKeyId);
        const user = key && (await entityStore.findById(database, key.userId));
        if (user === undefined) throw unknownKey(AccessKeyId);
        const use = await uses.last(AccessKeyId);
        const AccessKeyLastUsed =
          use === undefined
            ? { ServiceName: 'N/A', Region: 'N/A' }
            : { ServiceName: use.service, Region: use.region, LastUsedDate: new Date(use.time) };
        return { UserName: user.name, AccessKeyLastUsed };
      },
    ),
  ];
}

function unknownKey(id: string): Error {
  return noSuchEntity(`The Access Key with id ${id} cannot be found.`);
}
