import { mkdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { VolumeSpec } from '../runtime.js';
import { hostDirectory } from './host-directory.js';
import { startRefusal } from './start-refusal.js';

/** As Docker has it for its volumes, and no longer than a name of a file. */
const VOLUME_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/;

export interface VolumePlaces {
  /** Of volumes that outlive tasks. */
  readonly shared: string;
  /** Of a task's own; absent: there is no task. */
  readonly own?: string;
  /** Directories and files that no container may see. */
  readonly secret: readonly string[];
}

/** Where the mounts of a container come from. */
export class TaskVolumes {
  readonly #places: VolumePlaces;
  readonly #directories: ReadonlyMap<string, string>;

  private constructor(places: VolumePlaces, directories: ReadonlyMap<string, string>) {
    this.#places = places;
    this.#directories = directories;
  }

  /** Makes the volumes of a task. Rejects with {@link StartError}, naming what cannot be. */
  static async make(places: VolumePlaces, volumes: readonly VolumeSpec[]): Promise<TaskVolumes> {
    const directories = new Map<string, string>();
    for (const volume of volumes) directories.set(volume.name, await makeVolume(places, volume));
    return new TaskVolumes(places, directories);
  }

  /** The directory behind a mount's source: a volume of the task, a directory of the host, or a shared volume. */
  async directory(source: string): Promise<string> {
    const own = this.#directories.get(source);
    if (own !== undefined) return own;
    return source.includes('/') ? hostDirectory(source, this.#places.secret) : sharedVolume(this.#places, source, true);
  }
}

async function makeVolume(places: VolumePlaces, { name, hostPath, shared }: VolumeSpec): Promise<string> {
  if (hostPath !== undefined) return hostDirectory(hostPath, places.secret);
  if (!VOLUME_NAME.test(name)) throw startRefusal(`invalid volume name ${JSON.stringify(name)}`);
  if (shared === undefined && places.own !== undefined) return makeDirectory(join(places.own, name));
  const { driver = 'local', driverOptions = {}, autoprovision = true } = shared ?? {};
  if (driver !== 'local') throw startRefusal(`volume ${name}: the sandbox has no driver ${driver}`);
  const [option] = Object.keys(driverOptions);
  if (option !== undefined) throw startRefusal(`volume ${name}: the sandbox has no driver option ${option}`);
  return sharedVolume(places, name, autoprovision);
}

async function sharedVolume({ shared }: VolumePlaces, name: string, autoprovision: boolean): Promise<string> {
  if (!VOLUME_NAME.test(name)) throw startRefusal(`invalid volume name ${JSON.stringify(name)}`);
  const path = join(shared, name);
  const there = await stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  );
  if (!there && !autoprovision) throw startRefusal(`get ${name}: no such volume`);
  return makeDirectory(path);
}

async function makeDirectory(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true, mode: 0o755 });
    // The state directory may be reached by a link; the program follows none.
    return await realpath(path);
  } catch (cause) {
    throw startRefusal(`volume ${path}: ${(cause as Error).message}`, cause);
  }
}
