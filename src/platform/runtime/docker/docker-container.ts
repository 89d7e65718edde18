import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import {
  EnterError,
  type Container,
  type ContainerHealth,
  type ContainerSpec,
  type EnteredProcess,
  type EnterRequest,
  type Exit,
  type NetworkBinding,
} from '../runtime.js';
import type { ProcessTable } from '../sandbox/process-usage.js';
import { AttachedStreams } from './attached-streams.js';
import { containerConfig, lone, type ContainerStand } from './container-config.js';
import { DAEMON_LIMIT_MS, DAEMON_LOOK_MS, exitOf } from './container-exit.js';
import { enterByExec, type DockerExec } from './docker-exec.js';
import { startError, statusOf, textOf } from './docker-failure.js';
import type { DockerEngine } from './docker-engine.js';
import type { DockerLog } from './docker-log.js';
import type { ExecEnds } from './exec-ends.js';
import type { HealthEvents } from './health-events.js';
import { imageDigest } from './image.js';
import { HostProcess } from './host-process.js';
import { enterByToolbox, type Toolbox } from './toolbox.js';
import { bindingsOf, type PauseContainer } from './pause-container.js';
import type { PauseImage } from './pause-image.js';
import { removeContainer } from './remove-container.js';

export interface DockerContainerParts {
  readonly engine: DockerEngine;
  readonly ends: ExecEnds;
  readonly processes: ProcessTable;
  readonly health: HealthEvents;
  readonly hostId: string;
  /** Where Docker's `config.json` is. */
  readonly configDirectory: string;
  readonly pause: PauseImage;
  readonly log: DockerLog;
}

/** A container that runs, or has run. */
interface Found {
  readonly id: string;
  readonly docker: Docker.Container;
  readonly inspected: Docker.ContainerInspectInfo;
  readonly imageDigest: string | undefined;
  readonly pause: PauseContainer | undefined;
}

/** What a container writes between the daemon's return and our being back is lost. */
const ATTACH_LOOK_MS = 100;

/** A container of Docker. */
export class DockerContainer implements Container {
  readonly id: string;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<Exit>;
  /** Nothing is left of it with the daemon. Never rejects. */
  readonly removed: Promise<void>;
  readonly imageDigest?: string;
  readonly networkBindings?: readonly NetworkBinding[];
  readonly health?: ContainerHealth;
  readonly #parts: DockerContainerParts;
  readonly #docker: Docker.Container;
  readonly #pause: PauseContainer | undefined;
  readonly #pid: number;
  readonly #stopSignal: string;
  readonly #entered = new Set<DockerExec>();
  readonly #toolboxes = new Set<Toolbox>();
  #over = false;

