import { Scope, type Volume } from '@aws-sdk/client-ecs';
import { requireOneOf } from './checks.js';
import { ecsError } from './ecs-error.js';
import type { ContainerDefinition } from './task-definition.js';

/** Where a volume's data may come from; one at most. */
const KINDS = Object.freeze({
  host: 'host',
  dockerVolumeConfiguration: 'dockerVolumeConfiguration',
  efsVolumeConfiguration: 'efsVolumeConfiguration',
  s3filesVolumeConfiguration: 's3filesVolumeConfiguration',
  fsxWindowsFileServerVolumeConfiguration: 'fsxWindowsFileServerVolumeConfiguration',
} as const satisfies Partial<Record<keyof Volume, string>>);

/** The volumes of a definition, checked, with the defaults that AWS writes out: an empty `host`, scope `task`. */
export function readVolumes(volumes: readonly Volume[], containers: readonly ContainerDefinition[]): Volume[] {
  const names = new Set<string>();
  for (const { name = '' } of volumes) {
    if (!/^[A-Za-z0-9_-]{1,255}$/.test(name)) throw ecsError.client(`Invalid volume name '${name.slice(0, 255)}'.`);
    if (names.has(name)) throw ecsError.client(`Volume names must be unique within a task definition: '${name}'.`);
    names.add(name);
  }
  const mounted = requireMountPoints(containers, names);
  const forgotten = volumes.filter(
    ({ name = '', configuredAtLaunch }) => configuredAtLaunch === true && !mounted.has(name),
  );
  if (forgotten.length > 0) {
    const list = forgotten.map(({ name }) => name).join(', ');
    throw ecsError.client(`Volumes [${list}] are not referenced by any of the containers`);
  }
  return volumes.map(readVolume);
}

function readVolume(volume: Volume): Volume {
  const { name = '', dockerVolumeConfiguration: docker, configuredAtLaunch } = volume;
  const given = Object.keys(KINDS).filter((kind) => volume[kind as keyof typeof KINDS] !== undefined);
  if (given.length > 1 || (given.length > 0 && configuredAtLaunch === true)) {
    throw ecsError.client(`Volume '${name}' can have only one configuration.`);
  }
  const path = volume.host?.sourcePath ?? '';
  if (path !== '' && !/^(\/|[A-Za-z]:[\\/])/.test(path)) {
    throw ecsError.client(`The sourcePath of volume '${name}' must be absolute.`);
  }
  if (docker !== undefined) {
    requireOneOf(docker.scope, Scope, 'scope');
    const scope = docker.scope ?? 'task';
    if (docker.autoprovision === true && scope !== 'shared') {
      throw ecsError.client(`Volume '${name}': autoprovision is only supported when scope is 'shared'.`);
    }
    return { ...volume, dockerVolumeConfiguration: { ...docker, scope } };
  }
  return given.length === 0 && configuredAtLaunch !== true ? { ...volume, host: {} } : volume;
}

/** Names of the volumes that some container mounts. */
function requireMountPoints(
  containers: readonly ContainerDefinition[],
  volumes: ReadonlySet<string>,
): ReadonlySet<string> {
  const mounted = new Set<string>();
  for (const { name, mountPoints = [] } of containers) {
    const paths = new Set<string>();
    for (const { sourceVolume = '', containerPath = '' } of mountPoints) {
      if (!volumes.has(sourceVolume)) throw ecsError.client(`Unknown volume '${sourceVolume}'.`);
      if (containerPath === '') throw ecsError.client(`A mount point of container '${name}' has no containerPath.`);
      if (paths.has(containerPath)) {
        throw ecsError.client(`Container '${name}' has more than one mount point at '${containerPath}'.`);
      }
      paths.add(containerPath);
      mounted.add(sourceVolume);
    }
  }
  return mounted;
}
