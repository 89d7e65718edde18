import type { Queries } from '../../platform/store/database.js';
import type { EcsArns } from './arns.js';
import type { Cluster } from './cluster.js';
import type { ContainerInstance } from './container-instance.js';
import { containerInstanceStore } from './container-instance-store.js';
import { containerInstanceReference } from './references.js';

/** What a reference names in a cluster; without an instance when it is not there, or in another cluster. */
export async function findInstance(
  queries: Queries,
  arns: EcsArns,
  cluster: Cluster,
  reference: string,
): Promise<{ readonly arn: string; readonly instance: ContainerInstance | undefined }> {
  const member = containerInstanceReference(arns, reference);
  const arn = arns.containerInstance(member.clusterName ?? cluster.name, member.id);
  const found = await containerInstanceStore.find(queries, arn);
  return { arn, instance: found?.clusterArn === cluster.arn ? found : undefined };
}
