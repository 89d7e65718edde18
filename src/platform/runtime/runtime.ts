import type { Readable, Writable } from 'node:stream';
import type { ContainerSettings } from '../../core/protocol/container-settings.js';

/** A container to start. Paths and users are resolved inside its root. */
export interface ContainerSpec {
  /** Unique on this host: the runtime id, 32 hex + `-` + 10 digits. Names the container's state directory. */
  readonly id: string;
  readonly image: string;
  /** entryPoint followed by command; never empty, except where `imageCommand` is given. */
  readonly argv: readonly string[];
  /** For images that bring a command: what the definition has of its own, each absent part being the image's. */
  readonly imageCommand?: { readonly entryPoint?: readonly string[]; readonly command?: readonly string[] };
  readonly environment: Readonly<Record<string, string>>;
  /** Empty: the image's, `/` where it has none. */
  readonly workingDirectory: string;
  /** `user`, `uid`, `user:group`, `uid:gid`; empty: the image's, root where it has none. */
  readonly user: string;
  readonly hostname: string;
  readonly readonlyRootFilesystem: boolean;
  readonly settings?: ContainerSettings;
}

/** What the containers of one task have in common, and what keeps them apart from those of other tasks. */
export interface TaskSpec {
  /** Unique on this host: the 32 hex digits of the task's id. */
  readonly id: string;
  /** Of its network, where it has one of its own. */
  readonly hostname?: string;
  /** `awsvpc`: a network of the task's own, where the runtime can make one; else the host's. */
  readonly networkMode: 'awsvpc' | 'bridge' | 'host' | 'none';
  readonly pidMode?: 'host' | 'task';
  readonly ipcMode?: 'host' | 'task' | 'none';
  /** CPU units and MiB of the whole task, hard limits over all of its containers; absent: none. */
  readonly cpu?: number;
  readonly memory?: number;
  readonly volumes: readonly VolumeSpec[];
  /**
   * Ports on the loopback of a network of the task's own that lead to this host. A runtime that makes such a network
   * asks for them, and then somebody listens; rejects when nobody can.
   */
  readonly forwards: () => Promise<readonly ForwardSpec[]>;
}

/** A volume of a task. Without `hostPath` it is made empty, and goes with the task unless `shared`. */
export interface VolumeSpec {
  readonly name: string;
  /** A directory of the host, absolute; made where it is not there, as Docker does. */
  readonly hostPath?: string;
  /** Docker's volume of this name on the host, for all tasks, which outlives them. */
  readonly shared?: {
    readonly driver?: string;
    readonly driverOptions?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
    /** Make it where it is not there; otherwise its absence is an error. */
    readonly autoprovision: boolean;
  };
}

export interface ForwardSpec {
  /** Of 127.0.0.1 inside. */
  readonly port: number;
  /** A Unix socket of this host, who listens there and so knows which task calls. */
  readonly socketPath: string;
}

/** A task for which a runtime has made ready what its containers share. */
export interface PreparedTask {
  /** Present when the task has a network of its own; its forwards are then in force. */
  readonly network?: {
    readonly privateIpv4Address: string;
    readonly macAddress?: string;
    readonly subnetCidrBlock?: string;
  };
  /**
   * Starts a container of the task. Rejects with {@link StartError}. When `unwanted` is aborted, what may take long (a
   * pull) is given up, with {@link StartGivenUp}; a start that has got further comes to its end.
   */
  start(spec: ContainerSpec, unwanted?: AbortSignal): Promise<Container>;
  /** When all its containers have ended: namespaces, volumes of its own, limits. Never rejects. */
  release(): Promise<void>;
}

/** A task whose containers have outlived the agent that started them. */
export interface AdoptedTask {
  /** By runtime id: those that were started, also such as have ended since. */
  readonly containers: ReadonlyMap<string, Container>;
  /**
   * Goes on with it: the same as {@link Runtime.prepare} has made of this task, so that its containers can be started
   * again, and those that had to wait. Called once, when all runtimes have recovered. Never rejects.
   */
  resume(task: TaskSpec): Promise<PreparedTask>;
}

export interface NetworkBinding {
  readonly bindIP: string;
  readonly containerPort: number;
  readonly hostPort: number;
  readonly protocol: 'tcp' | 'udp';
}

export type HealthStatus = 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN';

/** What a container's health check says, of a runtime that runs it. */
export interface ContainerHealth {
  readonly status: HealthStatus;
  /** Called at each change, until the container has ended. */
  watch(changed: (status: HealthStatus) => void): void;
}

/** How a process ended: its exit code (0-255; 128+n for signal n). */
export interface Exit {
  readonly code: number;
  /** Why, in ECS's words, where there is more to say than the code. */
  readonly reason?: string;
}

