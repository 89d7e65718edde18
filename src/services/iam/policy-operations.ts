import type { Operation } from '../../platform/aws/service.js';
import type { Queries } from '../../platform/store/database.js';
import { attachmentStore } from './attachment-store.js';
import { checkDocument } from './check-document.js';
import { createEntity } from './entity-lookup.js';
import { entityStore } from './entity-store.js';
import { tagsView } from './entity-view.js';
import type { IamAccess } from './iam-access.js';
import { deleteConflict, quotaExceeded } from './iam-error.js';
import { iamOperation } from './iam-operation.js';
import type { IamParts } from './iam-parts.js';
import {
  awsManagedPolicies,
  localPolicy,
  type ManagedPolicy,
  requireManagedPolicy,
  requireOwnPolicy,
} from './managed-policies.js';
import { page, type PageInput } from './page.js';
import { documentSize } from './policy-document.js';
import { policyStore } from './policy-store.js';
import { policyView, type PolicyUsage } from './policy-view.js';
import { newTags } from './tag-operations.js';
import { type IamTag, tagStore } from './tag-store.js';

/** Characters without white space (ecs-api 6.3). */
export const MAX_MANAGED_POLICY = 6144;

interface CreatePolicyInput {
  readonly PolicyName: string;
  readonly Path?: string;
  readonly PolicyDocument: string;
  readonly Description?: string;
  readonly Tags?: readonly IamTag[];
}

interface ListPoliciesInput extends PageInput {
  readonly Scope?: 'All' | 'AWS' | 'Local';
  readonly OnlyAttached?: boolean;
  readonly PathPrefix?: string;
  readonly PolicyUsageFilter?: 'PermissionsPolicy' | 'PermissionsBoundary';
}

interface EntitiesInput extends PageInput {
  readonly PolicyArn: string;
  readonly EntityFilter?: 'User' | 'Role' | 'Group' | 'LocalManagedPolicy' | 'AWSManagedPolicy';
  readonly PathPrefix?: string;
  readonly PolicyUsageFilter?: 'PermissionsPolicy' | 'PermissionsBoundary';
}

/** Throws MalformedPolicyDocument or LimitExceeded. */
export function checkManagedDocument(document: string): void {
  checkDocument('identity', document);
  if (documentSize(document) > MAX_MANAGED_POLICY) throw quotaExceeded('PolicySize', MAX_MANAGED_POLICY);
}

export async function policyUsage(queries: Queries): Promise<PolicyUsage> {
  return { attached: await attachmentStore.counts(queries), bounding: await attachmentStore.boundaryCounts(queries) };
}

export async function localPolicies(queries: Queries): Promise<ManagedPolicy[]> {
  const entities = await entityStore.list(queries, 'policy');
  const policies = entities.map(async (entity) => {
    const details = await policyStore.find(queries, entity.id);
    return details && localPolicy(entity, details);
  });
  return (await Promise.all(policies)).filter((policy) => policy !== undefined);
}

