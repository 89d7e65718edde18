import type Docker from 'dockerode';
import type { ContainerMount } from '../../../core/protocol/container-settings.js';
import { StartError, type VolumeSpec } from '../runtime.js';
import { HOST_LABEL, TASK_LABEL } from './container-config.js';
import { startError, statusOf, textOf } from './docker-failure.js';
import type { DockerLog } from './docker-log.js';

interface VolumesOfTask {
  readonly id: string;
  readonly hostId: string;
  readonly volumes: readonly VolumeSpec[];
}

/** Volumes of a task with the daemon. */
export class TaskVolumes {
  readonly #docker: Docker;
  readonly #names: ReadonlyMap<string, string>;
  readonly #own: readonly string[];

  private constructor(docker: Docker, names: ReadonlyMap<string, string>, own: readonly string[]) {
    this.#docker = docker;
    this.#names = names;
    this.#own = own;
  }

  /** Rejects with {@link StartError}, and then none is left. */
  static async make(docker: Docker, task: VolumesOfTask, log: DockerLog): Promise<TaskVolumes> {
    const { id, hostId, volumes } = task;
    const made: string[] = [];
    try {
      for (const volume of volumes) {
        const { name, hostPath, shared } = volume;
        if (hostPath !== undefined) hostDirectory(name, hostPath);
        else if (shared !== undefined) await ensureShared(docker, name, shared);
        else {
          const own = sourceOf(volume, id);
          await docker.createVolume({ Name: own, Labels: { [HOST_LABEL]: hostId, [TASK_LABEL]: id } });
          made.push(own);
        }
      }
    } catch (error) {
      await new TaskVolumes(docker, new Map(), made).remove(log);
      throw error instanceof StartError ? error : startError('CannotCreateVolumeError', error);
    }
    return TaskVolumes.made(docker, task);
  }

  /** Those that were made before. */
  static made(docker: Docker, { id, volumes }: VolumesOfTask): TaskVolumes {
    const names = new Map(volumes.map((volume) => [volume.name, sourceOf(volume, id)]));
    const own = volumes.filter(({ hostPath, shared }) => hostPath === undefined && shared === undefined);
    return new TaskVolumes(
      docker,
      names,
      own.map((volume) => sourceOf(volume, id)),
    );
  }

  /** As Docker binds them. A source that is no volume of the task is a directory of the host. */
  binds(mounts: readonly ContainerMount[]): readonly string[] {
    return mounts.map(({ source, containerPath, readOnly }) => {
      const from = this.#names.get(source) ?? hostDirectory(source, source);
      if (containerPath.includes(':')) throw refusal(`container path ${containerPath} has a colon`);
      return `${from}:${containerPath}${readOnly ? ':ro' : ''}`;
    });
  }

  /** The task's own. Never rejects. */
  async remove(log: DockerLog): Promise<void> {
    for (const name of this.#own) await removeVolume(this.#docker, name, log);
  }
}

/** Never rejects. */
export async function removeVolume(docker: Docker, name: string, log: DockerLog): Promise<void> {
  await docker
    .getVolume(name)
    .remove({ force: true })
    .catch((error: unknown) => {
      if (statusOf(error) !== 404) log.warn({ volume: name, cause: textOf(error) }, 'volume not removed');
    });
}

function refusal(text: string): StartError {
  return new StartError(`CannotCreateContainerError: ${text}`);
}

/** What Docker is to mount: a directory of the host, or a volume by its name. */
function sourceOf({ name, hostPath, shared }: VolumeSpec, taskId: string): string {
  if (hostPath !== undefined) return hostPath;
  return shared === undefined ? `gangway-${taskId}-${name}` : name;
}

function hostDirectory(name: string, path: string): string {
  if (!path.startsWith('/')) throw refusal(`volume ${name}: ${path} is not an absolute path of the host`);
  if (path.includes(':')) throw refusal(`volume ${name}: ${path} has a colon`);
  return path;
}

async function ensureShared(
  docker: Docker,
  name: string,
  { driver, driverOptions, labels, autoprovision }: NonNullable<VolumeSpec['shared']>,
): Promise<void> {
  const known = await docker
    .getVolume(name)
    .inspect()
    .catch(() => undefined);
  if (known !== undefined) return;
  if (!autoprovision)
    throw new StartError(`CannotCreateVolumeError: there is no volume ${name}, and autoprovision is off`);
  await docker.createVolume({
    Name: name,
    ...(driver !== undefined && { Driver: driver }),
    ...(driverOptions !== undefined && { DriverOpts: { ...driverOptions } }),
    ...(labels !== undefined && { Labels: { ...labels } }),
  });
}
