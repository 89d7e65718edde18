import type {
  DescribeTasksRequest,
  GetTaskProtectionRequest,
  ListTasksRequest,
  RunTaskRequest,
  StartTaskRequest,
  StopTaskRequest,
  UpdateTaskProtectionRequest,
} from '@aws-sdk/client-ecs';
import type { AccessQuestion } from '../../../platform/aws/access.js';
import { requireAtMost } from '../checks.js';
import { clusterReference, containerInstanceReference, taskReference } from '../references.js';
import { type AccessParts, anywhere, type Conditions, tagged } from './access-parts.js';
import { network, strategyProviders, taskSize } from './launch-conditions.js';
import { passRoles } from './pass-role.js';
import { requestTags, tagOnCreate } from './request-tags.js';
import { meantDefinition } from './task-definition-access.js';

type Questions = Promise<readonly AccessQuestion[]>;

export function taskAccess(parts: AccessParts) {
  const { database, arns } = parts;

  /** RunTask and StartTask: the definition is the resource, and its roles are handed over. */
  async function launch(
    action: 'RunTask' | 'StartTask',
    input: RunTaskRequest | StartTaskRequest,
    own: Conditions,
  ): Questions {
    const cluster = clusterReference(arns, input.cluster);
    const { definition, resource } = await meantDefinition(parts, input.taskDefinition);
    const { overrides } = input;
    const tasks = arns.task(cluster, '*');
    const role = (override: string | undefined, defined: string | undefined): string | undefined =>
      override === undefined || override === '' ? defined : arns.role(override);
    return [
      {
        action: `ecs:${action}`,
        resources: [resource],
        conditions: {
          ...requestTags(input.tags),
          'ecs:cluster': arns.cluster(cluster),
          'ecs:enable-execute-command': String(input.enableExecuteCommand ?? false),
          'ecs:enable-ebs-volumes': String((input.volumeConfigurations ?? []).length > 0),
          ...taskSize(overrides, definition),
          ...network(input.networkConfiguration),
          ...own,
        },
      },
      ...tagOnCreate(input.tags, { arn: tasks }, action),
      ...passRoles(
        [
          role(overrides?.taskRoleArn, definition?.taskRoleArn),
          role(overrides?.executionRoleArn, definition?.executionRoleArn),
        ],
        tasks,
      ),
    ];
  }

  async function onTasks(
    action: string,
    input: { readonly cluster?: string | undefined; readonly tasks?: readonly string[] | undefined },
    most: number,
  ): Questions {
    const references = input.tasks ?? [];
    requireAtMost(references, most, 'tasks');
    const cluster = clusterReference(arns, input.cluster);
    const members = [...new Set(references)].map((reference) => taskReference(arns, reference));
    return [
      {
        action: `ecs:${action}`,
        resources: await Promise.all(
          members.map(({ clusterName, id }) => tagged(database, arns.task(clusterName ?? cluster, id))),
        ),
        conditions: { 'ecs:cluster': arns.cluster(cluster) },
      },
    ];
  }

  return {
    RunTask: (input: RunTaskRequest): Questions =>
      launch('RunTask', input, strategyProviders(arns, input.capacityProviderStrategy)),

    StartTask: (input: StartTaskRequest): Questions => {
      const references = input.containerInstances ?? [];
      requireAtMost(references, 10, 'containerInstances');
      const cluster = clusterReference(arns, input.cluster);
      const instances = references.map((reference) =>
        arns.containerInstance(cluster, containerInstanceReference(arns, reference).id),
      );
      return launch('StartTask', input, instances.length === 0 ? {} : { 'ecs:container-instances': instances });
    },

    StopTask: async (input: StopTaskRequest): Questions => {
      const reference = taskReference(arns, input.task ?? '');
      const cluster = clusterReference(arns, input.cluster ?? reference.clusterName);
      return [
        {
          action: 'ecs:StopTask',
          resources: [await tagged(database, arns.task(cluster, reference.id))],
          conditions: { 'ecs:cluster': arns.cluster(cluster) },
        },
      ];
    },

    DescribeTasks: (input: DescribeTasksRequest): Questions => onTasks('DescribeTasks', input, 100),
    GetTaskProtection: (input: GetTaskProtectionRequest): Questions => onTasks('GetTaskProtection', input, 100),
    UpdateTaskProtection: (input: UpdateTaskProtectionRequest): Questions => onTasks('UpdateTaskProtection', input, 10),

    ListTasks: async (input: ListTasksRequest): Questions => {
      const cluster = clusterReference(arns, input.cluster);
      const conditions = { 'ecs:cluster': arns.cluster(cluster) };
      if (input.containerInstance === undefined) return anywhere('ecs:ListTasks', conditions);
      const { id } = containerInstanceReference(arns, input.containerInstance);
      const resource = await tagged(database, arns.containerInstance(cluster, id));
      return [{ action: 'ecs:ListTasks', resources: [resource], conditions }];
    },

    /**
     * Asked inside the operation (execute-command.ts): which container will be entered is part of the question, and
     * the request's own faults are told before it.
     */
    ExecuteCommand: (): readonly AccessQuestion[] => [],
  };
}
