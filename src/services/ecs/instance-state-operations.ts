import type {
  Failure,
  UpdateContainerAgentRequest,
  UpdateContainerAgentResponse,
  UpdateContainerInstancesStateRequest,
  UpdateContainerInstancesStateResponse,
} from '@aws-sdk/client-ecs';
import { requireAtMost } from './checks.js';
import { clusterStore } from './cluster-store.js';
import { containerInstanceStore } from './container-instance-store.js';
import type { ContainerInstance } from './container-instance.js';
import { viewContainerInstance } from './container-instance-view.js';
import { findInstance } from './find-instance.js';
import { ecsError } from './ecs-error.js';
import type { EcsParts } from './ecs-parts.js';
import { clusterReference, containerInstanceReference } from './references.js';

type Parts = Pick<EcsParts, 'database' | 'arns' | 'hosts' | 'scheduler'>;

/** As many as one call may change. */
const MAX_INSTANCES = 10;

export function instanceStateOperations({ database, arns, hosts, scheduler }: Parts) {
  return {
    /**
     * DRAINING: nothing new is placed there, and services move their tasks elsewhere as their percentages let them.
     * Tasks of RunTask run on.
     */
    updateState: async (
      input: UpdateContainerInstancesStateRequest,
    ): Promise<UpdateContainerInstancesStateResponse> => {
      const references = input.containerInstances ?? [];
      if (references.length === 0) throw ecsError.client('Container instances cannot be empty.');
      requireAtMost(references, MAX_INSTANCES, 'containerInstances');
      const { status } = input;
      if (status !== 'ACTIVE' && status !== 'DRAINING') {
        throw ecsError.invalidParameter('Container instances status should be one of [ACTIVE,DRAINING]');
      }
      const { answer, clusterArn } = await database.transaction(async (queries) => {
        const cluster = await clusterStore.requireActive(queries, clusterReference(arns, input.cluster));
        const containerInstances = [];
        const failures: Failure[] = [];
        for (const reference of new Set(references)) {
          const { arn, instance } = await findInstance(queries, arns, cluster, reference);
          if (instance === undefined) failures.push({ arn, reason: 'MISSING' });
          else if (instance.status === 'INACTIVE') failures.push({ arn, reason: 'INACTIVE' });
          else {
            const changed: ContainerInstance =
              instance.status === status ? instance : { ...instance, status, version: instance.version + 1 };
            await containerInstanceStore.put(queries, changed);
            containerInstances.push(await viewContainerInstance(queries, hosts, changed, false));
          }
        }
        return { answer: { containerInstances, failures }, clusterArn: cluster.arn };
      });
      await scheduler.wakeAll(clusterArn);
      return answer;
    },

    /** Agents are of the endpoint's own version: there is never a newer one to bring. */
    updateAgent: async (input: UpdateContainerAgentRequest): Promise<UpdateContainerAgentResponse> => {
      const reference = containerInstanceReference(arns, input.containerInstance ?? '');
      const name = clusterReference(arns, input.cluster ?? reference.clusterName);
      const cluster = await clusterStore.requireActive(database, name);
      await containerInstanceStore.requireRegistered(database, arns.containerInstance(cluster.name, reference.id));
      throw ecsError.noUpdateAvailable();
    },
  };
}
