import { createHash } from 'node:crypto';
import { AwsError } from '../../platform/aws/aws-error.js';
import type { Queries } from '../../platform/store/database.js';
import { accessPolicies } from './aws-managed-access-policies.js';
import { ecsPolicies } from './aws-managed-ecs-policies.js';
import type { AwsManagedPolicy } from './aws-managed-policy.js';
import { servicePolicies } from './aws-managed-service-policies.js';
import { serviceLinkedPolicies } from './aws-managed-service-linked-policies.js';
import { gangwayPolicies } from './gangway-managed-policies.js';
import type { Entity } from './entity.js';
import { entityStore } from './entity-store.js';
import { entityId } from './iam-identifiers.js';
import { invalidInput, noSuchEntity } from './iam-error.js';
import { type PolicyDetails, policyStore } from './policy-store.js';

/** A managed policy, AWS's or the account's, with its default version. */
export interface ManagedPolicy {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly description: string | null;
  readonly scope: 'AWS' | 'Local';
  /** `v1` … */
  readonly defaultVersion: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface PolicyVersionRecord {
  /** `v1` … */
  readonly id: string;
  readonly isDefault: boolean;
  readonly document: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** Where policies live that only service-linked roles may have. */
export const SERVICE_LINKED_PATH = '/aws-service-role/';
const POLICY_ARN = /^arn:[a-z-]+:iam::(\d{12}|aws):policy\/[!-~]+$/;

const ofAws: ReadonlyMap<string, { readonly policy: ManagedPolicy; readonly document: string }> = new Map(
  [...accessPolicies, ...servicePolicies, ...ecsPolicies, ...serviceLinkedPolicies, ...gangwayPolicies].map((one) => [
    `${one.path}${one.name}`,
    known(one),
  ]),
);

function known(one: AwsManagedPolicy): { policy: ManagedPolicy; document: string } {
  const { name, path, version } = one;
  const created = Date.parse(one.versionCreated);
  const digest = createHash('sha256').update(name).digest();
  return {
    policy: {
      // The same in every account and at every start, as AWS's are.
      id: entityId((length) => digest.subarray(0, length), 'policy'),
      name,
      path,
      arn: `arn:aws:iam::aws:policy${path}${name}`,
      description: null,
      scope: 'AWS',
      defaultVersion: version,
      createdAt: created,
      updatedAt: created,
    },
    document: JSON.stringify(one.document),
  };
}

/** Those of AWS have the same ARN in every account, and the caller's partition in it. */
function awsManaged(arn: string): { policy: ManagedPolicy; document: string } | undefined {
  const match = /^arn:([a-z-]+):iam::aws:policy(\/.*)$/.exec(arn);
  const found = match === null ? undefined : ofAws.get(match[2] ?? '');
  return found && { ...found, policy: { ...found.policy, arn } };
}

export function awsManagedPolicies(partition: string): ManagedPolicy[] {
  return [...ofAws.values()].map(({ policy }) => ({
    ...policy,
    arn: `arn:${partition}:iam::aws:policy${policy.path}${policy.name}`,
  }));
}

/** Throws InvalidInput. */
export function checkPolicyArn(arn: string): void {
  if (!POLICY_ARN.test(arn)) throw invalidInput(`ARN ${arn} is not valid.`);
}

export function localPolicy(entity: Entity, details: PolicyDetails): ManagedPolicy {
  const { id, name, path, arn, createdAt } = entity;
  const { description, updatedAt } = details;
  return {
    ...{ id, name, path, arn, description, createdAt, updatedAt, scope: 'Local' },
    defaultVersion: `v${details.defaultVersion}`,
  };
}

export async function findManagedPolicy(queries: Queries, arn: string): Promise<ManagedPolicy | undefined> {
  const known = awsManaged(arn);
  if (known !== undefined) return known.policy;
  const entity = await entityStore.findByArn(queries, arn);
  if (entity?.kind !== 'policy') return undefined;
  const details = await policyStore.find(queries, entity.id);
  return details && localPolicy(entity, details);
}

/** Throws InvalidInput or NoSuchEntity. */
export async function requireManagedPolicy(queries: Queries, arn: string): Promise<ManagedPolicy> {
  checkPolicyArn(arn);
  const policy = await findManagedPolicy(queries, arn);
  if (policy === undefined) throw noSuchEntity(`Policy ${arn} was not found.`);
  return policy;
}

/** One of the account's, to be changed. Throws also for AWS's own, which nobody but AWS may change. */
export async function requireOwnPolicy(queries: Queries, arn: string): Promise<Entity> {
  const policy = await requireManagedPolicy(queries, arn);
  const entity = policy.scope === 'AWS' ? undefined : await entityStore.findByArn(queries, arn);
  if (entity === undefined) {
    throw new AwsError('AccessDenied', `The policy ${arn} is managed by AWS and cannot be changed.`, { status: 403 });
  }
  return entity;
}

/** Of all versions, the newest first; AWS's have one here, the current one. */
export async function versionsOf(queries: Queries, policy: ManagedPolicy): Promise<PolicyVersionRecord[]> {
  if (policy.scope === 'AWS') {
    const document = awsManaged(policy.arn)?.document ?? '';
    return [{ id: policy.defaultVersion, isDefault: true, document, createdAt: policy.updatedAt }];
  }
  const versions = await policyStore.versions(queries, policy.id);
  return versions.map(({ version, document, createdAt }) => {
    const id = `v${version}`;
    return { id, isDefault: id === policy.defaultVersion, document, createdAt };
  });
}

/** Text of the default version. */
export async function documentOf(queries: Queries, arn: string): Promise<string | undefined> {
  return awsManaged(arn)?.document ?? (await policyStore.defaultDocument(queries, arn));
}
