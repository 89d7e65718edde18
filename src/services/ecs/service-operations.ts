import {
  LaunchType,
  SchedulingStrategy,
  type DeleteServiceRequest,
  type DeleteServiceResponse,
  type DescribeServicesRequest,
  type DescribeServicesResponse,
  type Failure,
  type ListServicesRequest,
  type ListServicesResponse,
  type Service as WireService,
} from '@aws-sdk/client-ecs';
import { requireAtMost, requireOneOf } from './checks.js';
import { clusterStore } from './cluster-store.js';
import { createService } from './create-service.js';
import { ecsError } from './ecs-error.js';
import type { EcsParts } from './ecs-parts.js';
import { cutPage, readPage } from './page.js';
import { clusterReference, serviceReference } from './references.js';
import { serviceStore } from './service-store.js';
import { viewService } from './service-view.js';
import type { Service } from './service.js';
import { updateService } from './update-service.js';

type Parts = Pick<EcsParts, 'database' | 'arns' | 'ids' | 'network' | 'clock' | 'settings' | 'scheduler' | 'roles'>;

/** ListServices is the one list whose page has 10 entries unless asked otherwise. */
const LIST_SERVICES_PAGE = 10;

export function serviceOperations(parts: Parts) {
  const { database, arns, scheduler } = parts;
  return {
    create: createService(parts),
    update: updateService(parts),

    /** ACTIVE -> DRAINING; the scheduler stops the tasks and makes it INACTIVE. */
    remove: async (input: DeleteServiceRequest): Promise<DeleteServiceResponse> => {
      const reference = serviceReference(arns, input.service ?? '');
      const clusterName = clusterReference(arns, input.cluster ?? reference.clusterName);
      const removed = await database.transaction(async (queries) => {
        const cluster = await clusterStore.require(queries, clusterName);
        const service = await serviceStore.require(queries, arns.service(cluster.name, reference.id));
        if (service.status === 'INACTIVE') throw ecsError.serviceNotFound();
        if (service.desiredCount > 0 && input.force !== true && service.status === 'ACTIVE') {
          throw ecsError.invalidParameter('The service cannot be stopped while it is scaled above 0.');
        }
        const draining: Service = { ...service, status: 'DRAINING', desiredCount: 0 };
        await serviceStore.put(queries, draining);
        return viewService(queries, arns, draining, true);
      });
      if (removed.serviceArn !== undefined) scheduler.wake(removed.serviceArn);
      return { service: removed };
    },

    describe: async (input: DescribeServicesRequest): Promise<DescribeServicesResponse> => {
      const references = input.services ?? [];
      if (references.length === 0) throw ecsError.invalidParameter('Services cannot be empty.');
      requireAtMost(references, 10, 'services');
      const clusterName = clusterReference(arns, input.cluster);
      await clusterStore.require(database, clusterName);
      const withTags = input.include?.includes('TAGS') === true;
      const services: WireService[] = [];
      const failures: Failure[] = [];
      for (const reference of new Set(references)) {
        const member = serviceReference(arns, reference);
        const arn = arns.service(member.clusterName ?? clusterName, member.id);
        const isHere = member.clusterName === undefined || member.clusterName === clusterName;
        const service = isHere ? await serviceStore.find(database, arn) : undefined;
        if (service === undefined) failures.push({ arn, reason: 'MISSING' });
        else services.push(await viewService(database, arns, service, withTags));
      }
      return { services, failures };
    },

    list: async (input: ListServicesRequest): Promise<ListServicesResponse> => {
      requireOneOf(input.launchType, LaunchType, 'launchType');
      requireOneOf(input.schedulingStrategy, SchedulingStrategy, 'schedulingStrategy');
      const page = readPage('ListServices', input, LIST_SERVICES_PAGE);
      const cluster = await clusterStore.require(database, clusterReference(arns, input.cluster));
      const { launchType, schedulingStrategy } = input;
      const filter = { clusterArn: cluster.arn, launchType, schedulingStrategy };
      const found = await serviceStore.listArns(database, filter, page);
      const { items, nextToken } = cutPage('ListServices', page, found, (arn) => arn);
      return { serviceArns: [...items], nextToken };
    },
  };
}
