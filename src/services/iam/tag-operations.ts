import type { Operation } from '../../platform/aws/service.js';
import type { Queries } from '../../platform/store/database.js';
import type { Entity } from './entity.js';
import { requireEntity } from './entity-lookup.js';
import { type IamAccess, tagConditions } from './iam-access.js';
import { MAX_TAGS } from './iam-constraints.js';
import { invalidInput, limitExceeded, protectedRole } from './iam-error.js';
import { iamOperation } from './iam-operation.js';
import type { IamParts } from './iam-parts.js';
import { requireOwnPolicy } from './managed-policies.js';
import { page, type PageInput } from './page.js';
import { roleStore } from './role-store.js';
import { type IamTag, tagStore } from './tag-store.js';

/** Of things that are being made. Throws InvalidInput. */
export function newTags(tags: readonly IamTag[] = []): readonly IamTag[] {
  const keys = tags.map(({ Key }) => Key.toLowerCase());
  if (new Set(keys).size !== keys.length) {
    throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  }
  if (keys.some((key) => key.startsWith('aws:'))) {
    throw invalidInput('The tag key prefix aws: is reserved for AWS use.');
  }
  return tags;
}

interface Tagged {
  readonly noun: 'User' | 'Role' | 'Policy' | 'InstanceProfile';
  /** The member that names it. */
  readonly member: 'UserName' | 'RoleName' | 'PolicyArn' | 'InstanceProfileName';
  readonly find: (queries: Queries, name: string, change: boolean) => Promise<Entity>;
}

type Named = Readonly<Partial<Record<Tagged['member'], string>>>;

/** Tag, untag and list, for the four that have tags. */
export function tagOperations(parts: IamParts, access: IamAccess): Operation[] {
  const kinds: readonly Tagged[] = [
    { noun: 'User', member: 'UserName', find: (queries, name) => requireEntity(queries, 'user', name) },
    { noun: 'Role', member: 'RoleName', find: findRole },
    { noun: 'Policy', member: 'PolicyArn', find: (queries, arn) => requireOwnPolicy(queries, arn) },
    {
      noun: 'InstanceProfile',
      member: 'InstanceProfileName',
      find: (queries, name) => requireEntity(queries, 'instance-profile', name),
    },
  ];
  return kinds.flatMap((kind) => operationsOf(parts, access, kind));
}

async function findRole(queries: Queries, name: string, change: boolean): Promise<Entity> {
  const role = await requireEntity(queries, 'role', name);
  if (change && (await roleStore.find(queries, role.id))?.serviceName != null) throw protectedRole(role.name);
  return role;
}

function operationsOf(parts: IamParts, access: IamAccess, { noun, member, find }: Tagged): Operation[] {
  const { database, changes } = parts;
  const ask = (action: string, name: string, conditions = {}): ReturnType<IamAccess['on']> => {
    switch (noun) {
      case 'User':
        return access.on(action, 'user', name, conditions);
      case 'Role':
        return access.on(action, 'role', name, conditions);
      case 'InstanceProfile':
        return access.on(action, 'instance-profile', name, conditions);
      case 'Policy':
        return access.onPolicy(action, name, conditions);
    }
  };
  const nameIn = (input: Named): string => input[member] ?? '';

  return [
    iamOperation<Named & { Tags: readonly IamTag[] }>(
      `Tag${noun}`,
      (input) => ask(`Tag${noun}`, nameIn(input), tagConditions(input.Tags)),
      (input) =>
        changes.apply(async (queries) => {
          const entity = await find(queries, nameIn(input), true);
          await tagStore.put(queries, entity.id, newTags(input.Tags));
          if ((await tagStore.list(queries, entity.id)).length > MAX_TAGS) {
            throw limitExceeded(`Cannot exceed quota for TagsPer${noun}: ${MAX_TAGS}`);
          }
        }),
    ),
    iamOperation<Named & { TagKeys: readonly string[] }>(
      `Untag${noun}`,
      (input) => ask(`Untag${noun}`, nameIn(input), { 'aws:TagKeys': input.TagKeys }),
      (input) =>
        changes.apply(async (queries) => {
          const entity = await find(queries, nameIn(input), true);
          await tagStore.remove(queries, entity.id, input.TagKeys);
        }),
    ),
    iamOperation<Named & PageInput, object>(
      `List${noun}Tags`,
      (input) => ask(`List${noun}Tags`, nameIn(input)),
      async (input) => {
        const entity = await find(database, nameIn(input), false);
        const { items, ...rest } = page(await tagStore.list(database, entity.id), ({ Key }) => Key, input);
        return { Tags: items, ...rest };
      },
    ),
  ];
}
