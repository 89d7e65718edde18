import {
  ContainerInstanceStatus,
  type DeregisterContainerInstanceRequest,
  type DeregisterContainerInstanceResponse,
  type DescribeContainerInstancesRequest,
  type DescribeContainerInstancesResponse,
  type DiscoverPollEndpointResponse,
  type Failure,
  type ListContainerInstancesRequest,
  type ListContainerInstancesResponse,
  type RegisterContainerInstanceRequest,
  type RegisterContainerInstanceResponse,
} from '@aws-sdk/client-ecs';
import type { RequestContext } from '../../platform/aws/service.js';
import { managedInstanceOf } from '../managed-instance-caller.js';
import { requireAtMost, requireOneOf } from './checks.js';
import { clusterStore } from './cluster-store.js';
import { containerInstanceStore } from './container-instance-store.js';
import { type ContainerInstance, withNetwork } from './container-instance.js';
import { viewContainerInstance } from './container-instance-view.js';
import { findInstance } from './find-instance.js';
import { ecsError } from './ecs-error.js';
import type { EcsParts } from './ecs-parts.js';
import { querySubject } from './instance-placement.js';
import { cutPage, readPage } from './page.js';
import { satisfies } from './placement/cluster-query.js';
import { readExpression } from './placement/placement-request.js';
import { clusterReference, containerInstanceReference } from './references.js';
import { readTags } from './tag.js';
import { tagStore } from './tag-store.js';
import type { TaskChange } from './task-changes.js';
import { stopRequested } from './task-lifecycle.js';
import { taskStore } from './task-store.js';

type Parts = Pick<
  EcsParts,
  'database' | 'arns' | 'ids' | 'network' | 'clock' | 'hosts' | 'capacity' | 'changes' | 'scheduler'
>;