/** A started container. */
export interface Container {
  readonly id: string;
  /** Bytes the main process writes. Read them: a container whose output nobody reads stops at a full pipe. */
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Never rejects. Output may still be on its way then: `stdout` says its own end. */
  readonly exited: Promise<Exit>;
  /** `sha256:…` of its image, where there is one. */
  readonly imageDigest?: string;
  /** Of its port mappings, as they came out. */
  readonly networkBindings?: readonly NetworkBinding[];
  /** Absent: it has no check, or the runtime leaves checks to the agent. */
  readonly health?: ContainerHealth;
  /** SIGTERM to the main process, SIGKILL to everything after `timeoutMs`. Resolves when nothing is left of it. */
  stop(timeoutMs: number): Promise<Exit>;
  /**
   * Numbers, on this machine, of the processes that are in the container at the moment; undefined when the machine does
   * not show them. Absent in a runtime that cannot tell.
   */
  hostPids?(): Promise<readonly number[] | undefined>;
  /** Enters the container as uid 0, in its namespaces. Rejects with {@link EnterError}. */
  enter(request: EnterRequest): Promise<EnteredProcess>;
}

export interface EnterRequest {
  readonly argv: readonly string[];
  /** Added to the container's own environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** A pty of this size, or separate pipes when absent. */
  readonly terminal?: { readonly columns: number; readonly rows: number };
  /** Freer than AWS: another user than root, as {@link ContainerSpec.user} has it. */
  readonly user?: string;
  /**
   * Freer than AWS, for containers without tools: the process does not see the container's root as `/` but that of
   * the toolbox, an image of Docker's or, without one, this host's own, read-only. Every other namespace is the
   * container's, and its root file system is in view at {@link CONTAINER_ROOT_IN_TOOLBOX}.
   */
  readonly toolbox?: { readonly image?: string };
}

/** Where a toolbox shows the root file system of the container it was joined to. */
export const CONTAINER_ROOT_IN_TOOLBOX = '/container';

/** What a process and its descendants have used since it was entered. */
export interface ProcessUsage {
  readonly cpuSeconds: number;
  /** Resident now, and the most that was seen, in bytes. */
  readonly memoryBytes: number;
  readonly peakMemoryBytes: number;
}

/** A process inside a container, with its bytes exactly as they are. */
export interface EnteredProcess {
  /**
   * Terminal output, or stdout. Ends when the last holder of the pty or pipe has closed it, which may be long after
   * the process (background jobs; with Docker at most two seconds). Destroying it hangs up: the terminal is gone and its foreground group gets SIGHUP.
   */
  readonly stdout: Readable;
  /** Ends at once with a terminal. */
  readonly stderr: Readable;
  /**
   * Keystrokes, or stdin; `end()` closes stdin of a process with pipes, and does nothing to a terminal (whose end of
   * file is a byte, 0x04). What a process does not read any more is dropped without an error.
   */
  readonly stdin: Writable;
  /** The process itself has ended. Never rejects. */
  readonly exited: Promise<Exit>;
  resize(columns: number, rows: number): void;
  /** Undefined, or absent, when this machine cannot tell. After the end: what was used in all. */
  usage?(): Promise<ProcessUsage | undefined>;
  /**
   * Whether the terminal shows what is typed at this moment: false while a password is asked for, and in programs that
   * read their keys themselves. Rejects, or is absent, when it cannot be told.
   */
  echoes?(): Promise<boolean>;
  /** Sends a signal to the entered process (its process group with a terminal). */
  signal(name: 'SIGHUP' | 'SIGINT' | 'SIGQUIT' | 'SIGPIPE' | 'SIGTERM' | 'SIGKILL'): void;
}

/** Why a process could not be started: `status` is what a shell would have exited with (126, 127). */
export class EnterError extends Error {
  override readonly name = 'EnterError';
  readonly status: number;
  constructor(message: string, status: number, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }
}

/** Why a container could not be started; `message` becomes the container's `reason`. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** It is not wanted any more, and nothing of it is left. */
export class StartGivenUp extends StartError {}

/** Starts containers on this machine. One contract suite (`runtime.contract.ts`) runs against all implementations. */
export interface Runtime {
  readonly name: 'sandbox' | 'docker';
  /** Its containers go on when the process that started them ends. Absent: they end with it. */
  readonly outlivesAgent?: boolean;
  /** Whether this runtime takes the image. */
  accepts(image: string): boolean;
  /** A container that shares nothing with others. */
  start(spec: ContainerSpec): Promise<Container>;
  /** Makes ready what the containers of a task share. Rejects with {@link StartError}, naming what it cannot do. */
  prepare(task: TaskSpec): Promise<PreparedTask>;
  /**
   * Removes what a process that died has left behind: processes, mounts, directories. Called once before all others.
   * Of the tasks in `keep` (by {@link TaskSpec.id}) what still stands is adopted instead; a runtime whose containers
   * end with their agent has none.
   */
  recover(keep?: ReadonlySet<string>): Promise<ReadonlyMap<string, AdoptedTask>>;
  /** Why this machine cannot run containers this way, in one sentence with the remedy; undefined when it can. */
  unavailable(): Promise<string | undefined>;
}
