import type { Operation } from '../../platform/aws/service.js';
import type { Queries } from '../../platform/store/database.js';
import { accessKeyStore } from './access-key-store.js';
import { attachmentStore } from './attachment-store.js';
import { requireBoundary } from './boundary-operations.js';
import type { Entity } from './entity.js';
import { createEntity, renameEntity, requireEntity, userNameOf } from './entity-lookup.js';
import { entityStore } from './entity-store.js';
import { boundaryView, groupView, tagsView, userView } from './entity-view.js';
import { groupStore } from './group-store.js';
import type { IamAccess } from './iam-access.js';
import { deleteConflict } from './iam-error.js';
import { iamOperation } from './iam-operation.js';
import type { IamParts } from './iam-parts.js';
import { inlinePolicyStore } from './inline-policy-store.js';
import { page, type PageInput } from './page.js';
import { newTags } from './tag-operations.js';
import { type IamTag, tagStore } from './tag-store.js';

interface CreateUserInput {
  readonly UserName: string;
  readonly Path?: string;
  readonly PermissionsBoundary?: string;
  readonly Tags?: readonly IamTag[];
}

interface UpdateUserInput {
  readonly UserName: string;
  readonly NewUserName?: string;
  readonly NewPath?: string;
}

export function userOperations(parts: IamParts, access: IamAccess): Operation[] {
  const { database, changes } = parts;

  async function whole(queries: Queries, user: Entity): Promise<object> {
    return { ...userView(user), ...boundaryView(user), ...tagsView(await tagStore.list(queries, user.id)) };
  }

  return [
    iamOperation<CreateUserInput, object>(
      'CreateUser',
      (input) => access.creation('CreateUser', 'user', input, input.UserName),
      ({ UserName: name, Path: path, PermissionsBoundary: boundary, Tags }) =>
        changes.apply(async (queries) => {
          if (boundary !== undefined) await requireBoundary(queries, boundary);
          const user = await createEntity(parts, queries, 'user', { name, path, boundary: boundary ?? null });
          await tagStore.put(queries, user.id, newTags(Tags));
          return { User: await whole(queries, user) };
        }),
    ),

    iamOperation<{ UserName?: string }, object>(
      'GetUser',
      async ({ UserName }, { caller }) => {
        if (UserName === undefined && caller.type !== 'user') return access.everything('GetUser');
        return access.on('GetUser', 'user', UserName ?? caller.arn.slice(caller.arn.lastIndexOf('/') + 1));
      },
      async ({ UserName }, context) => {
        const { caller } = context;
        if (UserName === undefined && caller.type === 'root') {
          return { User: { Path: '/', UserId: caller.accountId, Arn: caller.arn, CreateDate: new Date(0) } };
        }
        const user = await requireEntity(database, 'user', userNameOf(UserName, context));
        return { User: await whole(database, user) };
      },
    ),

    iamOperation<PageInput & { PathPrefix?: string }, object>(
      'ListUsers',
      ({ PathPrefix }) => access.list('ListUsers', 'user', PathPrefix),
      async (input) => {
        const users = await entityStore.list(database, 'user', input.PathPrefix);
        const { items, ...rest } = page(users, ({ name }) => name, input);
        return { Users: items.map(userView), ...rest };
      },
    ),

    iamOperation<UpdateUserInput>(
      'UpdateUser',
      async ({ UserName, NewUserName, NewPath }) => {
        const questions = await access.on('UpdateUser', 'user', UserName);
        if (NewUserName === undefined && NewPath === undefined) return questions;
        // Both what it is and what it becomes must be the caller's to change.
        const path = NewPath ?? (await entityStore.find(database, 'user', UserName))?.path ?? '/';
        return [...questions, ...access.creation('UpdateUser', 'user', { Path: path }, NewUserName ?? UserName)];
      },
      ({ UserName, NewUserName, NewPath }) =>
        changes.apply(async (queries) => {
          const user = await requireEntity(queries, 'user', UserName);
          await renameEntity(parts, queries, user, { name: NewUserName, path: NewPath });
        }),
    ),

    iamOperation<{ UserName: string }>(
      'DeleteUser',
      ({ UserName }) => access.on('DeleteUser', 'user', UserName),
      ({ UserName }) =>
        changes.apply(async (queries) => {
          const user = await requireEntity(queries, 'user', UserName);
          await requireAlone(queries, user);
          await entityStore.remove(queries, user.id);
        }),
    ),

    iamOperation<PageInput & { UserName: string }, object>(
      'ListGroupsForUser',
      ({ UserName }) => access.on('ListGroupsForUser', 'user', UserName),
      async (input) => {
        const user = await requireEntity(database, 'user', input.UserName);
        const { items, ...rest } = page(await groupStore.groups(database, user.id), ({ name }) => name, input);
        return { Groups: items.map(groupView), ...rest };
      },
    ),
  ];
}

/** Throws DeleteConflict while something hangs on the user. */
async function requireAlone(queries: Queries, { id }: Entity): Promise<void> {
  if ((await attachmentStore.list(queries, id)).length > 0) {
    throw deleteConflict('Cannot delete entity, must detach all policies first.');
  }
  if ((await inlinePolicyStore.list(queries, id)).length > 0) {
    throw deleteConflict('Cannot delete entity, must delete policies first.');
  }
  if ((await accessKeyStore.ofUser(queries, id)).length > 0) {
    throw deleteConflict('Cannot delete entity, must delete access keys first.');
  }
  if ((await groupStore.groups(queries, id)).length > 0) {
    throw deleteConflict('Cannot delete entity, must remove users from group first.');
  }
}
