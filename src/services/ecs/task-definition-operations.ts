import {
  SortOrder,
  TaskDefinitionFamilyStatus,
  TaskDefinitionStatus,
  type DeleteTaskDefinitionsRequest,
  type DeleteTaskDefinitionsResponse,
  type DeregisterTaskDefinitionRequest,
  type DeregisterTaskDefinitionResponse,
  type DescribeTaskDefinitionRequest,
  type DescribeTaskDefinitionResponse,
  type Failure,
  type ListTaskDefinitionFamiliesRequest,
  type ListTaskDefinitionFamiliesResponse,
  type ListTaskDefinitionsRequest,
  type ListTaskDefinitionsResponse,
  type RegisterTaskDefinitionRequest,
  type RegisterTaskDefinitionResponse,
} from '@aws-sdk/client-ecs';
import type { RequestContext } from '../../platform/aws/service.js';
import { requireAtMost, requireOneOf } from './checks.js';
import { ecsError } from './ecs-error.js';
import type { EcsParts } from './ecs-parts.js';
import { cutPage, readPage } from './page.js';
import { revisionReference, taskDefinitionReference } from './references.js';
import { readRegistration } from './register-task-definition.js';
import { readTags } from './tag.js';
import { tagStore } from './tag-store.js';
import type { TaskDefinition } from './task-definition.js';
import { taskDefinitionModel } from './task-definition-model.js';
import { taskDefinitionKey, taskDefinitionStore } from './task-definition-store.js';

type Parts = Pick<EcsParts, 'database' | 'arns' | 'clock'>;

const MAX_DELETED = 10;
/** Why a revision is not deleted; the text is our choice. */
const STILL_ACTIVE =
  'The specified task definition is still in ACTIVE status. Please deregister the target and try again.';

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
      const reference = revisionReference(arns, input.taskDefinition ?? '');
      return database.transaction(async (queries) => {
        const definition = await taskDefinitionStore.find(queries, reference);
        if (definition === undefined) throw ecsError.client('The specified task definition does not exist.');
        if (definition.status !== 'ACTIVE') return { taskDefinition: taskDefinitionModel(definition) };
        const inactive = { ...definition, status: 'INACTIVE' as const, deregisteredAt: clock() };
        await taskDefinitionStore.put(queries, inactive);
        return { taskDefinition: taskDefinitionModel(inactive) };
      });
    },

    /**
     * INACTIVE revisions become DELETE_IN_PROGRESS and stay so: their numbers are never used again, and what runs may
     * still be described.
     */
    remove: async (input: DeleteTaskDefinitionsRequest): Promise<DeleteTaskDefinitionsResponse> => {
      const given = input.taskDefinitions ?? [];
      if (given.length === 0) throw ecsError.invalidParameter('Task definitions cannot be empty.');
      requireAtMost(given, MAX_DELETED, 'taskDefinitions');
      const references = given.map((reference) => revisionReference(arns, reference));
      return database.transaction(async (queries) => {
        const removed: TaskDefinition[] = [];
        const failures: Failure[] = [];
        for (const reference of references) {
          const { family, revision } = reference;
          const definition = await taskDefinitionStore.find(queries, reference);
          const arn = arns.taskDefinition(family, revision);
          if (definition === undefined) {
            failures.push({ arn, reason: 'MISSING' });
          } else if (definition.status === 'ACTIVE') {
            failures.push({ arn, reason: STILL_ACTIVE });
          } else {
            const deleted = { ...definition, status: 'DELETE_IN_PROGRESS' as const };
            removed.push({ ...deleted, deleteRequestedAt: definition.deleteRequestedAt ?? clock() });
          }
        }
        for (const definition of removed) await taskDefinitionStore.put(queries, definition);
        return { taskDefinitions: removed.map(taskDefinitionModel), failures };
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
