import type { ContainerDefinition as WireContainer, TaskDefinition as WireTaskDefinition } from '@aws-sdk/client-ecs';

/** A container as registered: name and image checked, defaults written out. */
export type ContainerDefinition = WireContainer & {
  readonly name: string;
  readonly image: string;
  readonly essential: boolean;
};

type Times = 'registeredAt' | 'deregisteredAt' | 'deleteRequestedAt';

/** One revision of a family. It never changes, except that it may become INACTIVE, and then be deleted. */
export interface TaskDefinition extends Omit<WireTaskDefinition, Times> {
  readonly taskDefinitionArn: string;
  readonly family: string;
  readonly revision: number;
  readonly status: 'ACTIVE' | 'INACTIVE' | 'DELETE_IN_PROGRESS';
  readonly containerDefinitions: ContainerDefinition[];
  readonly networkMode: 'awsvpc' | 'bridge' | 'host' | 'none';
  readonly compatibilities: ('EC2' | 'EXTERNAL' | 'FARGATE')[];
  readonly registeredAt: number;
  readonly deregisteredAt?: number | undefined;
  readonly deleteRequestedAt?: number | undefined;
}
