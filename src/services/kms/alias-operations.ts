import {
  CreateAliasRequest$,
  DeleteAliasRequest$,
  ListAliasesRequest$,
  ListAliasesResponse$,
  UpdateAliasRequest$,
} from '@aws-sdk/client-kms';
import type {
  CreateAliasRequest,
  DeleteAliasRequest,
  ListAliasesRequest,
  UpdateAliasRequest,
} from '@aws-sdk/client-kms';
import type { Operation } from '../../platform/aws/service.js';
import type { Queries } from '../../platform/store/database.js';
import { aliasStore } from './alias-store.js';
import { shape } from './constraints.js';
import type { Alias, Key } from './key.js';
import { KeyAccess } from './key-access.js';
import { requireNotPending } from './key-references.js';
import { kmsError } from './kms-error.js';
import { EMPTY_OUTPUT, kmsOperation } from './kms-operation.js';
import type { KmsParts } from './kms-parts.js';
import { cutPage, readMarker } from './page.js';

const DEFAULT_PAGE = 50;
const MAX_PAGE = 100;

export function aliasOperations(parts: KmsParts): readonly Operation[] {
  const { database, clock, references } = parts;
  const access = new KeyAccess(parts);

  async function requireAlias(queries: Queries, name: string): Promise<Alias> {
    const alias = await aliasStore.find(queries, name);
    if (alias === undefined) throw kmsError.aliasNotFound(references.aliasArn(name));
    return alias;
  }

  async function requireTarget(queries: Queries, keyId: string): Promise<Key> {
    if (/^(arn:.*:)?alias\//.test(keyId)) throw kmsError.validation('Aliases must refer to keys. Not aliases');
    const key = await references.find(queries, keyId, false);
    requireNotPending(key, references.keyArn(key.id));
    return key;
  }

  /** The key that an alias is of now, so far as there is one. */
  async function targetOf(name: string): Promise<readonly string[]> {
    const alias = await aliasStore.find(database, name);
    return alias === undefined ? [] : [alias.keyId];
  }

  return [
    kmsOperation({
      name: 'CreateAlias',
      input: CreateAliasRequest$,
      output: EMPTY_OUTPUT,
      constraints: { AliasName: shape.aliasName, TargetKeyId: shape.keyId },
      access: ({ AliasName = '', TargetKeyId = '' }: CreateAliasRequest, context) =>
        access.onAlias('kms:CreateAlias', requireAliasName(AliasName), [TargetKeyId], context),
      async run({ AliasName = '', TargetKeyId = '' }) {
        const name = requireAliasName(AliasName);
        await database.transaction(async (queries) => {
          if ((await aliasStore.find(queries, name)) !== undefined) {
            throw kmsError.aliasExists(references.aliasArn(name));
          }
          const { id: keyId } = await requireTarget(queries, TargetKeyId);
          await aliasStore.put(queries, { name, keyId, createdAt: clock(), updatedAt: clock() });
        });
        return {};
      },
    }),
    kmsOperation({
      name: 'UpdateAlias',
      input: UpdateAliasRequest$,
      output: EMPTY_OUTPUT,
      constraints: { AliasName: shape.aliasName, TargetKeyId: shape.keyId },
      async access({ AliasName = '', TargetKeyId = '' }: UpdateAliasRequest, context) {
        const keys = [...(await targetOf(requireAliasName(AliasName))), TargetKeyId];
        return access.onAlias('kms:UpdateAlias', AliasName, keys, context);
      },
      async run({ AliasName = '', TargetKeyId = '' }) {
        await database.transaction(async (queries) => {
          const alias = await requireAlias(queries, requireAliasName(AliasName));
          const { id: keyId } = await requireTarget(queries, TargetKeyId);
          await aliasStore.put(queries, { ...alias, keyId, updatedAt: clock() });
        });
        return {};
      },
    }),
    kmsOperation({
      name: 'DeleteAlias',
      input: DeleteAliasRequest$,
      output: EMPTY_OUTPUT,
      constraints: { AliasName: shape.aliasName },
      async access({ AliasName = '' }: DeleteAliasRequest, context) {
        return access.onAlias('kms:DeleteAlias', AliasName, await targetOf(requireAliasName(AliasName)), context);
      },
      async run({ AliasName = '' }) {
        const name = requireAliasName(AliasName);
        if (!(await aliasStore.remove(database, name))) throw kmsError.aliasNotFound(references.aliasArn(name));
        return {};
      },
    }),
    kmsOperation({
      name: 'ListAliases',
      input: ListAliasesRequest$,
      output: ListAliasesResponse$,
      constraints: { KeyId: shape.optionalKeyId, Limit: { range: [1, MAX_PAGE] }, Marker: shape.marker },
      access: (_input: ListAliasesRequest, context) => access.onEverything('kms:ListAliases', context),
      async run(input) {
        const limit = input.Limit ?? DEFAULT_PAGE;
        const key = input.KeyId === undefined ? undefined : await references.find(database, input.KeyId, false);
        const found = await aliasStore.list(database, key?.id, readMarker('ListAliases', input), limit + 1);
        const page = cutPage('ListAliases', limit, found, ({ name }) => name);
        const Aliases = page.items.map(({ name, keyId, createdAt, updatedAt }) => ({
          AliasName: name,
          AliasArn: references.aliasArn(name),
          TargetKeyId: keyId,
          CreationDate: new Date(createdAt),
          LastUpdatedDate: new Date(updatedAt),
        }));
        return { Aliases, ...page.rest };
      },
    }),
  ];
}

/** Its form beyond the model's pattern; `alias/aws/` is AWS's own. */
function requireAliasName(name: string): string {
  if (!name.startsWith('alias/') || name === 'alias/') throw kmsError.validation('Invalid identifier');
  if (name.startsWith('alias/aws/')) throw kmsError.reservedAlias();
  if (name.includes(':')) throw kmsError.validation(`${name} contains invalid characters for an alias`);
  return name;
}
