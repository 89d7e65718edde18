import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { EnterError, type Container, type ContainerSpec, type EnteredProcess, type EnterRequest } from '../runtime.js';
import type { Exit } from '../runtime.js';
import { AttachedStreams } from './attached-streams.js';
import { containerConfig } from './container-config.js';
import { enterByExec, type DockerExec } from './docker-exec.js';
import { startError, statusOf, textOf } from './docker-failure.js';
import type { DockerEngine } from './docker-engine.js';
import type { DockerLog } from './docker-log.js';
import type { ExecEnds } from './exec-ends.js';
import { HostProcess } from './host-process.js';

export interface DockerContainerOptions {
  readonly engine: DockerEngine;
  readonly ends: ExecEnds;
  readonly hostId: string;
  readonly spec: ContainerSpec;
  readonly log: DockerLog;
}

/** A daemon that is being restarted has this long to come back before its containers count as lost. */
const DAEMON_LIMIT_MS = 30_000;
const DAEMON_LOOK_MS = 500;
/** ECS's words for what the kernel killed at its memory limit. */
const OUT_OF_MEMORY = 'OutOfMemoryError: Container killed due to memory usage';

/** A container of Docker. */
export class DockerContainer implements Container {
  readonly id: string;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<Exit>;
  /** Nothing is left of it with the daemon. Never rejects. */
  readonly #removed: Promise<void>;
  readonly #options: DockerContainerOptions;
  readonly #docker: Docker.Container;
  readonly #pid: number;
  readonly #stopSignal: string;
  readonly #entered = new Set<DockerExec>();
  #over = false;

  private constructor(
    options: DockerContainerOptions,
    docker: Docker.Container,
    streams: AttachedStreams,
    exit: Promise<Exit>,
    facts: { readonly pid: number; readonly stopSignal: string },
  ) {
    this.id = options.spec.id;
    this.#options = options;
    this.#docker = docker;
    this.#pid = facts.pid;
    this.#stopSignal = facts.stopSignal;
    this.stdout = streams.stdout;
    this.stderr = streams.stderr;
    this.exited = exit.then((ended) => {
      this.#over = true;
      for (const exec of this.#entered) exec.containerEnded();
      return ended;
    });
    this.#removed = this.exited.then(() => this.#remove());
  }

  /** Creates and starts it. Rejects with `StartError`, and then nothing is left of it. */
  static async start(options: DockerContainerOptions): Promise<DockerContainer> {
    const { engine, spec, hostId, log } = options;
    const config = containerConfig(spec, hostId);
    let docker: Docker.Container | undefined;
    try {
      docker = await engine.docker.createContainer(config);
      const attach = { stream: true, stdout: true, stderr: true, hijack: true };
      const socket = (await docker.attach(attach)) as unknown as Socket;
      const streams = new AttachedStreams(socket, true);
      // Asked before the start, lest an early end be missed; the daemon answers when it has come.
      const exit = exitOf(docker, log);
      await docker.start();
      const { State, Config } = await docker.inspect();
      const facts = { pid: State.Pid, stopSignal: stopSignalOf(Config) };
      return new DockerContainer(options, docker, streams, exit, facts);
    } catch (error) {
      await docker?.remove({ force: true, v: true }).catch(() => undefined);
      throw startError('CannotStartContainerError', error);
    }
  }

  async stop(timeoutMs: number): Promise<Exit> {
    const signal = async (name: string): Promise<void> => {
      try {
        if (!this.#ended()) await this.#docker.kill({ signal: name });
      } catch (error) {
        // 404 and 409: it has ended by itself.
        if (this.#ended() || [404, 409].includes(statusOf(error) ?? 0)) return;
        this.#options.log.warn({ container: this.id, signal: name, cause: textOf(error) }, 'container not signalled');
      }
    };
    void signal(this.#stopSignal);
    const timer = setTimeout(() => void signal('SIGKILL'), timeoutMs);
    const exit = await this.exited;
    clearTimeout(timer);
    await this.#removed;
    return exit;
  }

  async enter(request: EnterRequest): Promise<EnteredProcess> {
    if (this.#ended()) throw new EnterError('container is not running', 126);
    if (request.argv.length === 0 || request.argv[0] === '') throw new EnterError('no command specified', 126);
    const { engine, ends, log } = this.#options;
    const exec = await enterByExec({ engine, ends, log, container: this.#docker, request });
    this.#entered.add(exec);
    void exec.exited.then(() => this.#entered.delete(exec));
    if (this.#ended()) exec.containerEnded();
    return exec;
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
    try {
      await this.#docker.remove({ force: true, v: true });
    } catch (error) {
      // 409: somebody else is removing it.
      if ([404, 409].includes(statusOf(error) ?? 0)) return;
      // What is left goes with the next recover().
      this.#options.log.warn({ container: this.id, cause: textOf(error) }, 'container not removed');
    }
  }
}

/** Its exit, through a restart of the daemon too. Never rejects. */
async function exitOf(docker: Docker.Container, log: DockerLog): Promise<Exit> {
  try {
    await docker.wait({ condition: 'next-exit' });
  } catch (error) {
    log.debug({ container: docker.id, cause: textOf(error) }, 'the daemon does not tell of the end of a container');
  }
  for (const limit = Date.now() + DAEMON_LIMIT_MS; ;) {
    try {
      const { State } = await docker.inspect();
      if (!State.Running && State.Status !== 'created') {
        return { code: State.ExitCode, ...(State.OOMKilled && { reason: OUT_OF_MEMORY }) };
      }
      if (State.Running) await docker.wait({ condition: 'not-running' });
      else await sleep(DAEMON_LOOK_MS);
    } catch (error) {
      if (statusOf(error) === 404) return { code: 137, reason: 'the container has been removed by somebody else' };
      if (Date.now() > limit) return { code: 137, reason: `the Docker daemon is gone: ${textOf(error)}` };
      await sleep(DAEMON_LOOK_MS);
    }
  }
}

function stopSignalOf(config: object): string {
  return (config as { StopSignal?: string }).StopSignal ?? 'SIGTERM';
}
