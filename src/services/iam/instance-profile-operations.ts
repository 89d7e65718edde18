import type { Operation } from '../../platform/aws/service.js';
import type { Queries } from '../../platform/store/database.js';
import type { Entity } from './entity.js';
import { createEntity, requireEntity } from './entity-lookup.js';
import { entityStore } from './entity-store.js';
import { instanceProfileView, roleView, tagsView } from './entity-view.js';
import type { IamAccess } from './iam-access.js';
import { deleteConflict, noSuchEntity, quotaExceeded } from './iam-error.js';
import { iamOperation } from './iam-operation.js';
import type { IamParts } from './iam-parts.js';
import { instanceProfileStore } from './instance-profile-store.js';
import { page, type PageInput } from './page.js';
import { requireOwnRole, roleDetails } from './role-operations.js';
import { newTags } from './tag-operations.js';
import { type IamTag, tagStore } from './tag-store.js';

interface ProfileInput {
  readonly InstanceProfileName: string;
}

interface ProfileRoleInput extends ProfileInput {
  readonly RoleName: string;
}

interface CreateProfileInput extends ProfileInput {
  readonly Path?: string;
  readonly Tags?: readonly IamTag[];
}

/** With its role, as lists show it. */
export async function profileView(queries: Queries, profile: Entity): Promise<object> {
  const role = await instanceProfileStore.role(queries, profile.id);
  return instanceProfileView(profile, role === undefined ? [] : [roleView(role, await roleDetails(queries, role))]);
}

export function instanceProfileOperations(parts: IamParts, access: IamAccess): Operation[] {
  const { database, changes } = parts;
  const ask =
    (action: string) =>
    ({ InstanceProfileName }: ProfileInput) =>
      access.on(action, 'instance-profile', InstanceProfileName);
  const whole = async (queries: Queries, profile: Entity): Promise<object> => ({
    ...(await profileView(queries, profile)),
    ...tagsView(await tagStore.list(queries, profile.id)),
  });

  return [
    iamOperation<CreateProfileInput, object>(
      'CreateInstanceProfile',
      (input) => access.creation('CreateInstanceProfile', 'instance-profile', input, input.InstanceProfileName),
      ({ InstanceProfileName: name, Path: path, Tags }) =>
        changes.apply(async (queries) => {
          const profile = await createEntity(parts, queries, 'instance-profile', { name, path });
          await tagStore.put(queries, profile.id, newTags(Tags));
          return { InstanceProfile: await whole(queries, profile) };
        }),
    ),

    iamOperation<ProfileInput, object>('GetInstanceProfile', ask('GetInstanceProfile'), async (input) => ({
      InstanceProfile: await whole(
        database,
        await requireEntity(database, 'instance-profile', input.InstanceProfileName),
      ),
    })),

    iamOperation<PageInput & { PathPrefix?: string }, object>(
      'ListInstanceProfiles',
      ({ PathPrefix }) => access.list('ListInstanceProfiles', 'instance-profile', PathPrefix),
      async (input) => {
        const profiles = await entityStore.list(database, 'instance-profile', input.PathPrefix);
        const { items, ...rest } = page(profiles, ({ name }) => name, input);
        return { InstanceProfiles: await Promise.all(items.map((one) => profileView(database, one))), ...rest };
      },
    ),

    iamOperation<ProfileInput>('DeleteInstanceProfile', ask('DeleteInstanceProfile'), ({ InstanceProfileName }) =>
      changes.apply(async (queries) => {
        const { id } = await requireEntity(queries, 'instance-profile', InstanceProfileName);
        if ((await instanceProfileStore.role(queries, id)) !== undefined) {
          throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.');
        }
        await entityStore.remove(queries, id);
      }),
    ),

    iamOperation<ProfileRoleInput>(
      'AddRoleToInstanceProfile',
      async ({ InstanceProfileName, RoleName }) => [
        ...(await access.on('AddRoleToInstanceProfile', 'instance-profile', InstanceProfileName)),
        // The instance becomes the role.
        ...(await access.on('PassRole', 'role', RoleName, { 'iam:PassedToService': 'ec2.amazonaws.com' })),
      ],
      ({ InstanceProfileName, RoleName }) =>
        changes.apply(async (queries) => {
          const { id } = await requireEntity(queries, 'instance-profile', InstanceProfileName);
          const { role } = await requireOwnRole(queries, RoleName);
          if ((await instanceProfileStore.role(queries, id)) !== undefined) {
            throw quotaExceeded('InstanceSessionsPerInstanceProfile', 1);
          }
          await instanceProfileStore.setRole(queries, id, role.id);
        }),
    ),

    iamOperation<ProfileRoleInput>(
      'RemoveRoleFromInstanceProfile',
      ask('RemoveRoleFromInstanceProfile'),
      ({ InstanceProfileName, RoleName }) =>
        changes.apply(async (queries) => {
          const { id } = await requireEntity(queries, 'instance-profile', InstanceProfileName);
          const { role } = await requireOwnRole(queries, RoleName);
          if ((await instanceProfileStore.role(queries, id))?.id !== role.id) {
            throw noSuchEntity(`The role with name ${role.name} cannot be found.`);
          }
          await instanceProfileStore.clearRole(queries, id);
        }),
    ),

    iamOperation<PageInput & { RoleName: string }, object>(
      'ListInstanceProfilesForRole',
      ({ RoleName }) => access.on('ListInstanceProfilesForRole', 'role', RoleName),
      async (input) => {
        const role = await requireEntity(database, 'role', input.RoleName);
        const profiles = await instanceProfileStore.profiles(database, role.id);
        const { items, ...rest } = page(profiles, ({ name }) => name, input);
        return { InstanceProfiles: await Promise.all(items.map((one) => profileView(database, one))), ...rest };
      },
    ),
  ];
}
