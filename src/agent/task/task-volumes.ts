import type { ContainerPayload, TaskPayload, VolumePayload } from '../../core/protocol/agent-service.js';
import type { ContainerMount } from '../../core/protocol/container-settings.js';
import type { VolumeSpec } from '../../platform/runtime/runtime.js';

/** Volumes of a task as a runtime makes them. */
export function volumeSpecs(task: Pick<TaskPayload, 'volumes'>): readonly VolumeSpec[] {
  return (task.volumes ?? []).map(volumeSpec);
}

function volumeSpec({ name, host, dockerVolumeConfiguration: docker }: VolumePayload): VolumeSpec {
  const { sourcePath = '' } = host ?? {};
  if (sourcePath !== '') return { name, hostPath: sourcePath };
  if (docker?.scope !== 'shared') return { name };
  const { autoprovision, driver, driverOpts, labels } = docker;
  return {
    name,
    shared: {
      autoprovision,
      ...(driver !== undefined && { driver }),
      ...(driverOpts !== undefined && { driverOptions: driverOpts }),
      ...(labels !== undefined && { labels }),
    },
  };
}

/**
 * What is mounted into a container: its own mount points, then those of the containers it takes volumes from. Each
 * `source` names a volume of the task. A path that is mounted already stays as it is.
 */
export function mountsOf(container: ContainerPayload, task: TaskPayload): readonly ContainerMount[] {
  return collect(container, task, false, new Set());
}

function collect(
  container: ContainerPayload,
  task: TaskPayload,
  readOnly: boolean,
  seen: ReadonlySet<string>,
): readonly ContainerMount[] {
  if (seen.has(container.name)) return [];
  const mounts = (container.mountPoints ?? []).map((point) => ({
    source: point.sourceVolume,
    containerPath: point.containerPath,
    readOnly: point.readOnly || readOnly,
  }));
  for (const from of container.volumesFrom ?? []) {
    const source = task.containers.find(({ name }) => name === from.sourceContainer);
    if (source === undefined) continue;
    const taken = collect(source, task, from.readOnly || readOnly, new Set([...seen, container.name]));
    for (const mount of taken) {
      if (!mounts.some(({ containerPath }) => containerPath === mount.containerPath)) mounts.push(mount);
    }
  }
  return mounts;
}
