import { randomUUID } from 'node:crypto';
import type { Operation } from '../../platform/aws/service.js';
import type { Queries } from '../../platform/store/database.js';
import { attachmentStore } from './attachment-store.js';
import { entityArn } from './entity.js';
import { createEntity, requireEntity } from './entity-lookup.js';
import { entityStore } from './entity-store.js';
import type { IamAccess } from './iam-access.js';
import { invalidInput, noSuchEntity } from './iam-error.js';
import { iamOperation } from './iam-operation.js';
import type { IamParts } from './iam-parts.js';
import { SERVICE_LINKED_PATH } from './managed-policies.js';
import { DEFAULT_SESSION_DURATION, removeRole, roleDetails, wholeRole } from './role-operations.js';
import { roleStore } from './role-store.js';

/** Services that a role can be linked to, with what AWS calls the role and gives it. */
const LINKED: Readonly<Record<string, { readonly role: string; readonly policy: string }>> = Object.freeze({
  'ecs.amazonaws.com': { role: 'AWSServiceRoleForECS', policy: 'AmazonECSServiceRolePolicy' },
});

interface CreateLinkedInput {
  readonly AWSServiceName: string;
  readonly Description?: string;
  readonly CustomSuffix?: string;
}

export function serviceLinkedRoleOperations(parts: IamParts, access: IamAccess): Operation[] {
  const { database, changes, partition } = parts;

  return [
    iamOperation<CreateLinkedInput, object>(
      'CreateServiceLinkedRole',
      ({ AWSServiceName }) => [
        {
          action: 'iam:CreateServiceLinkedRole',
          resources: [
            {
              arn: entityArn(
                parts,
                'role',
                `${SERVICE_LINKED_PATH}${AWSServiceName}/`,
                LINKED[AWSServiceName]?.role ?? '*',
              ),
            },
          ],
          conditions: { 'iam:AWSServiceName': AWSServiceName },
        },
      ],
      ({ AWSServiceName, Description, CustomSuffix }) =>
        changes.apply(async (queries) => {
          const linked = Object.hasOwn(LINKED, AWSServiceName) ? LINKED[AWSServiceName] : undefined;
          if (linked === undefined) {
            throw invalidInput(`Service role for ${AWSServiceName} cannot be created: the service is not known here.`);
          }
          if (CustomSuffix !== undefined) throw invalidInput(`Custom suffix is not allowed for ${AWSServiceName}`);
          const { role: name, policy } = linked;
          if ((await entityStore.find(queries, 'role', name)) !== undefined) {
            throw invalidInput(
              `Service role name ${name} has been taken in this account, please try a different suffix.`,
            );
          }
          const path = `${SERVICE_LINKED_PATH}${AWSServiceName}/`;
          const role = await createEntity(parts, queries, 'role', { name, path });
          await roleStore.put(queries, role.id, {
            trustPolicy: trustPolicyOf(AWSServiceName),
            description: Description ?? null,
            maxSessionDuration: DEFAULT_SESSION_DURATION,
            serviceName: AWSServiceName,
          });
          await attachmentStore.attach(
            queries,
            role.id,
            `arn:${partition}:iam::aws:policy${SERVICE_LINKED_PATH}${policy}`,
          );
          return { Role: await wholeRole(queries, role) };
        }),
    ),

    iamOperation<{ RoleName: string }, object>(
      'DeleteServiceLinkedRole',
      ({ RoleName }) => access.on('DeleteServiceLinkedRole', 'role', RoleName),
      ({ RoleName }) =>
        changes.apply(async (queries) => {
          const role = await requireEntity(queries, 'role', RoleName);
          const { serviceName } = await roleDetails(queries, role);
          // To this operation, roles of other kinds are not there.
          if (serviceName === null) throw noSuchEntity(`The role with name ${RoleName} cannot be found.`);
          for (const arn of await attachmentStore.list(queries, role.id)) {
            await attachmentStore.detach(queries, role.id, arn);
          }
          await removeRole(queries, role);
          const id = `task${SERVICE_LINKED_PATH}${serviceName}/${role.name}/${randomUUID()}`;
          await queries.run('INSERT INTO iam_deletion_tasks (id, status) VALUES (?, ?)', id, 'SUCCEEDED');
          return { DeletionTaskId: id };
        }),
    ),

    iamOperation<{ DeletionTaskId: string }, object>(
      'GetServiceLinkedRoleDeletionStatus',
      ({ DeletionTaskId }) => [
        {
          action: 'iam:GetServiceLinkedRoleDeletionStatus',
          resources: [{ arn: entityArn(parts, 'role', ...roleOfTask(DeletionTaskId)) }],
        },
      ],
      async ({ DeletionTaskId }) => {
        const status = await deletionStatus(database, DeletionTaskId);
        if (status === undefined) throw noSuchEntity(`Deletion task ${DeletionTaskId} cannot be found.`);
        return { Status: status };
      },
    ),
  ];
}

function trustPolicyOf(service: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  });
}

/** Path and name in `task/aws-service-role/SERVICE/ROLE/UUID`. */
function roleOfTask(task: string): [path: string, name: string] {
  const [, , service = '', name = ''] = task.split('/');
  return [`${SERVICE_LINKED_PATH}${service}/`, name];
}

async function deletionStatus(queries: Queries, id: string): Promise<string | undefined> {
  return (await queries.get<{ status: string }>('SELECT status FROM iam_deletion_tasks WHERE id = ?', id))?.status;
}
