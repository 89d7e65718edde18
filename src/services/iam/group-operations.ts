import type { Operation } from '../../platform/aws/service.js';
import { attachmentStore } from './attachment-store.js';
import { createEntity, renameEntity, requireEntity } from './entity-lookup.js';
import { entityStore } from './entity-store.js';
import { groupView, userView } from './entity-view.js';
import { groupStore } from './group-store.js';
import type { IamAccess } from './iam-access.js';
import { deleteConflict, noSuchEntity, quotaExceeded } from './iam-error.js';
import { iamOperation } from './iam-operation.js';
import type { IamParts } from './iam-parts.js';
import { inlinePolicyStore } from './inline-policy-store.js';
import { page, type PageInput } from './page.js';

export const MAX_GROUPS_OF_USER = 10;

interface Membership {
  readonly GroupName: string;
  readonly UserName: string;
}

export function groupOperations(parts: IamParts, access: IamAccess): Operation[] {
  const { database, changes } = parts;
  const ask =
    (action: string) =>
    ({ GroupName }: { GroupName: string }) =>
      access.on(action, 'group', GroupName);

  return [
    iamOperation<{ GroupName: string; Path?: string }, object>(
      'CreateGroup',
      (input) => access.creation('CreateGroup', 'group', input, input.GroupName),
      ({ GroupName: name, Path: path }) =>
        changes.apply(async (queries) => ({
          Group: groupView(await createEntity(parts, queries, 'group', { name, path })),
        })),
    ),

    iamOperation<PageInput & { GroupName: string }, object>('GetGroup', ask('GetGroup'), async (input) => {
      const group = await requireEntity(database, 'group', input.GroupName);
      const { items, ...rest } = page(await groupStore.users(database, group.id), ({ name }) => name, input);
      return { Group: groupView(group), Users: items.map(userView), ...rest };
    }),

    iamOperation<PageInput & { PathPrefix?: string }, object>(
      'ListGroups',
      ({ PathPrefix }) => access.list('ListGroups', 'group', PathPrefix),
      async (input) => {
        const groups = await entityStore.list(database, 'group', input.PathPrefix);
        const { items, ...rest } = page(groups, ({ name }) => name, input);
        return { Groups: items.map(groupView), ...rest };
      },
    ),

    iamOperation<{ GroupName: string; NewGroupName?: string; NewPath?: string }>(
      'UpdateGroup',
      async ({ GroupName, NewGroupName, NewPath }) => {
        const questions = await access.on('UpdateGroup', 'group', GroupName);
        if (NewGroupName === undefined && NewPath === undefined) return questions;
        const path = NewPath ?? (await entityStore.find(database, 'group', GroupName))?.path ?? '/';
        return [...questions, ...access.creation('UpdateGroup', 'group', { Path: path }, NewGroupName ?? GroupName)];
      },
      ({ GroupName, NewGroupName, NewPath }) =>
        changes.apply(async (queries) => {
          const group = await requireEntity(queries, 'group', GroupName);
          await renameEntity(parts, queries, group, { name: NewGroupName, path: NewPath });
        }),
    ),

    iamOperation<{ GroupName: string }>('DeleteGroup', ask('DeleteGroup'), ({ GroupName }) =>
      changes.apply(async (queries) => {
        const { id } = await requireEntity(queries, 'group', GroupName);
        if ((await groupStore.users(queries, id)).length > 0) {
          throw deleteConflict('Cannot delete entity, must remove users from group first.');
        }
        if ((await attachmentStore.list(queries, id)).length > 0) {
          throw deleteConflict('Cannot delete entity, must detach all policies first.');
        }
        if ((await inlinePolicyStore.list(queries, id)).length > 0) {
          throw deleteConflict('Cannot delete entity, must delete policies first.');
        }
        await entityStore.remove(queries, id);
      }),
    ),

    iamOperation<Membership>('AddUserToGroup', ask('AddUserToGroup'), ({ GroupName, UserName }) =>
      changes.apply(async (queries) => {
        const group = await requireEntity(queries, 'group', GroupName);
        const user = await requireEntity(queries, 'user', UserName);
        const groups = await groupStore.groups(queries, user.id);
        if (groups.some(({ id }) => id === group.id)) return;
        if (groups.length >= MAX_GROUPS_OF_USER) throw quotaExceeded('GroupsPerUser', MAX_GROUPS_OF_USER);
        await groupStore.add(queries, group.id, user.id);
      }),
    ),

    iamOperation<Membership>('RemoveUserFromGroup', ask('RemoveUserFromGroup'), ({ GroupName, UserName }) =>
      changes.apply(async (queries) => {
        const group = await requireEntity(queries, 'group', GroupName);
        const user = await requireEntity(queries, 'user', UserName);
        if (!(await groupStore.remove(queries, group.id, user.id))) {
          throw noSuchEntity(`User ${user.name} is not in group ${group.name}.`);
        }
      }),
    ),
  ];
}
