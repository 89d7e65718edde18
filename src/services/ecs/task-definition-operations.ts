import {
  SortOrder,
  TaskDefinitionFamilyStatus,
  TaskDefinitionStatus,
  type DeregisterTaskDefinitionRequest,
  type DeregisterTaskDefinitionResponse,
  type DescribeTaskDefinitionRequest,
  type DescribeTaskDefinitionResponse,
  type ListTaskDefinitionFamiliesRequest,
  type ListTaskDefinitionFamiliesResponse,
  type ListTaskDefinitionsRequest,
  type ListTaskDefinitionsResponse,
  type RegisterTaskDefinitionRequest,
  type RegisterTaskDefinitionResponse,
} from '@aws-sdk/client-ecs';
import type { RequestContext } from '../../platform/aws/service.js';
import { requireOneOf } from './checks.js';
import { ecsError } from './ecs-error.js';
import type { EcsParts } from './ecs-parts.js';
import { cutPage, readPage } from './page.js';
import { taskDefinitionReference } from './references.js';
import { readRegistration } from './register-task-definition.js';
import { readTags } from './tag.js';
import { tagStore } from './tag-store.js';
import { taskDefinitionModel } from './task-definition-model.js';
import { taskDefinitionKey, taskDefinitionStore } from './task-definition-store.js';

type Parts = Pick<EcsParts, 'database' | 'arns' | 'clock'>;

export function taskDefinitionOperations({ database, arns, clock }: Parts) {
  return {
    register: async (
      input: RegisterTaskDefinitionRequest,
      context: RequestContext,
    ): Promise<RegisterTaskDefinitionResponse> => {
      const registration = readRegistration(arns, input);
      const tags = readTags(input.tags);
      return database.transaction(async (queries) => {
        const revision = await taskDefinitionStore.nextRevision(queries, registration.family);
        const definition = {
          ...registration,
          taskDefinitionArn: arns.taskDefinition(registration.family, revision),
          revision,
          registeredAt: clock(),
          registeredBy: context.caller.arn,
        };
        await taskDefinitionStore.put(queries, definition);
        await tagStore.put(queries, definition.taskDefinitionArn, tags);
        return { taskDefinition: taskDefinitionModel(definition), ...(tags.length === 0 ? {} : { tags }) };
      });
    },

    describe: async (input: DescribeTaskDefinitionRequest): Promise<DescribeTaskDefinitionResponse> => {
      const reference = taskDefinitionReference(arns, input.taskDefinition ?? '');
      const definition = await taskDefinitionStore.find(database, reference);
      if (definition === undefined) throw ecsError.client('Unable to describe task definition.');
      return {
        taskDefinition: taskDefinitionModel(definition),
        ...(input.include?.includes('TAGS') === true
          ? { tags: [...(await tagStore.find(database, definition.taskDefinitionArn))] }
          : {}),
      };
    },

    deregister: async (input: DeregisterTaskDefinitionRequest): Promise<DeregisterTaskDefinitionResponse> => {
      const reference = taskDefinitionReference(arns, input.taskDefinition ?? '');
      if (reference.revision === undefined) throw ecsError.client('Revision is missing.');
      return database.transaction(async (queries) => {
        const definition = await taskDefinitionStore.find(queries, reference);
        if (definition === undefined) throw ecsError.client('The specified task definition does not exist.');
        if (definition.status === 'INACTIVE') return { taskDefinition: taskDefinitionModel(definition) };
        const inactive = { ...definition, status: 'INACTIVE' as const, deregisteredAt: clock() };
        await taskDefinitionStore.put(queries, inactive);
        return { taskDefinition: taskDefinitionModel(inactive) };
      });
    },

    list: async (input: ListTaskDefinitionsRequest): Promise<ListTaskDefinitionsResponse> => {
      requireOneOf(input.status, TaskDefinitionStatus, 'status');
      requireOneOf(input.sort, SortOrder, 'sort');
      const page = readPage('ListTaskDefinitions', input);
      const filter = {
        family: input.familyPrefix,
        status: input.status ?? 'ACTIVE',
        descending: input.sort === 'DESC',
      };
      const found = await taskDefinitionStore.list(database, filter, page);
      const { items, nextToken } = cutPage('ListTaskDefinitions', page, found, taskDefinitionKey);
      return { taskDefinitionArns: items.map((key) => arns.taskDefinition(key.family, key.revision)), nextToken };
    },

    listFamilies: async (input: ListTaskDefinitionFamiliesRequest): Promise<ListTaskDefinitionFamiliesResponse> => {
      requireOneOf(input.status, TaskDefinitionFamilyStatus, 'status');
      const page = readPage('ListTaskDefinitionFamilies', input);
      const filter = { prefix: input.familyPrefix ?? '', status: input.status ?? 'ALL' };
      const found = await taskDefinitionStore.listFamilies(database, filter, page);
      const { items, nextToken } = cutPage('ListTaskDefinitionFamilies', page, found, (family) => family);
      return { families: [...items], nextToken };
    },
  };
}
