import type { Operation } from '../../platform/aws/service.js';
import type { Queries } from '../../platform/store/database.js';
import { attachmentStore } from './attachment-store.js';
import { requireBoundary } from './boundary-operations.js';
import { checkDocument } from './check-document.js';
import type { Entity } from './entity.js';
import { createEntity, requireEntity } from './entity-lookup.js';
import { entityStore } from './entity-store.js';
import { boundaryView, roleView, type RoleView, tagsView } from './entity-view.js';
import type { IamAccess } from './iam-access.js';
import { deleteConflict, protectedRole, quotaExceeded } from './iam-error.js';
import { iamOperation } from './iam-operation.js';
import type { IamParts } from './iam-parts.js';
import { inlinePolicyStore } from './inline-policy-store.js';
import { instanceProfileStore } from './instance-profile-store.js';
import { page, type PageInput } from './page.js';
import { documentSize } from './policy-document.js';
import { type RoleDetails, roleStore } from './role-store.js';
import { newTags } from './tag-operations.js';
import { type IamTag, tagStore } from './tag-store.js';

/** Characters without white space. */
export const MAX_TRUST_POLICY = 2048;
/** Seconds. */
export const DEFAULT_SESSION_DURATION = 3600;

interface CreateRoleInput {
  readonly RoleName: string;
  readonly Path?: string;
  readonly AssumeRolePolicyDocument: string;
  readonly Description?: string;
  readonly MaxSessionDuration?: number;
  readonly PermissionsBoundary?: string;
  readonly Tags?: readonly IamTag[];
}

interface UpdateRoleInput {
  readonly RoleName: string;
  readonly Description?: string;
  readonly MaxSessionDuration?: number;
}

/** What belongs to a role that was found. */
export async function roleDetails(queries: Queries, role: Entity): Promise<RoleDetails> {
  const details = await roleStore.find(queries, role.id);
  if (details === undefined) throw new Error(`role ${role.name} has no trust policy in the state`);
  return details;
}

/** Throws NoSuchEntity, or UnmodifiableEntity for a service-linked role. */
export async function requireOwnRole(queries: Queries, name: string): Promise<{ role: Entity; details: RoleDetails }> {
  const role = await requireEntity(queries, 'role', name);
  const details = await roleDetails(queries, role);
  if (details.serviceName !== null) throw protectedRole(role.name);
  return { role, details };
}

/** As GetRole shows it. */
export async function wholeRole(queries: Queries, role: Entity): Promise<RoleView> {
  const view = roleView(role, await roleDetails(queries, role));
  return { ...view, ...boundaryView(role), ...tagsView(await tagStore.list(queries, role.id)) };
}

function checkTrustPolicy(text: string): void {
  checkDocument('trust', text);
  if (documentSize(text) > MAX_TRUST_POLICY) throw quotaExceeded('ACLSizePerRole', MAX_TRUST_POLICY);
}

export function roleOperations(parts: IamParts, access: IamAccess): Operation[] {
  const { database, changes } = parts;
  const ask =
    (action: string) =>
    ({ RoleName }: { RoleName: string }) =>
      access.on(action, 'role', RoleName);

  const update = ({ RoleName, Description, MaxSessionDuration }: UpdateRoleInput): Promise<Entity> =>
    changes.apply(async (queries) => {
      const { role, details } = await requireOwnRole(queries, RoleName);
      await roleStore.put(queries, role.id, {
        ...details,
        description: Description ?? details.description,
        maxSessionDuration: MaxSessionDuration ?? details.maxSessionDuration,
      });
      return role;
    });

  return [
    iamOperation<CreateRoleInput, object>(
      'CreateRole',
      (input) => access.creation('CreateRole', 'role', input, input.RoleName),
      (input) =>
        changes.apply(async (queries) => {
          const { RoleName: name, Path: path, PermissionsBoundary: boundary } = input;
          checkTrustPolicy(input.AssumeRolePolicyDocument);
          if (boundary !== undefined) await requireBoundary(queries, boundary);
          const role = await createEntity(parts, queries, 'role', { name, path, boundary: boundary ?? null });
          await roleStore.put(queries, role.id, {
            trustPolicy: input.AssumeRolePolicyDocument,
            description: input.Description ?? null,
            maxSessionDuration: input.MaxSessionDuration ?? DEFAULT_SESSION_DURATION,
            serviceName: null,
          });
          await tagStore.put(queries, role.id, newTags(input.Tags));
          return { Role: await wholeRole(queries, role) };
        }),
    ),

    iamOperation<{ RoleName: string }, object>('GetRole', ask('GetRole'), async ({ RoleName }) => ({
      Role: { ...(await wholeRole(database, await requireEntity(database, 'role', RoleName))), RoleLastUsed: {} },
    })),

    iamOperation<PageInput & { PathPrefix?: string }, object>(
      'ListRoles',
      ({ PathPrefix }) => access.list('ListRoles', 'role', PathPrefix),
      async (input) => {
        const roles = await entityStore.list(database, 'role', input.PathPrefix);
        const { items, ...rest } = page(roles, ({ name }) => name, input);
        const views = items.map(async (role) => roleView(role, await roleDetails(database, role)));
        return { Roles: await Promise.all(views), ...rest };
      },
    ),

    iamOperation<UpdateRoleInput, object>('UpdateRole', ask('UpdateRole'), async (input) => {
      await update(input);
      return {};
    }),

    iamOperation<UpdateRoleInput & { Description: string }, object>(
      'UpdateRoleDescription',
      ask('UpdateRoleDescription'),
      async (input) => ({ Role: await wholeRole(database, await update(input)) }),
    ),

    iamOperation<{ RoleName: string; PolicyDocument: string }>(
      'UpdateAssumeRolePolicy',
      ask('UpdateAssumeRolePolicy'),
      ({ RoleName, PolicyDocument }) =>
        changes.apply(async (queries) => {
          const { role, details } = await requireOwnRole(queries, RoleName);
          checkTrustPolicy(PolicyDocument);
          await roleStore.put(queries, role.id, { ...details, trustPolicy: PolicyDocument });
        }),
    ),

    iamOperation<{ RoleName: string }>('DeleteRole', ask('DeleteRole'), ({ RoleName }) =>
      changes.apply(async (queries) => {
        const { role } = await requireOwnRole(queries, RoleName);
        if ((await instanceProfileStore.profiles(queries, role.id)).length > 0) {
          throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.');
        }
        if ((await attachmentStore.list(queries, role.id)).length > 0) {
          throw deleteConflict('Cannot delete entity, must detach all policies first.');
        }
        if ((await inlinePolicyStore.list(queries, role.id)).length > 0) {
          throw deleteConflict('Cannot delete entity, must delete policies first.');
        }
        await removeRole(queries, role);
      }),
    ),
  ];
}

export async function removeRole(queries: Queries, { id }: Entity): Promise<void> {
  await roleStore.remove(queries, id);
  await entityStore.remove(queries, id);
}
