import type { Operation } from '../../platform/aws/service.js';
import type { Queries } from '../../platform/store/database.js';
import { checkDocument } from './check-document.js';
import type { Entity } from './entity.js';
import { requireEntity } from './entity-lookup.js';
import type { IamAccess } from './iam-access.js';
import { limitExceeded, noSuchEntity } from './iam-error.js';
import { iamOperation } from './iam-operation.js';
import type { IamParts } from './iam-parts.js';
import { IDENTITIES, type Identity, nameIn, type NamedIdentity } from './identity.js';
import { inlinePolicyStore } from './inline-policy-store.js';
import { page, type PageInput } from './page.js';
import { documentSize, encodeDocument } from './policy-document.js';
import { requireOwnRole } from './role-operations.js';

/** Characters without white space, of all inline policies of one together (ecs-api 6.3). */
export const MAX_INLINE: Readonly<Record<Identity['kind'], number>> = Object.freeze({
  user: 2048,
  role: 10_240,
  group: 5120,
});

interface PolicyInput extends NamedIdentity {
  readonly PolicyName: string;
}

/** Put, get, list and delete, for users, roles and groups. */
export function inlinePolicyOperations(parts: IamParts, access: IamAccess): Operation[] {
  return IDENTITIES.flatMap((identity) => operationsOf(parts, access, identity));
}

function operationsOf({ database, changes }: IamParts, access: IamAccess, identity: Identity): Operation[] {
  const { kind, noun, member } = identity;
  const ask = (action: string) => (input: NamedIdentity) => access.on(action, kind, nameIn(identity, input));
  const unknown = (name: string): Error => noSuchEntity(`The ${kind} policy with name ${name} cannot be found.`);

  return [
    iamOperation<PolicyInput & { PolicyDocument: string }>(`Put${noun}Policy`, ask(`Put${noun}Policy`), (input) =>
      changes.apply(async (queries) => {
        const entity = await requireChangeable(queries, identity, nameIn(identity, input));
        const { PolicyName: name, PolicyDocument: document } = input;
        checkDocument('identity', document);
        await inlinePolicyStore.put(queries, entity.id, { name, document });
        const all = await inlinePolicyStore.list(queries, entity.id);
        const size = all.reduce((sum, one) => sum + documentSize(one.document), 0);
        if (size > MAX_INLINE[kind]) {
          throw limitExceeded(`Maximum policy size of ${MAX_INLINE[kind]} bytes exceeded for ${kind} ${entity.name}`);
        }
      }),
    ),

    iamOperation<PolicyInput, object>(`Get${noun}Policy`, ask(`Get${noun}Policy`), async (input) => {
      const entity = await requireEntity(database, kind, nameIn(identity, input));
      const policy = await inlinePolicyStore.find(database, entity.id, input.PolicyName);
      if (policy === undefined) throw unknown(input.PolicyName);
      return { [member]: entity.name, PolicyName: policy.name, PolicyDocument: encodeDocument(policy.document) };
    }),

    iamOperation<NamedIdentity & PageInput, object>(
      `List${noun}Policies`,
      ask(`List${noun}Policies`),
      async (input) => {
        const entity = await requireEntity(database, kind, nameIn(identity, input));
        const { items, ...rest } = page(await inlinePolicyStore.list(database, entity.id), ({ name }) => name, input);
        return { PolicyNames: items.map(({ name }) => name), ...rest };
      },
    ),

    iamOperation<PolicyInput>(`Delete${noun}Policy`, ask(`Delete${noun}Policy`), (input) =>
      changes.apply(async (queries) => {
        const entity = await requireChangeable(queries, identity, nameIn(identity, input));
        if (!(await inlinePolicyStore.remove(queries, entity.id, input.PolicyName))) throw unknown(input.PolicyName);
      }),
    ),
  ];
}

/** Throws NoSuchEntity or UnmodifiableEntity. */
export async function requireChangeable(queries: Queries, { kind }: Identity, name: string): Promise<Entity> {
  return kind === 'role' ? (await requireOwnRole(queries, name)).role : requireEntity(queries, kind, name);
}
