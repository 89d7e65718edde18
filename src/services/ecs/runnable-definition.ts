import type { Volume } from '@aws-sdk/client-ecs';
import { ecsError } from './ecs-error.js';
import type { ContainerDefinition, TaskDefinition } from './task-definition.js';

/** What of a container no host of this endpoint gives it. */
const CONTAINER_MEMBERS = Object.freeze([
  ...['secrets', 'environmentFiles', 'links', 'firelensConfiguration', 'repositoryCredentials', 'credentialSpecs'],
  ...['dockerSecurityOptions', 'resourceRequirements', 'disableNetworking'],
] as (keyof ContainerDefinition)[]);

const VOLUME_MEMBERS = Object.freeze([
  ...['efsVolumeConfiguration', 's3filesVolumeConfiguration', 'fsxWindowsFileServerVolumeConfiguration'],
  'configuredAtLaunch',
] as (keyof Volume)[]);

/**
 * Refuses to run what would silently be missing in the container. Registering it is no fault: it may be meant for AWS.
 * Throws UnsupportedFeatureException, which names it.
 */
export function requireRunnable({ containerDefinitions, volumes, proxyConfiguration }: TaskDefinition): void {
  for (const container of containerDefinitions) {
    const missing = CONTAINER_MEMBERS.find((member) => isAsked(container[member]));
    if (missing !== undefined) {
      throw ecsError.unsupported(`This endpoint does not support ${missing}, which container '${container.name}' has.`);
    }
  }
  for (const volume of volumes ?? []) {
    const missing = VOLUME_MEMBERS.find((member) => isAsked(volume[member]));
    if (missing !== undefined) {
      throw ecsError.unsupported(`This endpoint does not support ${missing}, which volume '${volume.name ?? ''}' has.`);
    }
  }
  if (proxyConfiguration !== undefined) {
    throw ecsError.unsupported('This endpoint does not support proxyConfiguration, which the task definition has.');
  }
}

function isAsked(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
}
