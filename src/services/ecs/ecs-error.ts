import { AwsError } from '../../platform/aws/aws-error.js';

/**
 * ECS's refusals, code and text (ecs-api 3 and 4). A text that only AWS knows and nobody has published is our choice;
 * it stands here or beside its check, so that it can be changed in one place.
 */
export const ecsError = Object.freeze({
  invalidParameter: (message: string, reason?: string) =>
    new AwsError('InvalidParameterException', message, reason === undefined ? {} : { reason }),
  client: (message: string, reason?: string) =>
    new AwsError('ClientException', message, reason === undefined ? {} : { reason }),
  server: (cause: unknown) =>
    new AwsError('ServerException', 'Service Unavailable. Please try again later.', { fault: 'server', cause }),
  required: (path: string) => new AwsError('InvalidParameterException', `${path} should not be null or empty.`),
  unsupported: (message: string) => new AwsError('UnsupportedFeatureException', message),
  limitExceeded: (message: string) => new AwsError('LimitExceededException', message),

  clusterNotFound: () => new AwsError('ClusterNotFoundException', 'Cluster not found.'),
  clusterInactive: () => new AwsError('ClusterNotFoundException', 'The referenced cluster was inactive.'),
  clusterContains: (what: 'ContainerInstances' | 'Services' | 'Tasks') =>
    new AwsError(`ClusterContains${what}Exception`, clusterContains[what]),

  serviceNotFound: () => new AwsError('ServiceNotFoundException', 'Service not found.'),
  serviceNotActive: () => new AwsError('ServiceNotActiveException', 'Service was not ACTIVE.'),
  taskNotFound: () => new AwsError('InvalidParameterException', 'The referenced task was not found.'),
  taskDefinitionNotFound: () => new AwsError('ClientException', 'TaskDefinition not found.'),
  taskDefinitionInactive: () => new AwsError('ClientException', 'TaskDefinition is inactive'),
  resourceNotFound: () => new AwsError('ResourceNotFoundException', 'The specified resource was not found.'),

  /** `what` is "service couldn't be created", "service couldn't be updated" or "task couldn't be run". */
  taskRoleMissing: (what: string) =>
    new AwsError(
      'InvalidParameterException',
      `The ${what} because a valid taskRoleArn is not being used. Specify a valid task role in your task definition and try again.`,
    ),
  platformUnknown: () => new AwsError('PlatformUnknownException', 'The specified platform version does not exist.'),
  platformIncompatible: () =>
    new AwsError(
      'PlatformTaskDefinitionIncompatibilityException',
      'The specified platform version does not satisfy the required capabilities of the task definition.',
    ),
  targetNotFound: () => new AwsError('TargetNotFoundException', 'The specified target was not found.'),
  tooManyAttributes: () =>
    new AwsError('AttributeLimitExceededException', 'A container instance can have at most 10 custom attributes.'),
  noUpdateAvailable: () =>
    new AwsError('NoUpdateAvailableException', 'There is no update available for your container agent.'),
  conflict: (message: string, resourceIds: readonly string[]) =>
    new AwsError('ConflictException', message, { members: { resourceIds } }),
  targetNotConnected: (reason: string) =>
    new AwsError(
      'TargetNotConnectedException',
      'The execute command failed due to an internal error. Try again later.',
      {
        reason,
      },
    ),
});

const clusterContains = Object.freeze({
  ContainerInstances: 'The Cluster cannot be deleted while Container Instances are active or draining.',
  Services: 'The Cluster cannot be deleted while Services are active.',
  Tasks: 'The Cluster cannot be deleted while Tasks are active.',
});
