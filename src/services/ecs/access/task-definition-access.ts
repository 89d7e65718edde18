import type { DeleteTaskDefinitionsRequest, RegisterTaskDefinitionRequest } from '@aws-sdk/client-ecs';
import type { AccessQuestion, AccessResource } from '../../../platform/aws/access.js';
import { requireAtMost } from '../checks.js';
import { ecsError } from '../ecs-error.js';
import { revisionReference, taskDefinitionReference } from '../references.js';
import type { TaskDefinition } from '../task-definition.js';
import { taskDefinitionStore } from '../task-definition-store.js';
import { type AccessParts, anywhere, tagged } from './access-parts.js';
import { taskSize } from './launch-conditions.js';
import { passRoles } from './pass-role.js';
import { requestTags, tagOnCreate } from './request-tags.js';

/**
 * The definition a request means, and what the policies are asked about it. A family alone is decided as its latest
 * revision, which is the one that would run; a refusal repeats only what was typed, so that it does not tell which
 * revisions there are.
 */
export async function meantDefinition(
  { database, arns }: AccessParts,
  reference: string | undefined,
): Promise<{ readonly definition: TaskDefinition | undefined; readonly resource: AccessResource }> {
  if (reference === undefined || reference === '') throw ecsError.required('taskDefinition');
  const named = taskDefinitionReference(arns, reference);
  const { family, revision } = named;
  const definition = await taskDefinitionStore.find(database, named);
  const typed = revision === undefined ? arns.taskDefinitionFamily(family) : arns.taskDefinition(family, revision);
  const arn = definition?.taskDefinitionArn ?? typed;
  return { definition, resource: { ...(await tagged(database, arn)), ...(arn !== typed && { shownAs: typed }) } };
}

export function taskDefinitionAccess({ database, arns }: AccessParts) {
  return {
    RegisterTaskDefinition: (input: RegisterTaskDefinitionRequest): readonly AccessQuestion[] => {
      // Which revision it will be is not known yet.
      const arn = arns.taskDefinitionFamily(`${input.family ?? ''}:*`);
      const compatibilities = input.requiresCompatibilities ?? [];
      const privileged = (input.containerDefinitions ?? []).some((container) => container.privileged === true);
      const roles = [input.taskRoleArn, input.executionRoleArn].map((role) => role && arns.role(role));
      return [
        {
          action: 'ecs:RegisterTaskDefinition',
          resources: [{ arn }],
          conditions: {
            ...requestTags(input.tags),
            ...(compatibilities.length > 0 && { 'ecs:compute-compatibility': compatibilities }),
            'ecs:privileged': String(privileged),
            ...taskSize(input),
          },
        },
        ...tagOnCreate(input.tags, { arn }, 'RegisterTaskDefinition'),
        ...passRoles(roles, arn),
      ];
    },

    DeleteTaskDefinitions: async (input: DeleteTaskDefinitionsRequest): Promise<readonly AccessQuestion[]> => {
      const references = input.taskDefinitions ?? [];
      requireAtMost(references, 10, 'taskDefinitions');
      const named = references.map((reference) => revisionReference(arns, reference));
      const resources = named.map(({ family, revision }) => tagged(database, arns.taskDefinition(family, revision)));
      return [{ action: 'ecs:DeleteTaskDefinitions', resources: await Promise.all(resources) }];
    },

    DeregisterTaskDefinition: () => anywhere('ecs:DeregisterTaskDefinition'),
    DescribeTaskDefinition: () => anywhere('ecs:DescribeTaskDefinition'),
    ListTaskDefinitionFamilies: () => anywhere('ecs:ListTaskDefinitionFamilies'),
    ListTaskDefinitions: () => anywhere('ecs:ListTaskDefinitions'),
  };
}
