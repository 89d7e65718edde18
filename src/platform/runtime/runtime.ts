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

/** Starts containers on this machine. One contract suite (`runtime.contract.ts`) runs against all implementations. */
export interface Runtime {
  readonly name: 'sandbox' | 'docker';
  /** Whether this runtime takes the image. */
  accepts(image: string): boolean;
  start(spec: ContainerSpec): Promise<Container>;
  /** Removes what a process that died has left behind: processes, mounts, directories. Called once before `start`. */
  recover(): Promise<void>;
  /** Why this machine cannot run containers this way, in one sentence with the remedy; undefined when it can. */
  unavailable(): Promise<string | undefined>;
}
