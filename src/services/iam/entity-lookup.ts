import type { Queries } from '../../platform/store/database.js';
import type { RequestContext } from '../../platform/aws/service.js';
import { type Entity, entityArn, type EntityKind } from './entity.js';
import { entityStore } from './entity-store.js';
import { alreadyThere, notFound, quotaExceeded, validationError } from './iam-error.js';
import { entityId } from './iam-identifiers.js';
import type { IamParts } from './iam-parts.js';

/** How many an account may have, and AWS's names of these quotas. */
export const QUOTAS: Readonly<Record<EntityKind, { readonly name: string; readonly quota: number }>> = Object.freeze({
  user: { name: 'UsersPerAccount', quota: 5000 },
  group: { name: 'GroupsPerAccount', quota: 300 },
  role: { name: 'RolesPerAccount', quota: 1000 },
  policy: { name: 'PoliciesPerAccount', quota: 1500 },
  'instance-profile': { name: 'InstanceProfilesPerAccount', quota: 1000 },
});

/** Throws NoSuchEntity. */
export async function requireEntity(
  queries: Queries,
  kind: Exclude<EntityKind, 'policy'>,
  name: string,
): Promise<Entity> {
  const entity = await entityStore.find(queries, kind, name);
  if (entity === undefined) throw notFound(kind, name);
  return entity;
}

/** Throws EntityAlreadyExists or LimitExceeded. Names differ by more than case. */
export async function createEntity(
  parts: IamParts,
  queries: Queries,
  kind: EntityKind,
  { name, path = '/', boundary = null }: { name: string; path?: string | undefined; boundary?: string | null },
): Promise<Entity> {
  if ((await entityStore.find(queries, kind, name)) !== undefined) throw alreadyThere(kind, name);
  const { name: quotaName, quota } = QUOTAS[kind];
  if ((await entityStore.count(queries, kind)) >= quota) throw quotaExceeded(quotaName, quota);
  const entity: Entity = {
    id: entityId(parts.random, kind),
    kind,
    name,
    path,
    arn: entityArn(parts, kind, path, name),
    createdAt: parts.clock(),
    boundary,
  };
  await entityStore.insert(queries, entity);
  return entity;
}

/** Throws EntityAlreadyExists. */
export async function renameEntity(
  parts: IamParts,
  queries: Queries,
  entity: Entity,
  { name = entity.name, path = entity.path }: { name?: string | undefined; path?: string | undefined },
): Promise<void> {
  const other = await entityStore.find(queries, entity.kind, name);
  if (other !== undefined && other.id !== entity.id) throw alreadyThere(entity.kind, name);
  await entityStore.rename(queries, entity.id, { name, path, arn: entityArn(parts, entity.kind, path, name) });
}

/** The user that is meant when none is named: the caller. Throws ValidationError when the caller is none. */
export function userNameOf(given: string | undefined, { caller }: RequestContext): string {
  if (given !== undefined) return given;
  if (caller.type === 'user') return caller.arn.slice(caller.arn.lastIndexOf('/') + 1);
  throw validationError('Must specify userName when calling with non-User credentials');
}
