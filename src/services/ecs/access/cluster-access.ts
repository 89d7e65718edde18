import type {
  CreateClusterRequest,
  DescribeClustersRequest,
  ListContainerInstancesRequest,
  RegisterContainerInstanceRequest,
} from '@aws-sdk/client-ecs';
import type { AccessQuestion } from '../../../platform/aws/access.js';
import type { RequestContext } from '../../../platform/aws/service.js';
import { requireAtMost } from '../checks.js';
import { clusterReference } from '../references.js';
import { type AccessParts, anywhere, tagged } from './access-parts.js';
import { capacityProviders } from './launch-conditions.js';
import { requireOwnInstances } from './own-instance.js';
import { requestTags, tagOnCreate } from './request-tags.js';

type Questions = Promise<readonly AccessQuestion[]>;

/** Clusters, and what is decided by the cluster alone. */
export function clusterAccess({ database, arns }: AccessParts) {
  async function onCluster(action: string, reference: string | undefined): Questions {
    return [{ action, resources: [await tagged(database, arns.cluster(clusterReference(arns, reference)))] }];
  }

  const ofCluster =
    (action: string) =>
    ({ cluster }: { readonly cluster?: string | undefined }): Questions =>
      onCluster(action, cluster);

  return {
    CreateCluster: async (input: CreateClusterRequest): Questions => {
      const cluster = await tagged(database, arns.cluster(input.clusterName ?? 'default'));
      const providers = input.capacityProviders ?? [];
      return [
        {
          action: 'ecs:CreateCluster',
          resources: [cluster],
          conditions: { ...requestTags(input.tags), ...capacityProviders(arns, providers) },
        },
        ...tagOnCreate(input.tags, cluster, 'CreateCluster'),
      ];
    },

    DescribeClusters: async (input: DescribeClustersRequest): Questions => {
      const references = input.clusters === undefined || input.clusters.length === 0 ? ['default'] : input.clusters;
      requireAtMost(references, 100, 'clusters');
      const names = new Set(references.map((reference) => clusterReference(arns, reference)));
      const resources = await Promise.all([...names].map((name) => tagged(database, arns.cluster(name))));
      return [{ action: 'ecs:DescribeClusters', resources }];
    },

    DeleteCluster: ofCluster('ecs:DeleteCluster'),
    UpdateCluster: ofCluster('ecs:UpdateCluster'),
    UpdateClusterSettings: ofCluster('ecs:UpdateClusterSettings'),
    PutClusterCapacityProviders: ofCluster('ecs:PutClusterCapacityProviders'),
    ListClusters: () => anywhere('ecs:ListClusters'),

    ListContainerInstances: ({ cluster }: ListContainerInstancesRequest): Questions =>
      onCluster('ecs:ListContainerInstances', cluster),

    RegisterContainerInstance: async (input: RegisterContainerInstanceRequest, context: RequestContext): Questions => {
      await requireOwnInstances(database, context, 'ecs:RegisterContainerInstance', [input.containerInstanceArn]);
      const name = clusterReference(arns, input.cluster);
      return [
        {
          action: 'ecs:RegisterContainerInstance',
          resources: [await tagged(database, arns.cluster(name))],
          conditions: requestTags(input.tags),
        },
        ...tagOnCreate(input.tags, { arn: arns.containerInstance(name, '*') }, 'RegisterContainerInstance'),
      ];
    },

    DiscoverPollEndpoint: () => anywhere('ecs:DiscoverPollEndpoint'),
  };
}