  private constructor(parts: DockerContainerParts, found: Found, streams: AttachedStreams, exit: Promise<Exit>) {
    const { inspected, docker, pause, imageDigest } = found;
    this.id = found.id;
    this.#parts = parts;
    this.#docker = docker;
    this.#pause = pause;
    this.#pid = inspected.State.Pid;
    this.#stopSignal = stopSignalOf(inspected.Config);
    this.stdout = streams.stdout;
    this.stderr = streams.stderr;
    if (imageDigest !== undefined) this.imageDigest = imageDigest;
    const bindings = pause?.bindings ?? bindingsOf(inspected);
    if (bindings.length > 0) this.networkBindings = bindings;
    this.exited = exit.then((ended) => {
      this.#over = true;
      for (const exec of this.#entered) exec.containerEnded();
      return ended;
    });
    if (inspected.State.Health !== undefined) {
      this.health = parts.health.of(docker.id, inspected.State.Health.Status, this.exited);
    }
    this.removed = this.exited.then(() => this.#remove());
  }

  /** Creates and starts it, from an image that is there. Rejects with `StartError`, and then nothing is left of it. */
  static async start(
    parts: DockerContainerParts,
    spec: ContainerSpec,
    imageDigest: string | undefined,
    stand: ContainerStand = lone(spec),
  ): Promise<DockerContainer> {
    const { engine, hostId, log } = parts;
    const config = containerConfig(spec, hostId, stand);
    let docker: Docker.Container | undefined;
    try {
      docker = await engine.docker.createContainer(config);
      const streams = await attach(docker);
      // Asked before the start, lest an early end be missed; the daemon answers when it has come.
      const exit = exitOf(docker, 'next-exit', log);
      await docker.start();
      const inspected = await docker.inspect();
      return new DockerContainer(
        parts,
        { id: spec.id, docker, inspected, imageDigest, pause: stand.pause },
        streams,
        exit,
      );
    } catch (error) {
      await docker?.remove({ force: true, v: true }).catch(() => undefined);
      throw startError('CannotStartContainerError', error);
    }
  }

  /** One that an agent before this one has started; it may have ended since. Rejects with what the daemon says. */
  static async adopt(
    parts: DockerContainerParts,
    id: string,
    dockerId: string,
    pause: PauseContainer | undefined,
  ): Promise<DockerContainer> {
    const { engine, log } = parts;
    const docker = engine.docker.getContainer(dockerId);
    const streams = await attach(docker);
    const inspected = await docker.inspect();
    // It may end at any moment, now too: an end that has been is as good as the next.
    const exit = exitOf(docker, 'not-running', log);
    const digest = await imageDigest(engine.docker, inspected.Image);
    return new DockerContainer(parts, { id, docker, inspected, imageDigest: digest, pause }, streams, exit);
  }

  async stop(timeoutMs: number): Promise<Exit> {
    const signal = async (name: string): Promise<void> => {
      try {
        if (!this.#ended()) await this.#docker.kill({ signal: name });
      } catch (error) {
        // 404 and 409: it has ended by itself. Podman says so with another status, and before its event.
        if (this.#ended() || [404, 409].includes(statusOf(error) ?? 0)) return;
        if (!(await isRunning(this.#docker))) return;
        this.#parts.log.warn({ container: this.id, signal: name, cause: textOf(error) }, 'container not signalled');
      }
    };
    void signal(this.#stopSignal);
    const timer = setTimeout(() => void signal('SIGKILL'), timeoutMs);
    const exit = await this.exited;
    clearTimeout(timer);
    await this.removed;
    return exit;
  }

  async enter(request: EnterRequest): Promise<EnteredProcess> {
    if (this.#ended()) throw new EnterError('container is not running', 126);
    if (request.argv.length === 0 || request.argv[0] === '') throw new EnterError('no command specified', 126);
    const container = this.#docker;
    const exec =
      request.toolbox === undefined
        ? await enterByExec({ ...this.#parts, container, request })
        : await this.#enterByToolbox(request);
    this.#entered.add(exec);
    void exec.exited.then(() => this.#entered.delete(exec));
    if (this.#ended()) exec.containerEnded();
    return exec;
  }

  async #enterByToolbox(request: EnterRequest): Promise<DockerExec> {
    const innerPid = HostProcess.find(this.#pid, this.#docker.id)?.innerPid ?? 1;
    const toolbox = await enterByToolbox(this.#parts, { container: this.#docker, innerPid }, request);
    this.#toolboxes.add(toolbox);
    void toolbox.exec.exited.then(() => toolbox.remove()).then(() => this.#toolboxes.delete(toolbox));
    return toolbox.exec;
  }

  async hostPids(): Promise<readonly number[] | undefined> {
    if (this.#ended()) return [];
    if (HostProcess.find(this.#pid, this.#docker.id) === undefined) return this.#ended() ? [] : undefined;
    try {
      const { Titles, Processes } = (await this.#docker.top({ ps_args: '-eo pid' })) as {
        Titles: string[];
        Processes: string[][];
      };
      const column = Titles.indexOf('PID');
      return Processes.map((row) => Number(row[column]));
    } catch {
      return this.#ended() ? [] : undefined;
    }
  }

  /** A method, for what is awaited in between may change it. */
  #ended(): boolean {
    return this.#over;
  }

  async #remove(): Promise<void> {
    // One that has joined processes which others share does not end with this container.
    await Promise.all([...this.#toolboxes].map((toolbox) => toolbox.remove()));
    await this.#pause?.remove(this.#parts.log);
    await removeContainer(this.#docker, this.#parts.log);
  }
}

/** Its output, also through a restart of a daemon that leaves containers running. */
async function attach(docker: Docker.Container): Promise<AttachedStreams> {
  let connected = 0;
  const connect = async (): Promise<Socket> => {
    connected = Date.now();
    const options = { stream: true, stdout: true, stderr: true, hijack: true };
    const socket = (await docker.attach(options)) as unknown as Socket;
    const { State } = await docker.inspect();
    // The daemon keeps the output of what has ended open for ever.
    if (!State.Running && State.Status !== 'created') {
      setTimeout(() => {
        socket.destroy();
      }, DAEMON_LOOK_MS).unref();
    }
    return socket;
  };
  const again = async (): Promise<Socket | undefined> => {
    for (const limit = Date.now() + DAEMON_LIMIT_MS; Date.now() < limit;) {
      try {
        const { State } = await docker.inspect();
        if (!State.Running) return undefined;
        // It is ending, and the daemon does not know yet: not over and over.
        if (Date.now() >= connected + DAEMON_LOOK_MS) return await connect();
      } catch (error) {
        // Removed already.
        if (statusOf(error) !== undefined) return undefined;
      }
      await sleep(ATTACH_LOOK_MS);
    }
    return undefined;
  };
  return new AttachedStreams(await connect(), true, again);
}

function stopSignalOf(config: object): string {
  return (config as { StopSignal?: string }).StopSignal ?? 'SIGTERM';
}

/** True also when nobody can say. */
async function isRunning(docker: Docker.Container): Promise<boolean> {
  try {
    return (await docker.inspect()).State.Running;
  } catch (error) {
    return statusOf(error) !== 404;
  }
}
