import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseMountInfo } from './mount-info.js';

export type Controller = 'cpu' | 'memory';

/** Where control groups may be made, best first. */
export interface CgroupHierarchy {
  readonly version: 1 | 2;
  readonly controllers: readonly Controller[];
  readonly parents: readonly string[];
}

/** The hierarchies that this process sees. Empty where there are none. */
export function cgroupHierarchies(): CgroupHierarchy[] {
  try {
    return parseHierarchies(readFileSync('/proc/self/mountinfo', 'utf8'), readFileSync('/proc/self/cgroup', 'utf8'));
  } catch {
    return [];
  }
}

/**
 * From /proc/self/mountinfo and /proc/self/cgroup. Of version 1, below our own group, so that its limits hold too. Of
 * version 2 a group with processes has no others below it that are limited: at the top as Docker does it, or beside our own.
 */
export function parseHierarchies(mountinfo: string, membership: string): CgroupHierarchy[] {
  const found: CgroupHierarchy[] = [];
  for (const { root, mountPoint, type, options } of parseMountInfo(mountinfo)) {
    const own = (path: string): string => join(mountPoint, below(path, root)).replace(/(?<=.)\/$/, '');
    if (type === 'cgroup') {
      const controllers = (['cpu', 'memory'] as const).filter((name) => options.includes(name));
      const path = groupOf(membership, controllers[0]);
      if (controllers.length > 0) found.push({ version: 1, controllers, parents: distinct([own(path), mountPoint]) });
    }
    if (type === 'cgroup2') {
      const path = groupOf(membership, undefined);
      const beside = path === '/' ? mountPoint : dirname(own(path));
      found.push({ version: 2, controllers: ['cpu', 'memory'], parents: distinct([mountPoint, beside]) });
    }
  }
  // Both may be mounted; then version 1 has the controllers it shows, and version 2 none of those.
  const first = found.filter(({ version }) => version === 1);
  return first.length > 0 ? first : found.slice(0, 1);
}

/** What of `path` a mount shows that begins at `root`; all of it is out of sight where that is elsewhere. */
function below(path: string, root: string): string {
  if (root === '/') return path;
  return `${path}/`.startsWith(`${root}/`) ? path.slice(root.length) : '/';
}

/** Our group in the hierarchy of a controller; without one, in that of version 2. */
function groupOf(membership: string, controller: Controller | undefined): string {
  for (const line of membership.split('\n')) {
    const [, number = '', controllers = '', path = '/'] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    if (controller === undefined ? number === '0' : controllers.split(',').includes(controller)) return path;
  }
  return '/';
}

function distinct(paths: readonly string[]): string[] {
  return [...new Set(paths)];
}
