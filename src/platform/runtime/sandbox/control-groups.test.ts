import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { TaskSpec } from '../runtime.js';
import { containerSpec, Inhabited, resultOf, noForwards } from '../runtime.fixture.js';
import type { CgroupHierarchy } from './cgroup-hierarchy.js';
import { ControlGroups } from './control-groups.js';
import { groupsOf, openSandbox, sandboxRefusal, temporaryDirectory } from './sandbox.fixture.js';

const log = (said: string[] = []) => ({
  warn: (fields: object, message: string) => void said.push(`${message} ${JSON.stringify(fields)}`),
});

/** Whether groups can be made here, and under which names: as the end of a test's name. */
function groupsRefusal(): string | undefined {
  const said: string[] = [];
  const group = new ControlGroups(temporaryName(), log(said)).create('probe', { memoryMiB: 64, cpuShares: 2 });
  void group?.remove();
  return said.length > 0 ? ` (skipped: ${said.join()})` : undefined;
}

function temporaryName(): string {
  return `/nowhere/${randomBytes(8).toString('hex')}`;
}

function taskSpec(changes: Partial<TaskSpec>): TaskSpec {
  return { id: randomBytes(16).toString('hex'), networkMode: 'host', volumes: [], forwards: noForwards, ...changes };
}

const read = (path: string): string => readFileSync(path, 'utf8').trim();

const refusal = (await sandboxRefusal()) ?? groupsRefusal();

describe.skipIf(refusal !== undefined)(`limits through control groups${refusal ?? ''}`, () => {
  const hog = 'x=$(head -c 60000000 /dev/zero | tr "\\0" x); echo survived';
  /** As the kernel tells a process, by controller. */
  const membership = 'cat /proc/self/cgroup';

  test('a container that takes more memory than it may is killed, and the reason says so', async () => {
    const { runtime, stateDirectory } = openSandbox();
    const spec = containerSpec('host', `exec sh -c '${hog}'`, { settings: { memory: 32 } });
    const container = await runtime.start(spec);
    container.stderr.resume();
    container.stdout.resume();
    expect(await container.exited).toEqual({
      code: 137,
      reason: 'OutOfMemoryError: Container killed due to memory usage',
    });
    await container.stop(0);
    expect(groupsOf(stateDirectory)).toEqual([]);
  });

  test('a container that is killed otherwise has no such reason', async () => {
    const { runtime } = openSandbox();
    const container = await runtime.start(containerSpec('host', 'kill -9 $$', { settings: { memory: 64, cpu: 256 } }));
    await resultOf(container);
    expect(await container.exited).toEqual({ code: 137 });
    await container.stop(0);
  });

  test('what enters is in the container’s group, a toolbox too', async () => {
    const { runtime } = openSandbox();
    const box = await Inhabited.start(runtime, 'host', { settings: { memory: 48, cpu: 512, memoryReservation: 16 } });
    const main = (await box.run('cat /proc/1/cgroup')).stdout;
    expect(main).toContain(box.container.id);
    expect((await box.run(membership)).stdout).toBe(main);
    const toolbox = await box.container.enter({ argv: ['cat', '/proc/self/cgroup'], environment: {}, toolbox: {} });
    expect((await resultOf(toolbox)).stdout).toBe(main);
    const entered = await box.run(`sh -c '${hog}'; echo $?`);
    expect(entered.stdout).toBe('137\n');
    await box.container.stop(0);
  });

  test('the limits of a task hold over all of its containers, and its groups are gone with it', async () => {
    const { runtime, stateDirectory } = openSandbox();
    const task = await runtime.prepare(taskSpec({ cpu: 512, memory: 32 }));
    const [one, two] = [
      new Inhabited(await task.start(containerSpec('host', 'while :; do sleep 1000; done'))),
      await task.start(containerSpec('host', `exec sh -c '${hog}'`)),
    ];
    two.stdout.resume();
    two.stderr.resume();
    expect((await two.exited).reason).toBe('OutOfMemoryError: Container killed due to memory usage');
    const [top] = groupsOf(stateDirectory);
    expect(top).toBeDefined();
    // Half a CPU: what would take a second takes two.
    const path = (await one.run(membership)).stdout
      .split('\n')
      .find((line) => /:cpu\b/.test(line) || line.startsWith('0::'));
    expect(path).toContain(one.container.id);
    const busy = 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done';
    const before = Date.now();
    const entered = await one.enter(busy);
    await entered.exited;
    const seconds = (Date.now() - before) / 1000;
    const used = (await entered.usage?.())?.cpuSeconds ?? 0;
    expect(used / seconds).toBeLessThan(0.75);
    await one.container.stop(0);
    await two.stop(0);
    await task.release();
    expect(groupsOf(stateDirectory)).toEqual([]);
  });

  test('what a process that died has left is killed and removed by recover', async () => {
    const { runtime, stateDirectory } = openSandbox();
    const groups = new ControlGroups(stateDirectory, log());
    const task = groups.create('f'.repeat(32), { memoryMiB: 64, cpuQuota: 256 }, { inner: true });
    const container = groups.create('container', {}, { parent: task });
    const left = spawn('sleep', ['9876']);
    container?.add(left.pid ?? 0);
    expect(groupsOf(stateDirectory)).not.toEqual([]);
    const ended = once(left, 'exit');
    await runtime.recover();
    expect(await ended).toEqual([null, 'SIGKILL']);
    expect(groupsOf(stateDirectory)).toEqual([]);
  });
});

