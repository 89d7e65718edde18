import type Docker from 'dockerode';
import type { AdoptedTask } from '../runtime.js';
import { HOST_LABEL, ID_LABEL, PAUSE_LABEL, TASK_LABEL, TOOLBOX_LABEL } from './container-config.js';
import { AdoptedDockerTask } from './adopted-docker-task.js';
import { DockerContainer } from './docker-container.js';
import { textOf } from './docker-failure.js';
import type { DockerTaskParts } from './docker-task.js';
import { PauseContainer } from './pause-container.js';
import { removeContainer } from './remove-container.js';
import { removeNetworks } from './task-network.js';
import { removeVolume } from './task-volumes.js';

/** Adopts the tasks in `keep` and removes everything else of this host. Never rejects. */
export async function recoverTasks(
  parts: DockerTaskParts,
  keep: ReadonlySet<string>,
): Promise<ReadonlyMap<string, AdoptedTask>> {
  const { engine, hostId, log } = parts;
  const { docker } = engine;
  const filters = { label: [`${HOST_LABEL}=${hostId}`] };
  const left = await docker.listContainers({ all: true, filters }).catch((error: unknown) => {
    log.warn({ cause: textOf(error) }, 'containers that were left are not known');
    return [];
  });
  const adopted = new Map<string, AdoptedTask>();
  for (const id of keep) {
    const own = left.filter(({ Labels }) => Labels[TASK_LABEL] === id && Labels[TOOLBOX_LABEL] === undefined);
    if (!own.some(({ Labels }) => Labels[ID_LABEL] !== undefined)) continue;
    try {
      adopted.set(id, await adopt(parts, own));
    } catch (error) {
      log.warn({ task: id, cause: textOf(error) }, 'task not adopted: its containers are removed');
    }
  }
  for (const { Id, Labels } of left) {
    const task = Labels[TASK_LABEL] ?? '';
    if (!adopted.has(task) || Labels[TOOLBOX_LABEL] !== undefined) await removeContainer(docker.getContainer(Id), log);
  }
  await removeVolumes(parts, adopted);
  // One that is in use stays.
  await removeNetworks(docker, hostId, log);
  await parts.limits.recover(adopted);
  return adopted;
}

async function adopt(parts: DockerTaskParts, left: readonly Docker.ContainerInfo[]): Promise<AdoptedTask> {
  const { docker } = parts.engine;
  const pauseOf = async (whose: string): Promise<PauseContainer | undefined> => {
    const found = left.find(({ Labels }) => Labels[PAUSE_LABEL] === whose);
    return found && PauseContainer.find(docker, found.Id);
  };
  const containers = new Map<string, DockerContainer>();
  const pause = await pauseOf('');
  let joined = false;
  for (const { Id, Labels, HostConfig } of left) {
    const runtimeId = Labels[ID_LABEL];
    if (runtimeId === undefined) continue;
    const own = await pauseOf(runtimeId);
    joined ||= HostConfig.NetworkMode.startsWith('container:');
    containers.set(runtimeId, await DockerContainer.adopt(parts, runtimeId, Id, own));
  }
  return new AdoptedDockerTask(parts, containers, { pause, joined });
}

async function removeVolumes({ engine, hostId, log }: DockerTaskParts, adopted: ReadonlyMap<string, unknown>) {
  try {
    const { Volumes } = await engine.docker.listVolumes({
      filters: JSON.stringify({ label: [`${HOST_LABEL}=${hostId}`] }),
    });
    for (const { Name, Labels } of Volumes) {
      if (!adopted.has((Labels as Record<string, string> | null)?.[TASK_LABEL] ?? '')) {
        await removeVolume(engine.docker, Name, log);
      }
    }
  } catch (error) {
    log.warn({ cause: textOf(error) }, 'volumes that were left are not removed');
  }
}
