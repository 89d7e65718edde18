import {
  ServiceDeploymentStatus,
  type DescribeServiceDeploymentsRequest,
  type DescribeServiceDeploymentsResponse,
  type DescribeServiceRevisionsRequest,
  type DescribeServiceRevisionsResponse,
  type Failure,
  type ListServiceDeploymentsRequest,
  type ListServiceDeploymentsResponse,
} from '@aws-sdk/client-ecs';
import { requireAtMost, requireOneOf } from './checks.js';
import { clusterStore } from './cluster-store.js';
import { ecsError } from './ecs-error.js';
import type { EcsParts } from './ecs-parts.js';
import { cutPage, readPage } from './page.js';
import {
  clusterReference,
  serviceDeploymentReference,
  serviceReference,
  serviceRevisionReference,
  taskDefinitionReference,
} from './references.js';
import { serviceDeploymentBrief, serviceDeploymentModel, serviceRevisionModel } from './service-deployment-model.js';
import { serviceStore } from './service-store.js';
import { countTasks } from './service-view.js';
import { taskDefinitionStore } from './task-definition-store.js';

/** ARNs in one call to describe. */
const MAX_DESCRIBED = 20;

/** The deployments of services, those that are over with them. */
export function serviceDeploymentOperations({ database, arns }: Pick<EcsParts, 'database' | 'arns'>) {
  return {
    describe: async (input: DescribeServiceDeploymentsRequest): Promise<DescribeServiceDeploymentsResponse> => {
      const references = input.serviceDeploymentArns ?? [];
      if (references.length === 0) throw ecsError.required('serviceDeploymentArns');
      requireAtMost(references, MAX_DESCRIBED, 'serviceDeploymentArns');
      const serviceDeployments = [];
      const failures: Failure[] = [];
      for (const arn of new Set(references)) {
        const { serviceArn, id } = serviceDeploymentReference(arns, arn);
        const service = await serviceStore.find(database, serviceArn);
        const entry = service?.history?.find((one) => one.id === id);
        if (service === undefined || entry === undefined) failures.push({ arn, reason: 'MISSING' });
        else serviceDeployments.push(serviceDeploymentModel(arns, service, entry, await countTasks(database, service)));
      }
      return { serviceDeployments, failures };
    },

    /** Newest first. */
    list: async (input: ListServiceDeploymentsRequest): Promise<ListServiceDeploymentsResponse> => {
      for (const status of input.status ?? []) requireOneOf(status, ServiceDeploymentStatus, 'status');
      const reference = serviceReference(arns, input.service ?? '');
      const page = readPage('ListServiceDeployments', input);
      const cluster = await clusterStore.require(
        database,
        clusterReference(arns, input.cluster ?? reference.clusterName),
      );
      const service = await serviceStore.require(database, arns.service(cluster.name, reference.id));
      const { before, after } = input.createdAt ?? {};
      const found = (service.history ?? [])
        .filter(({ status }) => (input.status ?? []).length === 0 || input.status?.includes(status) === true)
        .filter(({ createdAt }) => before === undefined || createdAt <= before.getTime())
        .filter(({ createdAt }) => after === undefined || createdAt >= after.getTime());
      const start = page.after === undefined ? 0 : found.findIndex(({ id }) => id === page.after) + 1;
      const { items, nextToken } = cutPage('ListServiceDeployments', page, found.slice(start), ({ id }) => id);
      return { serviceDeployments: items.map((entry) => serviceDeploymentBrief(arns, service, entry)), nextToken };
    },

    describeRevisions: async (input: DescribeServiceRevisionsRequest): Promise<DescribeServiceRevisionsResponse> => {
      const references = input.serviceRevisionArns ?? [];
      if (references.length === 0) throw ecsError.required('serviceRevisionArns');
      requireAtMost(references, MAX_DESCRIBED, 'serviceRevisionArns');
      const serviceRevisions = [];
      const failures: Failure[] = [];
      for (const arn of new Set(references)) {
        const { serviceArn, id } = serviceRevisionReference(arns, arn);
        const service = await serviceStore.find(database, serviceArn);
        const entry = service?.history?.find(({ target }) => target.revisionId === id);
        if (service === undefined || entry === undefined) {
          failures.push({ arn, reason: 'MISSING' });
          continue;
        }
        const definition = await taskDefinitionStore.find(
          database,
          taskDefinitionReference(arns, entry.target.taskDefinitionArn),
        );
        serviceRevisions.push(serviceRevisionModel(arns, service, entry, definition));
      }
      return { serviceRevisions, failures };
    },
  };
}
