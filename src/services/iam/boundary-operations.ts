import type { Operation } from '../../platform/aws/service.js';
import type { Queries } from '../../platform/store/database.js';
import { requireEntity } from './entity-lookup.js';
import { entityStore } from './entity-store.js';
import type { IamAccess } from './iam-access.js';
import { invalidInput, noSuchEntity, protectedRole } from './iam-error.js';
import { iamOperation } from './iam-operation.js';
import type { IamParts } from './iam-parts.js';
import { findManagedPolicy, SERVICE_LINKED_PATH } from './managed-policies.js';
import { roleStore } from './role-store.js';

/** Throws InvalidInput or NoSuchEntity. */
export async function requireBoundary(queries: Queries, arn: string): Promise<void> {
  if (!/^arn:[a-z-]+:iam::(\d{12}|aws):policy\//.test(arn)) {
    throw invalidInput(`Value (${arn}) for parameter PermissionsBoundary is invalid.`);
  }
  const policy = await findManagedPolicy(queries, arn);
  if (policy === undefined || policy.path.startsWith(SERVICE_LINKED_PATH)) {
    throw noSuchEntity(`Scope ARN: ${arn} does not exist or is not attachable.`);
  }
}

type Named = Readonly<Partial<Record<'UserName' | 'RoleName', string>>>;

/** Permissions boundaries of users and roles. */
export function boundaryOperations({ changes }: IamParts, access: IamAccess): Operation[] {
  const kinds = [
    { noun: 'User', kind: 'user', member: 'UserName' },
    { noun: 'Role', kind: 'role', member: 'RoleName' },
  ] as const;
  return kinds.flatMap(({ noun, kind, member }) => {
    const put = `Put${noun}PermissionsBoundary`;
    const remove = `Delete${noun}PermissionsBoundary`;
    const nameIn = (input: Named): string => input[member] ?? '';
    const change = (name: string, work: (queries: Queries) => Promise<string | null>): Promise<void> =>
      changes.apply(async (queries) => {
        const entity = await requireEntity(queries, kind, name);
        if (kind === 'role' && (await roleStore.find(queries, entity.id))?.serviceName != null) {
          throw protectedRole(entity.name);
        }
        const boundary = await work(queries);
        if (boundary === null && entity.boundary === null) {
          throw noSuchEntity(`The ${kind} with name ${entity.name} does not have a permissions boundary.`);
        }
        await entityStore.setBoundary(queries, entity.id, boundary);
      });
    return [
      iamOperation<Named & { PermissionsBoundary: string }>(
        put,
        // Here the key is the boundary that is to be set.
        (input) => access.on(put, kind, nameIn(input), { 'iam:PermissionsBoundary': input.PermissionsBoundary }),
        (input) =>
          change(nameIn(input), async (queries) => {
            await requireBoundary(queries, input.PermissionsBoundary);
            return input.PermissionsBoundary;
          }),
      ),
      iamOperation<Named>(
        remove,
        (input) => access.on(remove, kind, nameIn(input)),
        (input) => change(nameIn(input), () => Promise.resolve(null)),
      ),
    ];
  });
}
