import type {
  CreateServiceRequest,
  DeleteServiceRequest,
  DescribeServiceDeploymentsRequest,
  DescribeServiceRevisionsRequest,
  DescribeServicesRequest,
  ListServiceDeploymentsRequest,
  ListServicesRequest,
  UpdateServiceRequest,
} from '@aws-sdk/client-ecs';
import type { AccessQuestion } from '../../../platform/aws/access.js';
import { requireAtMost } from '../checks.js';
import {
  clusterReference,
  serviceDeploymentReference,
  serviceReference,
  serviceRevisionReference,
} from '../references.js';
import { primaryDeployment, type Service } from '../service.js';
import { serviceStore } from '../service-store.js';
import { type AccessParts, anywhere, type Conditions, tagged } from './access-parts.js';
import { network, strategyProviders, taskSize } from './launch-conditions.js';
import { passRoles } from './pass-role.js';
import { requestTags, tagOnCreate } from './request-tags.js';
import { meantDefinition } from './task-definition-access.js';

type Questions = Promise<readonly AccessQuestion[]>;

/** Who takes the role by which a service reaches its load balancer. */
const ECS_SERVICE = 'ecs.amazonaws.com';

export function serviceAccess(parts: AccessParts) {
  const { database, arns } = parts;

  /** What a service will run, of a request to create or update it. */
  function features(
    input: CreateServiceRequest | UpdateServiceRequest,
    has: Partial<Pick<Service, 'enableExecuteCommand' | 'enableECSManagedTags' | 'propagateTags'>>,
  ): Conditions {
    const connect = input.serviceConnectConfiguration;
    return {
      'ecs:enable-execute-command': String(input.enableExecuteCommand ?? has.enableExecuteCommand ?? false),
      'ecs:enable-ecs-managed-tags': String(input.enableECSManagedTags ?? has.enableECSManagedTags ?? false),
      'ecs:propagate-tags': input.propagateTags ?? has.propagateTags ?? 'NONE',
      'ecs:enable-service-connect': String(connect?.enabled === true),
      ...(connect?.namespace !== undefined && { 'ecs:namespace': connect.namespace }),
      'ecs:enable-vpc-lattice': String((input.vpcLatticeConfigurations ?? []).length > 0),
      'ecs:enable-ebs-volumes': String((input.volumeConfigurations ?? []).length > 0),
    };
  }

  /** Deployments and revisions; what they belong to is part of their ARNs, and they have no tags. */
  function ofServices(
    action: string,
    references: readonly string[] | undefined,
    read: typeof serviceDeploymentReference,
  ): readonly AccessQuestion[] {
    requireAtMost(references, 20, 'ARNs');
    return [...new Set(references)].map((arn) => {
      const { clusterName, serviceArn } = read(arns, arn);
      const conditions = { 'ecs:cluster': arns.cluster(clusterName), 'ecs:service': serviceArn };
      return { action, resources: [{ arn, tags: {} }], conditions };
    });
  }

  return {
    CreateService: async (input: CreateServiceRequest): Questions => {
      const cluster = clusterReference(arns, input.cluster);
      const arn = arns.service(cluster, input.serviceName ?? '');
      const service = await tagged(database, arn);
      const { definition, resource } = await meantDefinition(parts, input.taskDefinition);
      return [
        {
          action: 'ecs:CreateService',
          resources: [service],
          conditions: {
            ...requestTags(input.tags),
            'ecs:cluster': arns.cluster(cluster),
            'ecs:task-definition': resource.arn,
            ...features(input, {}),
            ...strategyProviders(arns, input.capacityProviderStrategy),
            ...network(input.networkConfiguration),
            ...taskSize(undefined, definition),
          },
        },
        ...tagOnCreate(input.tags, service, 'CreateService'),
        ...passRoles([definition?.taskRoleArn, definition?.executionRoleArn], arn),
        ...passRoles([input.role && arns.role(input.role)], arn, ECS_SERVICE),
      ];
    },

    /**
     * What the request leaves out stays as the service has it, and so it is asked: `--force-new-deployment` of a
     * service that has exec starts tasks with exec, and must not pass for a request without it. Roles are handed over
     * when another definition is named; those the service has were handed over before.
     */
    UpdateService: async (input: UpdateServiceRequest): Questions => {
      const reference = serviceReference(arns, input.service ?? '');
      const cluster = clusterReference(arns, input.cluster ?? reference.clusterName);
      const arn = arns.service(cluster, reference.id);
      const service = await serviceStore.find(database, arn);
      const primary = service && primaryDeployment(service);
      const named = input.taskDefinition ?? primary?.taskDefinitionArn;
      const meant = named === undefined ? undefined : await meantDefinition(parts, named);
      const handed = input.taskDefinition === undefined ? undefined : meant?.definition;
      return [
        {
          action: 'ecs:UpdateService',
          resources: [await tagged(database, arn)],
          conditions: {
            'ecs:cluster': arns.cluster(cluster),
            ...(meant !== undefined && { 'ecs:task-definition': meant.resource.arn }),
            ...features(input, service ?? {}),
            ...strategyProviders(arns, input.capacityProviderStrategy ?? primary?.launch.capacityProviderStrategy),
            ...network(input.networkConfiguration ?? primary?.launch.networkConfiguration),
            ...taskSize(undefined, meant?.definition),
          },
        },
        ...passRoles([handed?.taskRoleArn, handed?.executionRoleArn], arn),
      ];
    },

    DeleteService: async (input: DeleteServiceRequest): Questions => {
      const reference = serviceReference(arns, input.service ?? '');
      const cluster = clusterReference(arns, input.cluster ?? reference.clusterName);
      return [
        {
          action: 'ecs:DeleteService',
          resources: [await tagged(database, arns.service(cluster, reference.id))],
          conditions: { 'ecs:cluster': arns.cluster(cluster) },
        },
      ];
    },

    DescribeServices: async (input: DescribeServicesRequest): Questions => {
      const references = input.services ?? [];
      requireAtMost(references, 10, 'services');
      const cluster = clusterReference(arns, input.cluster);
      const members = [...new Set(references)].map((reference) => serviceReference(arns, reference));
      return [
        {
          action: 'ecs:DescribeServices',
          resources: await Promise.all(
            members.map(({ clusterName, id }) => tagged(database, arns.service(clusterName ?? cluster, id))),
          ),
          conditions: { 'ecs:cluster': arns.cluster(cluster) },
        },
      ];
    },

    ListServiceDeployments: async (input: ListServiceDeploymentsRequest): Questions => {
      const reference = serviceReference(arns, input.service ?? '');
      const cluster = clusterReference(arns, input.cluster ?? reference.clusterName);
      return [
        {
          action: 'ecs:ListServiceDeployments',
          resources: [await tagged(database, arns.service(cluster, reference.id))],
          conditions: { 'ecs:cluster': arns.cluster(cluster) },
        },
      ];
    },

    DescribeServiceDeployments: ({ serviceDeploymentArns }: DescribeServiceDeploymentsRequest) =>
      ofServices('ecs:DescribeServiceDeployments', serviceDeploymentArns, serviceDeploymentReference),
    DescribeServiceRevisions: ({ serviceRevisionArns }: DescribeServiceRevisionsRequest) =>
      ofServices('ecs:DescribeServiceRevisions', serviceRevisionArns, serviceRevisionReference),

    ListServices: ({ cluster }: ListServicesRequest): readonly AccessQuestion[] =>
      anywhere('ecs:ListServices', { 'ecs:cluster': arns.cluster(clusterReference(arns, cluster)) }),
  };
}
