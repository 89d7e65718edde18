import type { Queries } from '../../platform/store/database.js';
import type { AttachedPolicy, IdentityPolicies, Principals, RoleIdentity } from '../principals.js';
import { attachmentStore } from './attachment-store.js';
import type { Entity } from './entity.js';
import { entityStore } from './entity-store.js';
import { groupStore } from './group-store.js';
import type { IamParts } from './iam-parts.js';
import { inlinePolicyStore } from './inline-policy-store.js';
import { documentOf } from './managed-policies.js';
import { roleStore } from './role-store.js';
import { tagStore } from './tag-store.js';

/** Identities as those who decide requests know them. Groups are found too, for those who simulate. */
export function iamPrincipals({ database, changes }: Pick<IamParts, 'database' | 'changes'>): Principals {
  return {
    version: () => changes.version(),

    async role(roleArn): Promise<RoleIdentity | undefined> {
      const role = await entityStore.findByArn(database, roleArn);
      const details = role?.kind === 'role' ? await roleStore.find(database, role.id) : undefined;
      if (role === undefined || details === undefined) return undefined;
      const { name, id, arn } = role;
      const { trustPolicy, maxSessionDuration } = details;
      return { name, id, arn, trustPolicy, maxSessionDuration };
    },

    async policiesOf(identityArn): Promise<IdentityPolicies | undefined> {
      const entity = await entityStore.findByArn(database, identityArn);
      if (entity === undefined || !isIdentity(entity)) return undefined;
      const groups = entity.kind === 'user' ? await groupStore.groups(database, entity.id) : [];
      const identity: AttachedPolicy[] = [];
      for (const one of [entity, ...groups]) identity.push(...(await policiesOn(database, one)));
      const { boundary } = entity;
      return {
        id: entity.id,
        identity,
        ...(boundary !== null && { boundary: await boundaryPolicy(database, boundary) }),
        tags: await tagStore.record(database, entity.id),
      };
    },

    async managedPolicy(policyArn): Promise<AttachedPolicy | undefined> {
      const document = await documentOf(database, policyArn);
      return document === undefined ? undefined : { name: policyArn, document };
    },
  };
}

function isIdentity({ kind }: Entity): boolean {
  return kind === 'user' || kind === 'role' || kind === 'group';
}

async function policiesOn(queries: Queries, { id, kind, name }: Entity): Promise<AttachedPolicy[]> {
  const inline = (await inlinePolicyStore.list(queries, id)).map((policy) => ({
    name: `inline policy ${policy.name} of ${kind} ${name}`,
    document: policy.document,
  }));
  const managed: AttachedPolicy[] = [];
  for (const arn of await attachmentStore.list(queries, id)) {
    const document = await documentOf(queries, arn);
    if (document !== undefined) managed.push({ name: arn, document });
  }
  return [...inline, ...managed];
}

/** A boundary that cannot be found allows nothing, rather than everything. */
async function boundaryPolicy(queries: Queries, arn: string): Promise<AttachedPolicy> {
  const nothing = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}';
  return { name: arn, document: (await documentOf(queries, arn)) ?? nothing };
}