export function containerInstanceOperations(parts: Parts) {
  const { database, arns, ids, network, clock, hosts, capacity, changes, scheduler } = parts;

  return {
    /** A host that names its former ARN is the same instance again. Of a managed instance its signature tells the id. */
    register: async (
      input: RegisterContainerInstanceRequest,
      { caller }: RequestContext,
    ): Promise<RegisterContainerInstanceResponse> => {
      const tags = readTags(input.tags);
      const clusterName = clusterReference(arns, input.cluster);
      const registered = await database.transaction(async (queries) => {
        const cluster = await clusterStore.requireActive(queries, clusterName);
        const known =
          input.containerInstanceArn === undefined || input.containerInstanceArn === ''
            ? undefined
            : await containerInstanceStore.requireRegistered(queries, input.containerInstanceArn);
        if (known !== undefined && known.clusterArn !== cluster.arn) {
          throw ecsError.client('Container instance is registered in another cluster.');
        }
        const id = known?.id ?? ids.hex(32);
        const instance: ContainerInstance = {
          arn: arns.containerInstance(cluster.name, id),
          id,
          clusterArn: cluster.arn,
          clusterName: cluster.name,
          ec2InstanceId:
            managedInstanceOf(caller) ??
            instanceId(input.instanceIdentityDocument) ??
            known?.ec2InstanceId ??
            `i-${ids.hex(17)}`,
          status: known?.status ?? 'ACTIVE',
          versionInfo: input.versionInfo ?? known?.versionInfo ?? {},
          registeredResources: input.totalResources ?? known?.registeredResources ?? [],
          attributes: withNetwork(input.attributes ?? known?.attributes ?? [], network),
          customAttributes: known?.customAttributes,
          registeredAt: known?.registeredAt ?? clock(),
          version: (known?.version ?? 0) + 1,
        };
        await containerInstanceStore.put(queries, instance);
        if (known === undefined) await tagStore.put(queries, instance.arn, tags);
        return { instance, model: await viewContainerInstance(queries, hosts, instance, true) };
      });
      await scheduler.wakeAll(registered.instance.clusterArn);
      return { containerInstance: registered.model };
    },

    describe: async (input: DescribeContainerInstancesRequest): Promise<DescribeContainerInstancesResponse> => {
      const references = input.containerInstances ?? [];
      if (references.length === 0) throw ecsError.client('Container instances cannot be empty.');
      requireAtMost(references, 100, 'containerInstances');
      const cluster = await clusterStore.require(database, clusterReference(arns, input.cluster));
      const withTags = input.include?.includes('TAGS') === true;
      const containerInstances = [];
      const failures: Failure[] = [];
      for (const reference of new Set(references)) {
        const { arn, instance } = await findInstance(database, arns, cluster, reference);
        if (instance === undefined) failures.push({ arn, reason: 'MISSING' });
        else containerInstances.push(await viewContainerInstance(database, hosts, instance, withTags));
      }
      return { containerInstances, failures };
    },

    list: async (input: ListContainerInstancesRequest): Promise<ListContainerInstancesResponse> => {
      requireOneOf(input.status, ContainerInstanceStatus, 'status');
      const filter = input.filter ?? '';
      const expression = filter.trim() === '' ? undefined : readExpression(filter, 'filter');
      const page = readPage('ListContainerInstances', input);
      const cluster = await clusterStore.require(database, clusterReference(arns, input.cluster));
      const status = input.status ?? 'ACTIVE';
      const found =
        expression === undefined
          ? await containerInstanceStore.listArns(database, cluster.arn, status, page)
          : (await capacity.candidates(database, cluster.arn))
              .filter(({ instance }) => instance.status === status && instance.arn > (page.after ?? ''))
              .filter((candidate) => satisfies(querySubject(candidate), expression))
              .map(({ instance }) => instance.arn);
      const { items, nextToken } = cutPage('ListContainerInstances', page, found, (arn) => arn);
      return { containerInstanceArns: [...items], nextToken };
    },

    deregister: async (input: DeregisterContainerInstanceRequest): Promise<DeregisterContainerInstanceResponse> => {
      const reference = containerInstanceReference(arns, input.containerInstance ?? '');
      const clusterName = clusterReference(arns, input.cluster ?? reference.clusterName);
      const { instance, stopping } = await database.transaction(async (queries) => {
        const cluster = await clusterStore.require(queries, clusterName);
        const arn = arns.containerInstance(cluster.name, reference.id);
        const registered = await containerInstanceStore.requireRegistered(queries, arn);
        const tasks = await taskStore.live(queries, { host: arn });
        if (tasks.length > 0 && input.force !== true) {
          throw ecsError.invalidParameter('Found running tasks on the instance.');
        }
        const inactive: ContainerInstance = { ...registered, status: 'INACTIVE', version: registered.version + 1 };
        await containerInstanceStore.put(queries, inactive);
        const stopping: TaskChange[] = [];
        for (const before of tasks) {
          const reason = `Container instance ${arn} was deregistered.`;
          const change = { before, after: stopRequested(before, { stopCode: 'TerminationNotice', reason }, clock()) };
          await changes.save(queries, change);
          stopping.push(change);
        }
        return { instance: await viewContainerInstance(queries, hosts, inactive, false), stopping };
      });
      changes.announce(stopping);
      return { containerInstance: instance };
    },

    /** Where a host connects: the endpoint it asked. */
    discoverPollEndpoint: (_input: object, { endpointUrl }: RequestContext): Promise<DiscoverPollEndpointResponse> => {
      return Promise.resolve({
        endpoint: endpointUrl,
        telemetryEndpoint: endpointUrl,
        serviceConnectEndpoint: endpointUrl,
      });
    },
  };
}

/** `instanceId` of the identity document; its signature is not checked, the request's own says who it is. */
function instanceId(document: string | undefined): string | undefined {
  try {
    const value: unknown = JSON.parse(document ?? 'null');
    const id = typeof value === 'object' && value !== null && 'instanceId' in value ? value.instanceId : undefined;
    return typeof id === 'string' && id !== '' ? id.slice(0, 256) : undefined;
  } catch {
    return undefined;
  }
}
