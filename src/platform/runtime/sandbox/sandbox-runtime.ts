import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import {
  StartError,
  type AdoptedTask,
  type Container,
  type ContainerSpec,
  type PreparedTask,
  type Runtime,
} from '../runtime.js';
import { CONTAINER_ID, ContainerDirectories } from './container-directory.js';
import { HOST_IMAGE, imageDirectory, rootArguments, ROOTFS_IMAGE, writeFiles } from './container-root.js';
import { SandboxContainer } from './sandbox-container.js';
import type { SandboxLog } from './sandbox-log.js';
import { prebuiltProgram, SealedProgram } from './sealed-program.js';
import { unsupportedSettings } from './unsupported-settings.js';

export interface SandboxRuntimeOptions {
  /** Holds a directory for each container, on a file system that can be an overlay's upper layer, or tmpfs is used. */
  readonly stateDirectory: string;
  /** Gangway's state and keys: empty in every container, as the state directory is. */
  readonly dataDirectoryToMask: string;
  /** Keys that lie elsewhere: empty files in every container. */
  readonly filesToMask?: readonly string[];
  readonly log: SandboxLog;
  /** Another gangway-sandbox than the one built for this machine. */
  readonly program?: string;
}

/** The runtime `sandbox`: images `host` and `rootfs:DIRECTORY`, as root or rootless. */
export function createSandboxRuntime(options: SandboxRuntimeOptions): Runtime {
  return new SandboxRuntime(options);
}

class SandboxRuntime implements Runtime {
  readonly name = 'sandbox';
  readonly #options: SandboxRuntimeOptions;
  readonly #path: string | undefined;
  readonly #directories: ContainerDirectories;
  #program: Promise<SealedProgram> | undefined;
  #works = false;

  constructor(options: SandboxRuntimeOptions) {
    this.#options = options;
    this.#path = options.program ?? prebuiltProgram();
    this.#directories = new ContainerDirectories(options.stateDirectory, this.#path ?? '');
  }

  accepts(image: string): boolean {
    return image === HOST_IMAGE || image.startsWith(ROOTFS_IMAGE);
  }

  async start(spec: ContainerSpec): Promise<Container> {
    const { stateDirectory, dataDirectoryToMask, filesToMask } = this.#options;
    check(spec);
    const image = await imageDirectory(spec.image);
    const program = await this.#sealed();
    const directory = await this.#directories.create(spec.id).catch((cause: unknown) => {
      throw new StartError(`CannotStartContainerError: ${(cause as Error).message}`, { cause });
    });
    let container: SandboxContainer | undefined;
    try {
      await writeFiles(join(directory, 'files'), spec.hostname);
      const args = [
        ...['--state', directory, '--image', image, '--hostname', spec.hostname],
        ...['--directory', spec.workingDirectory, '--user', spec.user],
        ...(spec.readonlyRootFilesystem ? ['--read-only'] : []),
        ...(await rootArguments(image, [dataDirectoryToMask, stateDirectory], filesToMask)),
      ];
      container = new SandboxContainer({
        spec,
        program,
        args,
        holding: (pids) => this.#directories.writeState(spec.id, pids),
        release: () => this.#remove(spec.id),
      });
      await container.started;
      return container;
    } catch (error) {
      await (container?.released ?? this.#remove(spec.id));
      throw error;
    }
  }

  prepare(): Promise<PreparedTask> {
    return Promise.resolve({ start: (spec: ContainerSpec) => this.start(spec), release: () => Promise.resolve() });
  }

  async recover(): Promise<ReadonlyMap<string, AdoptedTask>> {
    const none = new Map<string, AdoptedTask>();
    if (this.#path === undefined) return none;
    for (const id of await this.#directories.list()) {
      await this.#directories.recover(id).catch((error: unknown) => {
        this.#options.log.warn({ container: id, cause: (error as Error).message }, 'container not cleaned up');
      });
    }
    return none;
  }

  /** Starts a container to find out; a machine that can do it once is not asked again. */
  async unavailable(): Promise<string | undefined> {
    if (this.#works) return undefined;
    if (this.#path === undefined) {
      return `the sandbox needs Linux on x64 or arm64 and this is ${process.platform} on ${process.arch}: use Docker, with an image of Docker's`;
    }
    try {
      const container = await this.start({ ...probe, id: `${randomBytes(16).toString('hex')}-0` });
      container.stdout.destroy();
      container.stderr.destroy();
      await container.stop(0);
    } catch (error) {
      return `${(error as Error).message.replace('CannotStartContainerError: ', '')}; ${remedy()}`;
    }
    this.#works = true;
    return undefined;
  }

  async #sealed(): Promise<SealedProgram> {
    if (this.#path === undefined)
      throw new StartError('CannotStartContainerError: no gangway-sandbox for this machine');
    const program = (this.#program ??= SealedProgram.open(this.#path));
    try {
      return await program;
    } catch (cause) {
      this.#program = undefined;
      throw new StartError(`CannotStartContainerError: ${(cause as Error).message}`, { cause });
    }
  }

  async #remove(id: string): Promise<void> {
    await this.#directories.remove(id).catch((error: unknown) => {
      // What is left goes with the next recover().
      this.#options.log.warn({ container: id, cause: (error as Error).message }, 'container directory not removed');
    });
  }
}

const probe: Omit<ContainerSpec, 'id'> = {
  image: HOST_IMAGE,
  // gangway-sandbox itself: the host need not have any particular program.
  argv: ['/proc/self/exe', 'version'],
  environment: {},
  workingDirectory: '/',
  user: '',
  hostname: 'probe',
  readonlyRootFilesystem: false,
};

function check(spec: ContainerSpec): void {
  const refuse = (reason: string) => new StartError(`CannotStartContainerError: ${reason}`);
  const missing = unsupportedSettings(spec.settings);
  if (missing.length > 0) throw refuse(`the sandbox has no ${missing.join(', ')}: use an image of Docker's`);
  if (!CONTAINER_ID.test(spec.id)) throw refuse(`${JSON.stringify(spec.id)} is not a runtime id`);
  if (spec.argv.length === 0 || spec.argv[0] === '') throw refuse('no command specified');
  if (!spec.workingDirectory.startsWith('/'))
    throw refuse(`working directory ${spec.workingDirectory} is not absolute`);
  // Linux takes 64 bytes; the name also stands in /etc/hosts.
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(spec.hostname)) throw refuse(`invalid hostname ${JSON.stringify(spec.hostname)}`);
}

function remedy(): string {
  return process.getuid?.() === 0
    ? "run Gangway where it may make namespaces and mounts (in a container: --privileged), or use an image of Docker's"
    : "permit unprivileged user namespaces (user.max_user_namespaces, kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns), run Gangway as root, or use an image of Docker's";
}
