import type { Operation } from '../../platform/aws/service.js';
import type { Queries } from '../../platform/store/database.js';
import { MAX_ACCESS_KEYS } from './access-key-operations.js';
import { attachedPolicies, MAX_ATTACHED } from './attachment-operations.js';
import type { Entity } from './entity.js';
import { QUOTAS } from './entity-lookup.js';
import { entityStore } from './entity-store.js';
import { boundaryView, groupView, roleView, tagsView, userView } from './entity-view.js';
import { MAX_GROUPS_OF_USER } from './group-operations.js';
import { groupStore } from './group-store.js';
import type { IamAccess } from './iam-access.js';
import { iamOperation } from './iam-operation.js';
import type { IamParts } from './iam-parts.js';
import { profileView } from './instance-profile-operations.js';
import { instanceProfileStore } from './instance-profile-store.js';
import { MAX_INLINE } from './inline-policy-operations.js';
import { inlinePolicyStore } from './inline-policy-store.js';
import { awsManagedPolicies, type ManagedPolicy, versionsOf } from './managed-policies.js';
import { page, type PageInput } from './page.js';
import { encodeDocument } from './policy-document.js';
import { localPolicies, MAX_MANAGED_POLICY, policyUsage } from './policy-operations.js';
import { MAX_VERSIONS } from './policy-version-operations.js';
import { policyView, wholeVersionView } from './policy-view.js';
import { MAX_TRUST_POLICY, roleDetails } from './role-operations.js';
import { tagStore } from './tag-store.js';

type Detail = { readonly entity: Entity } | { readonly policy: ManagedPolicy };

interface DetailsInput extends PageInput {
  readonly Filter?: readonly string[];
}

/** What concerns the account as a whole. */
export function accountOperations(parts: IamParts, access: IamAccess): Operation[] {
  const { database } = parts;

  return [
    iamOperation<object, object>(
      'GetAccountSummary',
      () => access.everything('GetAccountSummary'),
      async () => {
        const count = (kind: Entity['kind']): Promise<number> => entityStore.count(database, kind);
        const versions = await database.get<{ n: number }>('SELECT count(*) AS n FROM iam_policy_versions');
        return {
          SummaryMap: {
            Users: await count('user'),
            UsersQuota: QUOTAS.user.quota,
            Groups: await count('group'),
            GroupsQuota: QUOTAS.group.quota,
            Roles: await count('role'),
            RolesQuota: QUOTAS.role.quota,
            Policies: await count('policy'),
            PoliciesQuota: QUOTAS.policy.quota,
            InstanceProfiles: await count('instance-profile'),
            InstanceProfilesQuota: QUOTAS['instance-profile'].quota,
            PolicyVersionsInUse: Number(versions?.n ?? 0),
            VersionsPerPolicyQuota: MAX_VERSIONS,
            PolicySizeQuota: MAX_MANAGED_POLICY,
            UserPolicySizeQuota: MAX_INLINE.user,
            GroupPolicySizeQuota: MAX_INLINE.group,
            RolePolicySizeQuota: MAX_INLINE.role,
            AssumeRolePolicySizeQuota: MAX_TRUST_POLICY,
            AttachedPoliciesPerUserQuota: MAX_ATTACHED,
            AttachedPoliciesPerGroupQuota: MAX_ATTACHED,
            AttachedPoliciesPerRoleQuota: MAX_ATTACHED,
            GroupsPerUserQuota: MAX_GROUPS_OF_USER,
            AccessKeysPerUserQuota: MAX_ACCESS_KEYS,
            AccountAccessKeysPresent: 0,
            AccountMFAEnabled: 0,
          },
        };
      },
    ),

    iamOperation<PageInput, object>(
      'ListAccountAliases',
      () => access.everything('ListAccountAliases'),
      () => Promise.resolve({ AccountAliases: [], IsTruncated: false }),
    ),

    iamOperation<DetailsInput, object>(
      'GetAccountAuthorizationDetails',
      () => access.everything('GetAccountAuthorizationDetails'),
      async (input) => {
        const { Filter = [] } = input;
        const wants = (type: string): boolean => Filter.length === 0 || Filter.includes(type);
        const entities = [
          ...(wants('User') ? await entityStore.list(database, 'user') : []),
          ...(wants('Group') ? await entityStore.list(database, 'group') : []),
          ...(wants('Role') ? await entityStore.list(database, 'role') : []),
        ];
        const policies = [
          ...(wants('AWSManagedPolicy') ? awsManagedPolicies(parts.partition) : []),
          ...(wants('LocalManagedPolicy') ? await localPolicies(database) : []),
        ];
        const all: Detail[] = [...entities.map((entity) => ({ entity })), ...policies.map((policy) => ({ policy }))];
        const { items, ...rest } = page(all, keyOf, input);
        const of = (kind: Entity['kind']): Entity[] =>
          items.flatMap((item) => ('entity' in item && item.entity.kind === kind ? [item.entity] : []));
        const shown = items.flatMap((item) => ('policy' in item ? [item.policy] : []));
        return {
          UserDetailList: await Promise.all(of('user').map((one) => userDetail(database, one))),
          GroupDetailList: await Promise.all(of('group').map((one) => groupDetail(database, one))),
          RoleDetailList: await Promise.all(of('role').map((one) => roleDetail(database, one))),
          Policies: await Promise.all(shown.map((one) => policyDetail(database, one))),
          ...rest,
        };
      },
    ),
  ];
}

function keyOf(detail: Detail): string {
  return 'entity' in detail
    ? `${detail.entity.kind} ${detail.entity.name}`
    : `z-policy ${detail.policy.name} ${detail.policy.scope}`;
}

async function attachedOf(queries: Queries, { id }: Entity): Promise<object[]> {
  return (await attachedPolicies(queries, id)).map(({ name, arn }) => ({ PolicyName: name, PolicyArn: arn }));
}

async function inlineOf(queries: Queries, { id }: Entity): Promise<object[]> {
  const policies = await inlinePolicyStore.list(queries, id);
  return policies.map(({ name, document }) => ({ PolicyName: name, PolicyDocument: encodeDocument(document) }));
}

async function userDetail(queries: Queries, user: Entity): Promise<object> {
  return {
    ...userView(user),
    UserPolicyList: await inlineOf(queries, user),
    GroupList: (await groupStore.groups(queries, user.id)).map(({ name }) => name),
    AttachedManagedPolicies: await attachedOf(queries, user),
    ...boundaryView(user),
    ...tagsView(await tagStore.list(queries, user.id)),
  };
}

async function groupDetail(queries: Queries, group: Entity): Promise<object> {
  return {
    ...groupView(group),
    GroupPolicyList: await inlineOf(queries, group),
    AttachedManagedPolicies: await attachedOf(queries, group),
  };
}

async function roleDetail(queries: Queries, role: Entity): Promise<object> {
  const profiles = await instanceProfileStore.profiles(queries, role.id);
  return {
    ...roleView(role, await roleDetails(queries, role)),
    InstanceProfileList: await Promise.all(profiles.map((one) => profileView(queries, one))),
    RolePolicyList: await inlineOf(queries, role),
    AttachedManagedPolicies: await attachedOf(queries, role),
    ...boundaryView(role),
    ...tagsView(await tagStore.list(queries, role.id)),
  };
}

async function policyDetail(queries: Queries, policy: ManagedPolicy): Promise<object> {
  return {
    ...policyView(policy, await policyUsage(queries)),
    ...(policy.description !== null && { Description: policy.description }),
    PolicyVersionList: (await versionsOf(queries, policy)).map(wholeVersionView),
  };
}
