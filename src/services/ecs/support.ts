import * as model from '@aws-sdk/client-ecs';

/** A row of the support matrix. */
export interface SupportRow {
  readonly operation: string;
  readonly supported: boolean;
  /** What is different from AWS, in a sentence; empty when nothing is. */
  readonly note: string;
}

const NOTES: Readonly<Record<string, string>> = Object.freeze({
  CreateCluster:
    'Capacity providers: FARGATE and FARGATE_SPOT. Log group, bucket and KMS key are not looked up, as on AWS.',
  CreateService:
    'Scheduling strategy REPLICA, deployment controller ECS, rolling deployments with circuit breaker. No load balancers, service registries, Service Connect, volumes or placement constraints: UnsupportedFeatureException.',
  DiscoverPollEndpoint: 'Answers with this endpoint; container hosts connect to its /ws.',
  ExecuteCommand: 'Checks and texts in AWS’s order; policy is asked before the task’s state is looked at.',
  ListContainerInstances: 'No cluster query language.',
  PutAccountSetting: 'Kept and returned; long ARN formats are always enabled.',
  PutAccountSettingDefault: 'Kept and returned; long ARN formats are always enabled.',
  PutClusterCapacityProviders: 'FARGATE and FARGATE_SPOT.',
  RegisterContainerInstance: 'For Gangway’s own agent; the signature of the identity document is not checked.',
  RegisterTaskDefinition:
    'Every member is kept and returned. Hosts use image, command, entryPoint, environment, workingDirectory, user, hostname, readonlyRootFilesystem, initProcessEnabled, stopTimeout, essential, and of logConfiguration the awslogs driver (each line an event; no multi-line patterns); in Docker also cpu, memory, memoryReservation, ulimits, capabilities, privileged, networkMode, pidMode host, portMappings and healthCheck. Containers with secrets, environmentFiles, mountPoints or volumesFrom are not started: UnsupportedFeatureException.',
  RunTask:
    'Fargate tasks wait in PENDING while no container host is connected. Subnets and security groups: any well-formed id. No placement constraints.',
  StopTask: 'The task is STOPPING until its host reports.',
  UpdateService: 'As CreateService.',
});

/** Rows for the operations that are served; `names` are those of the action table. */
export function ecsSupport(names: readonly string[]): readonly SupportRow[] {
  return modelOperations().map((operation) => ({
    operation,
    supported: names.includes(operation),
    note: NOTES[operation] ?? '',
  }));
}

/** Every operation of the service model, from the commands that the SDK exports. */
export function modelOperations(): readonly string[] {
  return Object.keys(model)
    .filter((name) => /^[A-Z]\w*Command$/.test(name))
    .map((name) => name.slice(0, -'Command'.length))
    .sort();
}
