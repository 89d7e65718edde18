import type {
  DeregisterContainerInstanceRequest,
  DescribeContainerInstancesRequest,
  SubmitAttachmentStateChangesRequest,
  SubmitContainerStateChangeRequest,
  SubmitTaskStateChangeRequest,
} from '@aws-sdk/client-ecs';
import type { AccessQuestion } from '../../../platform/aws/access.js';
import { requireAtMost } from '../checks.js';
import { clusterReference, containerInstanceReference, taskReference } from '../references.js';
import { type AccessParts, tagged } from './access-parts.js';

type Questions = Promise<readonly AccessQuestion[]>;

/** Container instances, and the reports of their tasks. */
export function containerInstanceAccess({ database, arns }: AccessParts) {
  async function onCluster(action: string, name: string): Questions {
    return [{ action, resources: [await tagged(database, arns.cluster(name))] }];
  }

  function report(action: string) {
    return (input: SubmitTaskStateChangeRequest | SubmitContainerStateChangeRequest): Questions => {
      const { clusterName } = taskReference(arns, input.task ?? '');
      return onCluster(action, clusterName ?? clusterReference(arns, input.cluster));
    };
  }

  return {
    DeregisterContainerInstance: (input: DeregisterContainerInstanceRequest): Questions => {
      const { clusterName } = containerInstanceReference(arns, input.containerInstance ?? '');
      return onCluster('ecs:DeregisterContainerInstance', clusterReference(arns, input.cluster ?? clusterName));
    },

    DescribeContainerInstances: async (input: DescribeContainerInstancesRequest): Questions => {
      const references = input.containerInstances ?? [];
      requireAtMost(references, 100, 'containerInstances');
      const cluster = clusterReference(arns, input.cluster);
      const members = [...new Set(references)].map((reference) => containerInstanceReference(arns, reference));
      return [
        {
          action: 'ecs:DescribeContainerInstances',
          resources: await Promise.all(
            members.map(({ clusterName, id }) => tagged(database, arns.containerInstance(clusterName ?? cluster, id))),
          ),
          conditions: { 'ecs:cluster': arns.cluster(cluster) },
        },
      ];
    },

    SubmitAttachmentStateChanges: (input: SubmitAttachmentStateChangesRequest): Questions =>
      onCluster('ecs:SubmitAttachmentStateChanges', clusterReference(arns, input.cluster)),
    SubmitTaskStateChange: report('ecs:SubmitTaskStateChange'),
    SubmitContainerStateChange: report('ecs:SubmitContainerStateChange'),
  };
}
