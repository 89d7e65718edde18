import { posix } from 'node:path';
import type { ContainerSettings } from '../../../core/protocol/container-settings.js';
import { startRefusal } from './start-refusal.js';

/** MS_* of sys/mount.h: what each option sets and clears. Devices stay refused whatever is asked. */
const flagOptions: Readonly<Record<string, readonly [set: number, clear: number]>> = {
  defaults: [0, 0],
  ro: [1, 0],
  rw: [0, 1],
  nosuid: [2, 0],
  suid: [0, 2],
  nodev: [4, 0],
  noexec: [8, 0],
  exec: [0, 8],
  sync: [16, 0],
  async: [0, 16],
  dirsync: [128, 0],
  noatime: [1024, 0],
  atime: [0, 1024],
  nodiratime: [2048, 0],
  diratime: [0, 2048],
  relatime: [1 << 21, 0],
  norelatime: [0, 1 << 21],
  strictatime: [1 << 24, 0],
  nostrictatime: [0, 1 << 24],
};
/** Docker's: noexec, nosuid, nodev. */
const DEFAULT_FLAGS = 8 | 4 | 2;

/** What the program takes (PLACES_MAX of native/sandbox.h), less what every container has. */
const MOUNTS_MAX = 200;

/** Where the sandbox has its own, as Docker has. */
const reserved = /^\/$|^\/(proc|sys|dev\/pts|dev\/mqueue)(\/|$)|^\/dev$/;

/**
 * Arguments for the volumes and file systems in memory of a container. `sourceOf` gives the directory of the host
 * behind a mount's source. Rejects with {@link StartError}.
 */
export async function mountArguments(
  settings: ContainerSettings = {},
  sourceOf: (source: string) => Promise<string>,
): Promise<string[]> {
  const mounts: { readonly path: string; readonly args: readonly string[] }[] = [];
  for (const { source, containerPath, readOnly } of settings.mounts ?? []) {
    const path = target(containerPath);
    mounts.push({ path, args: ['--volume', readOnly ? 'ro' : 'rw', await sourceOf(source), path] });
  }
  for (const { containerPath, size, mountOptions } of settings.tmpfs ?? []) {
    const path = target(containerPath);
    const { flags, data } = tmpfsOptions(path, size, mountOptions);
    mounts.push({ path, args: ['--tmpfs', String(flags), data, path] });
  }
  if (mounts.length > MOUNTS_MAX) throw startRefusal(`more than ${MOUNTS_MAX} mount points`);
  const twice = mounts.find(({ path }, i) => mounts.findIndex((other) => other.path === path) !== i);
  if (twice !== undefined) throw startRefusal(`Duplicate mount point: ${twice.path}`);
  const depth = (path: string): number => path.split('/').length;
  mounts.sort((a, b) => depth(a.path) - depth(b.path));
  return [...sharedMemoryArguments(settings.sharedMemorySize), ...mounts.flatMap(({ args }) => args)];
}

function sharedMemoryArguments(mebibytes: number | undefined): string[] {
  if (mebibytes === undefined || mebibytes === 0) return [];
  return ['--shm', `${sizeInKilobytes('sharedMemorySize', mebibytes)}k`];
}

function target(containerPath: string): string {
  if (!containerPath.startsWith('/')) {
    throw startRefusal(`invalid mount path: '${containerPath}' mount path must be absolute`);
  }
  const path = posix.normalize(containerPath).replace(/(?<=.)\/$/, '');
  if (reserved.test(path)) throw startRefusal(`invalid mount path: '${containerPath}' is the sandbox's own`);
  return path;
}

function tmpfsOptions(path: string, size: number, options: readonly string[]): { flags: number; data: string } {
  let flags = DEFAULT_FLAGS;
  const data = [`size=${sizeInKilobytes(`tmpfs ${path}`, size)}k`];
  for (const option of options) {
    const change = flagOptions[option];
    if (change !== undefined) flags = (flags & ~change[1]) | change[0];
    else if (/^(mode=[0-7]{1,5}|(uid|gid)=\d{1,10}|nr_(inodes|blocks)=\d{1,15}[kmg]?)$/.test(option)) data.push(option);
    else throw startRefusal(`the sandbox has no tmpfs option ${JSON.stringify(option)}`);
  }
  return { flags, data: data.join(',') };
}

function sizeInKilobytes(what: string, mebibytes: number): number {
  if (!Number.isSafeInteger(mebibytes) || mebibytes <= 0 || mebibytes > 2 ** 40) {
    throw startRefusal(`invalid size of ${what}: ${mebibytes} MiB`);
  }
  return mebibytes * 1024;
}
