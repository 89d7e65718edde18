import type { Operation } from '../../platform/aws/service.js';
import type { Queries } from '../../platform/store/database.js';
import { attachmentStore } from './attachment-store.js';
import { requireEntity } from './entity-lookup.js';
import type { IamAccess } from './iam-access.js';
import { noSuchEntity, policyNotAttachable, quotaExceeded } from './iam-error.js';
import { iamOperation } from './iam-operation.js';
import type { IamParts } from './iam-parts.js';
import { IDENTITIES, type Identity, nameIn, type NamedIdentity } from './identity.js';
import { requireChangeable } from './inline-policy-operations.js';
import { checkPolicyArn, findManagedPolicy, type ManagedPolicy, SERVICE_LINKED_PATH } from './managed-policies.js';
import { page, type PageInput } from './page.js';

export const MAX_ATTACHED = 10;

interface AttachInput extends NamedIdentity {
  readonly PolicyArn: string;
}

/** Attach, detach and list, for users, roles and groups. */
export function attachmentOperations(parts: IamParts, access: IamAccess): Operation[] {
  return IDENTITIES.flatMap((identity) => operationsOf(parts, access, identity));
}

function operationsOf({ database, changes }: IamParts, access: IamAccess, identity: Identity): Operation[] {
  const { kind, noun } = identity;
  const ask = (action: string) => (input: AttachInput) =>
    access.on(action, kind, nameIn(identity, input), { 'iam:PolicyARN': input.PolicyArn });

  return [
    iamOperation<AttachInput>(`Attach${noun}Policy`, ask(`Attach${noun}Policy`), (input) =>
      changes.apply(async (queries) => {
        const { id } = await requireChangeable(queries, identity, nameIn(identity, input));
        const { arn } = await requireAttachable(queries, input.PolicyArn, noun);
        const attached = await attachmentStore.list(queries, id);
        if (attached.includes(arn)) return;
        if (attached.length >= MAX_ATTACHED) throw quotaExceeded(`PoliciesPer${noun}`, MAX_ATTACHED);
        await attachmentStore.attach(queries, id, arn);
      }),
    ),

    iamOperation<AttachInput>(`Detach${noun}Policy`, ask(`Detach${noun}Policy`), (input) =>
      changes.apply(async (queries) => {
        const { id } = await requireChangeable(queries, identity, nameIn(identity, input));
        checkPolicyArn(input.PolicyArn);
        if (!(await attachmentStore.detach(queries, id, input.PolicyArn))) {
          throw noSuchEntity(`Policy ${input.PolicyArn} was not found.`);
        }
      }),
    ),

    iamOperation<NamedIdentity & PageInput & { PathPrefix?: string }, object>(
      `ListAttached${noun}Policies`,
      (input) => access.on(`ListAttached${noun}Policies`, kind, nameIn(identity, input)),
      async (input) => {
        const entity = await requireEntity(database, kind, nameIn(identity, input));
        const attached = (await attachedPolicies(database, entity.id)).filter(({ path }) =>
          path.startsWith(input.PathPrefix ?? '/'),
        );
        const { items, ...rest } = page(attached, ({ name, scope }) => `${name} ${scope}`, input);
        return { AttachedPolicies: items.map(({ name, arn }) => ({ PolicyName: name, PolicyArn: arn })), ...rest };
      },
    ),
  ];
}

export async function attachedPolicies(queries: Queries, entityId: string): Promise<ManagedPolicy[]> {
  const arns = await attachmentStore.list(queries, entityId);
  const policies = await Promise.all(arns.map((arn) => findManagedPolicy(queries, arn)));
  return policies.filter((policy) => policy !== undefined);
}

/** Throws InvalidInput, NoSuchEntity or PolicyNotAttachable. */
async function requireAttachable(queries: Queries, arn: string, noun: Identity['noun']): Promise<ManagedPolicy> {
  checkPolicyArn(arn);
  const policy = await findManagedPolicy(queries, arn);
  if (policy === undefined) throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
  if (policy.path.startsWith(SERVICE_LINKED_PATH)) {
    throw policyNotAttachable(`Cannot attach a Service Role Policy to a Customer ${noun}.`);
  }
  return policy;
}
