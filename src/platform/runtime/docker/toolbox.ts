import type Docker from 'dockerode';
import { CONTAINER_ROOT_IN_TOOLBOX, EnterError, type EnterRequest } from '../runtime.js';
import { HOST_LABEL, TOOLBOX_LABEL } from './container-config.js';
import type { DockerContainerParts } from './docker-container.js';
import { enterByExec, type DockerExec } from './docker-exec.js';
import { ensureImage } from './image.js';
import { PAUSE_PATH } from './pause-image.js';
import { removeContainer } from './remove-container.js';
import { tarArchive } from './tar-archive.js';

/** What a toolbox is joined to. */
export interface ToolboxTarget {
  readonly container: Docker.Container;
  /** Of the container's own main process, in its PID namespace. */
  readonly innerPid: number;
}

/** A container of its own, and the process in it. */
export interface Toolbox {
  readonly exec: DockerExec;
  /** Never rejects. */
  readonly remove: () => Promise<void>;
}

/**
 * Runs a process with the files of another image in the namespaces of a container. The toolbox is a container of its
 * own, which our pause process keeps, to be removed when the process has ended. Rejects with `EnterError`.
 */
export async function enterByToolbox(
  parts: DockerContainerParts,
  { container, innerPid }: ToolboxTarget,
  request: EnterRequest,
): Promise<Toolbox> {
  const { engine, hostId, log, configDirectory, pause } = parts;
  const { docker } = engine;
  const image = request.toolbox?.image;
  if (image === undefined) {
    throw new EnterError('a container of Docker needs the image of a toolbox: name one with --debug-image', 126);
  }
  let toolbox: Docker.Container | undefined;
  const remove = async (): Promise<void> => {
    if (toolbox !== undefined) await removeContainer(toolbox, log);
  };
  try {
    await ensureImage(docker, image, { configDirectory, log });
    const { HostConfig } = await container.inspect();
    const joined = `container:${container.id}`;
    const made = await docker.createContainer({
      Image: image,
      Entrypoint: [`/${PAUSE_PATH}`],
      Cmd: ['pause'],
      User: '0',
      Labels: { [HOST_LABEL]: hostId, [TOOLBOX_LABEL]: container.id },
      HostConfig: {
        LogConfig: { Type: 'none', Config: {} },
        PidMode: joined,
        // A container that has joined another's network or memory is joined there.
        NetworkMode: joinedTo(HostConfig.NetworkMode) ?? joined,
        IpcMode: HostConfig.IpcMode === 'none' ? 'none' : (joinedTo(HostConfig.IpcMode) ?? joined),
        // To see another's root needs the right to trace it, and all that it may.
        CapAdd: ['SYS_PTRACE', ...((HostConfig.CapAdd as string[] | null) ?? [])],
      },
    });
    toolbox = made;
    await made.putArchive(
      tarArchive([
        { path: PAUSE_PATH, mode: 0o755, content: await pause.program() },
        { path: CONTAINER_ROOT_IN_TOOLBOX.slice(1), linkTo: `/proc/${innerPid}/root` },
      ]),
      { path: '/' },
    );
    await made.start();
    const exec = await enterByExec({ ...parts, container: made, request });
    return { exec, remove };
  } catch (error) {
    await remove();
    throw error instanceof EnterError ? error : new EnterError(`toolbox ${image}: ${(error as Error).message}`, 126);
  }
}

/** The mode, where it names another container. */
function joinedTo(mode: string | undefined): string | undefined {
  return mode?.startsWith('container:') === true ? mode : undefined;
}