/** Managed policies; their versions are in `policy-version-operations.ts`. */
export function policyOperations(parts: IamParts, access: IamAccess): Operation[] {
  const { database, changes, clock } = parts;

  async function whole(queries: Queries, policy: ManagedPolicy): Promise<object> {
    return {
      ...policyView(policy, await policyUsage(queries)),
      ...(policy.description !== null && { Description: policy.description }),
      ...tagsView(await tagStore.list(queries, policy.id)),
    };
  }

  return [
    iamOperation<CreatePolicyInput, object>(
      'CreatePolicy',
      (input) => access.creation('CreatePolicy', 'policy', input, input.PolicyName),
      ({ PolicyName: name, Path: path, PolicyDocument: document, Description, Tags }) =>
        changes.apply(async (queries) => {
          checkManagedDocument(document);
          const entity = await createEntity(parts, queries, 'policy', { name, path });
          const createdAt = clock();
          const description = Description ?? null;
          const details = { description, defaultVersion: 1, lastVersion: 1, updatedAt: createdAt };
          await policyStore.put(queries, entity.id, details);
          await policyStore.putVersion(queries, entity.id, { version: 1, document, createdAt });
          await tagStore.put(queries, entity.id, newTags(Tags));
          return { Policy: await whole(queries, localPolicy(entity, details)) };
        }),
    ),

    iamOperation<{ PolicyArn: string }, object>(
      'GetPolicy',
      ({ PolicyArn }) => access.onPolicy('GetPolicy', PolicyArn),
      async ({ PolicyArn }) => ({ Policy: await whole(database, await requireManagedPolicy(database, PolicyArn)) }),
    ),

    iamOperation<ListPoliciesInput, object>(
      'ListPolicies',
      // As AWS names what is listed; only `*` matches it.
      ({ PathPrefix = '/' }) => [{ action: 'iam:ListPolicies', resources: [{ arn: `policy path ${PathPrefix}` }] }],
      async (input) => {
        const { Scope = 'All', OnlyAttached = false, PathPrefix = '/', PolicyUsageFilter } = input;
        const usage = await policyUsage(database);
        const used = PolicyUsageFilter === 'PermissionsBoundary' ? usage.bounding : usage.attached;
        const all = [
          ...(Scope === 'Local' ? [] : awsManagedPolicies(parts.partition)),
          ...(Scope === 'AWS' ? [] : await localPolicies(database)),
        ];
        const wanted = all.filter(
          ({ path, arn }) =>
            path.startsWith(PathPrefix) && ((!OnlyAttached && PolicyUsageFilter === undefined) || used.has(arn)),
        );
        const { items, ...rest } = page(wanted, ({ name, scope }) => `${name} ${scope}`, input);
        return { Policies: items.map((policy) => policyView(policy, usage)), ...rest };
      },
    ),

    iamOperation<{ PolicyArn: string }>(
      'DeletePolicy',
      ({ PolicyArn }) => access.onPolicy('DeletePolicy', PolicyArn),
      ({ PolicyArn }) =>
        changes.apply(async (queries) => {
          const { id, arn } = await requireOwnPolicy(queries, PolicyArn);
          const usage = await policyUsage(queries);
          if (usage.attached.has(arn) || usage.bounding.has(arn)) {
            throw deleteConflict('Cannot delete a policy attached to entities.');
          }
          if ((await policyStore.versions(queries, id)).length > 1) {
            throw deleteConflict(
              "This policy has more than one version. Before you delete a policy, you must delete the policy's " +
                'versions. The default version is deleted with the policy.',
            );
          }
          await policyStore.remove(queries, id);
          await entityStore.remove(queries, id);
        }),
    ),

    iamOperation<EntitiesInput, object>(
      'ListEntitiesForPolicy',
      ({ PolicyArn }) => access.onPolicy('ListEntitiesForPolicy', PolicyArn),
      async (input) => {
        const { arn } = await requireManagedPolicy(database, input.PolicyArn);
        const { EntityFilter, PathPrefix = '/', PolicyUsageFilter } = input;
        const found = [
          ...(PolicyUsageFilter === 'PermissionsBoundary' ? [] : await attachmentStore.entities(database, arn)),
          ...(PolicyUsageFilter === 'PermissionsPolicy' ? [] : await entityStore.withBoundary(database, arn)),
        ];
        const distinct = [...new Map(found.map((entity) => [entity.id, entity])).values()];
        const wanted = distinct.filter(
          ({ kind, path }) =>
            path.startsWith(PathPrefix) && (EntityFilter === undefined || EntityFilter.toLowerCase() === kind),
        );
        const { items, ...rest } = page(wanted, ({ kind, name }) => `${kind} ${name}`, input);
        const of = (kind: string): typeof items => items.filter((entity) => entity.kind === kind);
        return {
          PolicyGroups: of('group').map(({ id, name }) => ({ GroupName: name, GroupId: id })),
          PolicyUsers: of('user').map(({ id, name }) => ({ UserName: name, UserId: id })),
          PolicyRoles: of('role').map(({ id, name }) => ({ RoleName: name, RoleId: id })),
          ...rest,
        };
      },
    ),
  ];
}
