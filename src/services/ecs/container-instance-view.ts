import type { ContainerInstance as WireContainerInstance } from '@aws-sdk/client-ecs';
import type { Queries } from '../../platform/store/database.js';
import { containerInstanceModel } from './container-instance-model.js';
import type { ContainerInstance } from './container-instance.js';
import type { Hosts } from './hosts.js';
import { tagStore } from './tag-store.js';
import { taskStore } from './task-store.js';

/** Reads what belongs to a container instance, and shows it. */
export async function viewContainerInstance(
  queries: Queries,
  hosts: Pick<Hosts, 'isReady'>,
  instance: ContainerInstance,
  withTags: boolean,
): Promise<WireContainerInstance> {
  return containerInstanceModel(instance, {
    tasks: await taskStore.live(queries, { host: instance.arn }),
    connected: hosts.isReady(instance.arn),
    ...(withTags ? { tags: await tagStore.find(queries, instance.arn) } : {}),
  });
}