describe('control groups that cannot be had', () => {
  test('are said once, and containers run without', () => {
    const said: string[] = [];
    const none = new ControlGroups('/x', log(said), []);
    expect(none.create('a', { memoryMiB: 1 })).toBeUndefined();
    expect(none.create('b', { memoryMiB: 1 })).toBeUndefined();
    expect(said).toEqual([
      'limits of CPU and memory are not enforced on containers {"cause":"no cgroup file system is mounted"}',
    ]);
    expect(none.create('c', {})).toBeUndefined();
  });

  test('because the file system is read-only or another’s, too', () => {
    const said: string[] = [];
    const parent = '/proc/self/nothing-can-be-made-here';
    const hierarchy: CgroupHierarchy = { version: 1, controllers: ['memory'], parents: [parent] };
    const groups = new ControlGroups('/x', log(said), [hierarchy]);
    for (const id of ['a', 'b']) expect(groups.create(id, { memoryMiB: 1 })).toBeUndefined();
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('limits of CPU and memory are not enforced on containers');
  });

  test('ask for nothing where there is nothing to limit', () => {
    expect(new ControlGroups('/x', log()).create('a', {})).toBeUndefined();
  });
});

// The machine these tests were written on has version 1 alone: what is written where is shown on plain files.
describe('of version 2', () => {
  test('groups have the controllers of those above them, and the files of their limits', () => {
    const top = temporaryDirectory();
    writeFileSync(join(top, 'cgroup.subtree_control'), 'cpuset cpu pids\n');
    writeFileSync(join(top, 'cgroup.controllers'), 'cpuset cpu io memory pids\n');
    const hierarchy: CgroupHierarchy = { version: 2, controllers: ['cpu', 'memory'], parents: [top] };
    const groups = new ControlGroups('/state', log(), [hierarchy]);
    // A real group comes with its files.
    const inner = join(top, groups.name, 'task');
    mkdirSync(inner, { recursive: true });
    for (const path of [join(top, groups.name), inner]) {
      writeFileSync(join(path, 'cgroup.subtree_control'), '');
      writeFileSync(join(path, 'cgroup.controllers'), 'cpu memory\n');
    }
    const task = groups.create('task', { cpuQuota: 512, memoryMiB: 64 }, { inner: true });
    const limits = { cpuShares: 1024, memoryMiB: 32, memoryReservationMiB: 16 };
    const container = groups.create('container', limits, { parent: task });
    expect(read(join(top, 'cgroup.subtree_control'))).toBe('+memory');
    expect(read(join(inner, 'cgroup.subtree_control'))).toBe('+cpu +memory');
    expect([read(join(inner, 'cpu.max')), read(join(inner, 'memory.max'))]).toEqual(['50000 100000', '67108864']);
    const leaf = join(inner, 'container');
    expect(existsSync(join(leaf, 'cgroup.subtree_control'))).toBe(false);
    expect(['cpu.weight', 'memory.max', 'memory.low'].map((name) => read(join(leaf, name)))).toEqual([
      '39',
      '33554432',
      '16777216',
    ]);
    expect(container?.processFiles).toEqual([join(leaf, 'cgroup.procs')]);
    expect(container?.outOfMemory).toBe(false);
    writeFileSync(join(leaf, 'memory.events'), 'low 0\nmax 12\noom 1\noom_kill 1\noom_group_kill 0\n');
    expect(container?.outOfMemory).toBe(true);
  });

  test('are refused where controllers cannot be given on', () => {
    const top = temporaryDirectory();
    chmodSync(top, 0o700);
    const said: string[] = [];
    const hierarchy: CgroupHierarchy = { version: 2, controllers: ['cpu', 'memory'], parents: [top] };
    expect(new ControlGroups('/state', log(said), [hierarchy]).create('a', { memoryMiB: 1 })).toBeUndefined();
    expect(said[0]).toContain('cgroup.controllers');
    writeFileSync(join(top, 'cgroup.controllers'), 'pids\n');
    expect(new ControlGroups('/state', log(said), [hierarchy]).create('a', { memoryMiB: 1 })).toBeUndefined();
    expect(said[1]).toContain('has no controllers of CPU and memory');
    expect(readdirSync(top)).toEqual(['cgroup.controllers']);
  });
});
