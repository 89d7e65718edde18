import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { ContainerSettings } from '../../../core/protocol/container-settings.js';
import {
  StartError,
  type AdoptedTask,
  type Container,
  type ContainerSpec,
  type PreparedTask,
  type Runtime,
  type TaskSpec,
} from '../runtime.js';
import { CONTAINER_ID, ContainerDirectories } from './container-directory.js';
import { limitArguments } from './container-limits.js';
import { HOST_IMAGE, imageDirectory, rootArguments, ROOTFS_IMAGE, writeFiles } from './container-root.js';
import { ControlGroups, type ControlGroup, type GroupLimits } from './control-groups.js';
import { mountArguments } from './mount-arguments.js';
import { ProcessTable } from './process-usage.js';
import { SandboxContainer } from './sandbox-container.js';
import type { SandboxLog } from './sandbox-log.js';
import { SandboxTask, type ContainerShare } from './sandbox-task.js';
import { prebuiltProgram, SealedProgram } from './sealed-program.js';
import { startRefusal } from './start-refusal.js';
import { TaskVolumes } from './task-volumes.js';
import { toolboxArguments } from './toolbox.js';
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
  readonly #groups: ControlGroups;
  readonly #processes = new ProcessTable();
  #program: Promise<SealedProgram> | undefined;
  #works = false;

  constructor(options: SandboxRuntimeOptions) {
    this.#options = options;
    this.#path = options.program ?? prebuiltProgram();
    this.#directories = new ContainerDirectories(options.stateDirectory, this.#path ?? '');
    this.#groups = new ControlGroups(options.stateDirectory, options.log);
  }

  /** What no mount may show. */
  get #secret(): readonly string[] {
    const { dataDirectoryToMask, filesToMask = [], stateDirectory } = this.#options;
    return [dataDirectoryToMask, stateDirectory, ...filesToMask];
  }

  accepts(image: string): boolean {
    return image === HOST_IMAGE || image.startsWith(ROOTFS_IMAGE);
  }

  async start(spec: ContainerSpec): Promise<Container> {
    const { networkMode, pidMode } = spec.settings ?? {};
    const volumes = await TaskVolumes.make({ shared: this.#directories.sharedVolumes, secret: this.#secret }, []);
    const args = [
      ...(networkMode === 'none' ? ['--own', 'net'] : []),
      ...(pidMode === 'host' ? ['--keep', 'pid'] : []),
    ];
    return this.#start(spec, { args, descriptors: [], sharesProcesses: pidMode === 'host', volumes });
  }

  async prepare(task: TaskSpec): Promise<PreparedTask> {
    return SandboxTask.prepare(task, {
      program: await this.#sealed(),
      directories: this.#directories,
      groups: this.#groups,
      secret: this.#secret,
      start: (spec, share) => this.#start(spec, share),
      remove: (id) => this.#remove(id),
    });
  }

  /** Its containers end with the process that started them: there is none to adopt. */
  async recover(): Promise<ReadonlyMap<string, AdoptedTask>> {
    const none = new Map<string, AdoptedTask>();
    if (this.#path === undefined) return none;
    await this.#groups.recover();
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

  async #start(spec: ContainerSpec, share: ContainerShare): Promise<Container> {
    check(spec);
    const { settings } = spec;
    const limits = limitArguments(settings);
    const image = await imageDirectory(spec.image);
    const program = await this.#sealed();
    const directory = await this.#directories.create(spec.id).catch((cause: unknown) => {
      throw startRefusal((cause as Error).message, cause);
    });
    let container: SandboxContainer | undefined;
    let group: ControlGroup | undefined;
    try {
      await writeFiles(join(directory, 'files'), spec.hostname, settings);
      const { dataDirectoryToMask, filesToMask, stateDirectory } = this.#options;
      const args = [
        ...['--state', directory, '--image', image, '--hostname', spec.hostname],
        ...['--directory', spec.workingDirectory, '--user', spec.user],
        ...(spec.readonlyRootFilesystem ? ['--read-only'] : []),
        ...(await rootArguments(image, [dataDirectoryToMask, stateDirectory], filesToMask)),
        ...share.args,
        ...(await mountArguments(settings, (source) => share.volumes.directory(source))),
        ...limits,
      ];
      group = this.#groups.create(spec.id, groupLimits(settings), { parent: share.group });
      container = new SandboxContainer({
        spec,
        program,
        args,
        descriptors: share.descriptors,
        enterArgs: [...limits, ...(group?.processFiles ?? []).flatMap((file) => ['--group', file])],
        toolboxArgs: () => toolboxArguments(directory, this.#secret),
        sharesProcesses: share.sharesProcesses,
        processes: this.#processes,
        group,
        holding: (pids) => this.#directories.writeState(spec.id, pids),
        release: () => this.#remove(spec.id),
      });
      await container.started;
      return container;
    } catch (error) {
      if (container === undefined) await group?.remove();
      await (container?.released ?? this.#remove(spec.id));
      throw error;
    }
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
  const missing = unsupportedSettings(spec.settings);
  if (missing.length > 0) throw startRefusal(`the sandbox has no ${missing.join(', ')}: use an image of Docker's`);
  if (!CONTAINER_ID.test(spec.id)) throw startRefusal(`${JSON.stringify(spec.id)} is not a runtime id`);
  if (spec.argv.length === 0 || spec.argv[0] === '') throw startRefusal('no command specified');
  if (!spec.workingDirectory.startsWith('/'))
    throw startRefusal(`working directory ${spec.workingDirectory} is not absolute`);
  // Linux takes 64 bytes; the name also stands in /etc/hosts.
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(spec.hostname))
    throw startRefusal(`invalid hostname ${JSON.stringify(spec.hostname)}`);
}

function groupLimits({ cpu, memory, memoryReservation }: ContainerSettings = {}): GroupLimits {
  return {
    ...(cpu !== undefined && { cpuShares: cpu }),
    ...(memory !== undefined && { memoryMiB: memory }),
    ...(memoryReservation !== undefined && { memoryReservationMiB: memoryReservation }),
  };
}

function remedy(): string {
  return process.getuid?.() === 0
    ? "run Gangway where it may make namespaces and mounts (in a container: --privileged), or use an image of Docker's"
    : "permit unprivileged user namespaces (user.max_user_namespaces, kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns), run Gangway as root, or use an image of Docker's";
}
