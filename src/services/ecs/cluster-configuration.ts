import {
  ExecuteCommandLogging,
  type ClusterConfiguration,
  type ExecuteCommandConfiguration,
  type ExecuteCommandLogConfiguration,
} from '@aws-sdk/client-ecs';
import { requireOneOf } from './checks.js';
import { ecsError } from './ecs-error.js';

/**
 * Checks a cluster's configuration (ecs-api 5) and returns it as it is stored and described: exactly what was sent,
 * with `logging` written out. Group, bucket and key need not exist yet: AWS does not look at this moment either.
 */
export function readClusterConfiguration(configuration: ClusterConfiguration): ClusterConfiguration {
  const execute = configuration.executeCommandConfiguration;
  return execute === undefined
    ? configuration
    : { ...configuration, executeCommandConfiguration: readExecuteCommandConfiguration(execute) };
}

function readExecuteCommandConfiguration(configuration: ExecuteCommandConfiguration): ExecuteCommandConfiguration {
  const { logging, logConfiguration } = configuration;
  requireOneOf(logging, ExecuteCommandLogging, 'logging');
  if (logging === 'OVERRIDE') {
    if (logConfiguration === undefined) {
      throw ecsError.invalidParameter("You must specify a log configuration when you set logging to 'OVERRIDE'");
    }
    requireDestination(logConfiguration);
  } else if (logConfiguration !== undefined) {
    throw ecsError.invalidParameter("You must set logging to 'OVERRIDE' when you supply a log configuration.");
  }
  return { ...configuration, logging: logging ?? 'DEFAULT' };
}

function requireDestination(log: ExecuteCommandLogConfiguration): void {
  const group = isNamed(log.cloudWatchLogGroupName);
  const bucket = isNamed(log.s3BucketName);
  if (!group && log.cloudWatchEncryptionEnabled === true) {
    throw ecsError.invalidParameter('You must specify a cloudWatchLogGroupName when you enable CloudWatch encryption.');
  }
  if (!bucket && log.s3EncryptionEnabled === true) {
    throw ecsError.invalidParameter('You must specify an s3BucketName when you enable S3 encryption.');
  }
  if (!bucket && isNamed(log.s3KeyPrefix)) {
    throw ecsError.invalidParameter('You must specify an s3BucketName when you specify an s3KeyPrefix.');
  }
  if (!group && !bucket) {
    throw ecsError.invalidParameter(
      'You must specify a cloudWatchLogGroupName or an s3BucketName in the log configuration.',
    );
  }
}

function isNamed(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
