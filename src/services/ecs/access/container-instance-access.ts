import type {
  DeleteAttributesRequest,
  DeregisterContainerInstanceRequest,
  DescribeContainerInstancesRequest,
  ListAttributesRequest,
  PutAttributesRequest,
  SubmitAttachmentStateChangesRequest,
  SubmitContainerStateChangeRequest,
  SubmitTaskStateChangeRequest,
  UpdateContainerAgentRequest,
  UpdateContainerInstancesStateRequest,
} from '@aws-sdk/client-ecs';
import type { AccessQuestion } from '../../../platform/aws/access.js';
import { requireAtMost } from '../checks.js';
import { clusterReference, containerInstanceReference, taskReference } from '../references.js';
import type { RequestContext } from '../../../platform/aws/service.js';
import { type AccessParts, tagged } from './access-parts.js';
import { requireOwnInstances, requireOwnTask } from './own-instance.js';

type Questions = Promise<readonly AccessQuestion[]>;

/** Container instances, and the reports of their tasks. */
export function containerInstanceAccess({ database, arns }: AccessParts) {
  async function onCluster(action: string, name: string): Questions {
    return [{ action, resources: [await tagged(database, arns.cluster(name))] }];
  }

  async function onInstances(action: string, cluster: string, instances: readonly string[]): Questions {
    const resources = await Promise.all(instances.map((arn) => tagged(database, arn)));
    return [{ action, resources, conditions: { 'ecs:cluster': arns.cluster(cluster) } }];
  }

  /** Attributes are put on instances of the request's cluster, whatever an ARN says. */
  function onTargets(action: string) {
    return (input: PutAttributesRequest | DeleteAttributesRequest): Questions => {
      requireAtMost(input.attributes, 10, 'attributes');
      const cluster = clusterReference(arns, input.cluster);
      const targets = (input.attributes ?? []).map(({ targetId = '' }) =>
        arns.containerInstance(cluster, containerInstanceReference(arns, targetId).id),
      );
      return onInstances(action, cluster, [...new Set(targets)]);
    };
  }

  function report(action: string) {
    return async (
      input: SubmitTaskStateChangeRequest | SubmitContainerStateChangeRequest,
      context: RequestContext,
    ): Questions => {
      const { clusterName, id } = taskReference(arns, input.task ?? '');
      const cluster = clusterName ?? clusterReference(arns, input.cluster);
      await requireOwnTask(database, context, action, arns.task(cluster, id));
      return onCluster(action, cluster);
    };
  }

  return {
    DeregisterContainerInstance: async (
      input: DeregisterContainerInstanceRequest,
      context: RequestContext,
    ): Questions => {
      const action = 'ecs:DeregisterContainerInstance';
      const { clusterName, id } = containerInstanceReference(arns, input.containerInstance ?? '');
      const cluster = clusterReference(arns, input.cluster ?? clusterName);
      await requireOwnInstances(database, context, action, [arns.containerInstance(cluster, id)]);
      return onCluster(action, cluster);
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

    ListAttributes: ({ cluster }: ListAttributesRequest): Questions =>
      onCluster('ecs:ListAttributes', clusterReference(arns, cluster)),

    PutAttributes: onTargets('ecs:PutAttributes'),
    DeleteAttributes: onTargets('ecs:DeleteAttributes'),

    UpdateContainerAgent: (input: UpdateContainerAgentRequest): Questions => {
      const { clusterName, id } = containerInstanceReference(arns, input.containerInstance ?? '');
      const cluster = clusterReference(arns, input.cluster ?? clusterName);
      return onInstances('ecs:UpdateContainerAgent', cluster, [arns.containerInstance(cluster, id)]);
    },

    UpdateContainerInstancesState: async (
      input: UpdateContainerInstancesStateRequest,
      context: RequestContext,
    ): Questions => {
      const action = 'ecs:UpdateContainerInstancesState';
      const references = input.containerInstances ?? [];
      requireAtMost(references, 10, 'containerInstances');
      const cluster = clusterReference(arns, input.cluster);
      const members = [...new Set(references)].map((reference) => containerInstanceReference(arns, reference));
      const instances = members.map(({ clusterName, id }) => arns.containerInstance(clusterName ?? cluster, id));
      await requireOwnInstances(database, context, action, instances);
      return onInstances(action, cluster, [...new Set(instances)]);
    },

    SubmitAttachmentStateChanges: (input: SubmitAttachmentStateChangesRequest): Questions =>
      onCluster('ecs:SubmitAttachmentStateChanges', clusterReference(arns, input.cluster)),
    SubmitTaskStateChange: report('ecs:SubmitTaskStateChange'),
    SubmitContainerStateChange: report('ecs:SubmitContainerStateChange'),
  };
}
