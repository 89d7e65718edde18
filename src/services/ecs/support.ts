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
  CreateCapacityProvider: 'Refused by name: UnsupportedFeatureException. There are FARGATE and FARGATE_SPOT.',
  CreateService:
    'Scheduling strategies REPLICA and DAEMON, placement constraints and strategies, deployment controller ECS, rolling deployments with circuit breaker. No load balancers, service registries, Service Connect, volumes, deployment alarms, or strategies other than ROLLING: UnsupportedFeatureException. Availability Zone rebalancing moves one task at a time, once the service is steady.',
  DeleteCapacityProvider: 'As CreateCapacityProvider.',
  DescribeCapacityProviders: 'FARGATE and FARGATE_SPOT.',
  DescribeServiceDeployments: 'The latest 20 of a service.',
  DescribeServiceRevisions: 'Those of the latest 20 deployments of a service.',
  DiscoverPollEndpoint: 'Answers with this endpoint; container hosts connect to its /ws.',
  ExecuteCommand: 'Checks and texts in AWS’s order; policy is asked before the task’s state is looked at.',
  ListContainerInstances:
    'The cluster query language whole; patterns without back references and look-around, matched in linear time.',
  ListServiceDeployments: 'The latest 20 of a service, newest first.',
  PutAccountSetting: 'Kept and returned; long ARN formats are always enabled.',
  PutAccountSettingDefault: 'Kept and returned; long ARN formats are always enabled.',
  PutAttributes: 'Names that begin with ecs. are for agents.',
  PutClusterCapacityProviders: 'FARGATE and FARGATE_SPOT.',
  RegisterContainerInstance: 'For Gangway’s own agent; the signature of the identity document is not checked.',
  DeleteTaskDefinitions: 'Revisions stay in DELETE_IN_PROGRESS, so that their numbers are never used again.',
  RegisterTaskDefinition:
    'Checked as on AWS, for EC2, Fargate and Windows; every member is kept and returned. Hosts do what their runtime can, and refuse the rest by name; of logConfiguration they do the awslogs driver (each line an event; no multi-line patterns). Not started, with UnsupportedFeatureException: containers with secrets, environmentFiles, links, firelensConfiguration, repositoryCredentials, credentialSpecs, dockerSecurityOptions, resourceRequirements or disableNetworking; EFS, S3 Files and FSx volumes and those configured at launch; proxies.',
  RunTask:
    'Fargate tasks wait in PENDING while no container host is connected, and those for Windows always: no host has it. Subnets and security groups: any well-formed id, or those of the VPC that the operator describes. With open limits tasks started without exec can be entered too.',
  SubmitAttachmentStateChanges: 'Acknowledged; network interfaces follow their tasks.',
  StopTask: 'The task is STOPPING until its host reports.',
  UpdateCapacityProvider: 'As CreateCapacityProvider.',
  UpdateContainerAgent: 'Always NoUpdateAvailableException: agents are of the endpoint’s own version.',
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
