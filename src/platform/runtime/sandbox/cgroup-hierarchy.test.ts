import { describe, expect, test } from 'vitest';
import { parseHierarchies } from './cgroup-hierarchy.js';

const mount = (root: string, point: string, type: string, options: string): string =>
  `36 25 0:31 ${root} ${point} rw,nosuid shared:9 - ${type} ${type} ${options}\n`;

describe('where control groups may be made', () => {
  test('of version 1: below our own in each hierarchy, else at its top', () => {
    const mounts =
      mount('/', '/sys/fs/cgroup/cpu,cpuacct', 'cgroup', 'rw,cpu,cpuacct') +
      mount('/', '/sys/fs/cgroup/memory', 'cgroup', 'rw,memory') +
      mount('/', '/sys/fs/cgroup/freezer', 'cgroup', 'rw,freezer') +
      mount('/', '/sys/fs/cgroup/unified', 'cgroup2', 'rw');
    const membership = '4:memory:/system.slice/gangway.service\n1:cpu,cpuacct:/\n0::/system.slice/gangway.service\n';
    expect(parseHierarchies(mounts, membership)).toEqual([
      { version: 1, controllers: ['cpu'], parents: ['/sys/fs/cgroup/cpu,cpuacct'] },
      {
        version: 1,
        controllers: ['memory'],
        parents: ['/sys/fs/cgroup/memory/system.slice/gangway.service', '/sys/fs/cgroup/memory'],
      },
    ]);
  });

  test('of version 1 in a container, which sees its own group at the mount point, whatever the path says', () => {
    const mounts = mount('/docker/ab', '/sys/fs/cgroup/memory', 'cgroup', 'ro,memory');
    expect(parseHierarchies(mounts, '4:memory:/docker/ab\n')[0]?.parents).toEqual(['/sys/fs/cgroup/memory']);
    expect(parseHierarchies(mounts, '4:memory:/docker/ab/c\n')[0]?.parents).toEqual([
      '/sys/fs/cgroup/memory/c',
      '/sys/fs/cgroup/memory',
    ]);
    expect(parseHierarchies(mounts, '4:memory:/other\n')[0]?.parents).toEqual(['/sys/fs/cgroup/memory']);
  });

  test('of version 2: at the top, else beside our own, which has processes', () => {
    const mounts = mount('/', '/sys/fs/cgroup', 'cgroup2', 'rw,nsdelegate');
    expect(parseHierarchies(mounts, '0::/user.slice/user@1.service/app.slice/x.scope\n')).toEqual([
      {
        version: 2,
        controllers: ['cpu', 'memory'],
        parents: ['/sys/fs/cgroup', '/sys/fs/cgroup/user.slice/user@1.service/app.slice'],
      },
    ]);
    expect(parseHierarchies(mounts, '0::/\n')[0]?.parents).toEqual(['/sys/fs/cgroup']);
  });

  test('nowhere, where nothing is mounted; and a path with a space is one', () => {
    expect(parseHierarchies('', '')).toEqual([]);
    const mounts = mount('/', '/mnt/a\\040b', 'cgroup', 'rw,memory');
    expect(parseHierarchies(mounts, '4:memory:/\n')[0]?.parents).toEqual(['/mnt/a b']);
  });
});
