import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { containerSpec, Inhabited, resultOf, noForwards } from '../runtime.fixture.js';
import { compileRuntime } from './compiled-runtime.fixture.js';
import { ContainerDirectories } from './container-directory.js';
import { bootId, isRunning, processIdentity, type ProcessIdentity } from './process-identity.js';
import { groupsOf, openSandbox, sandboxRefusal, temporaryDirectory } from './sandbox.fixture.js';
import { prebuiltProgram } from './sealed-program.js';

const refusal = await sandboxRefusal();
const program = prebuiltProgram() ?? '';
const containerId = (n: number): string => `${n.toString(16).padStart(32, '0')}-1234567890`;

function descendants(pid: number): ProcessIdentity[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [processIdentity(child) ?? [], descendants(child)].flat());
}

async function ended(processes: readonly ProcessIdentity[]): Promise<void> {
  // No event tells of the end of a process that is not ours.
  while (processes.some(isRunning)) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** All processes of this machine that sleep for as long as those of the tasks in these tests. */
function sleepers(): ProcessIdentity[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const sleeps = readFileSync(`/proc/${pid}/cmdline`, 'latin1') === 'sleep\x007654\0';
        return sleeps ? (processIdentity(Number(pid)) ?? []) : [];
      } catch {
        return [];
      }
    });
}

describe.skipIf(refusal !== undefined)(`after kill -9 of the process that held containers${refusal ?? ''}`, () => {
  test('no process and no mount is left, and recover removes the directories', async () => {
    const { runtime, stateDirectory } = openSandbox();
    const compiled = compileRuntime(temporaryDirectory());
    const script = join(compiled, 'sandbox/held-containers.fixture.js');
    const holder = spawn(process.execPath, [script, stateDirectory, program], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    // Of each container: its supervisor, init, main and its sleep; the parent of the terminal, its sh and its sleep.
    // On a busy machine a helper of the start may still be about to end.
    await vi.waitFor(() => expect(descendants(holder.pid ?? 0)).toHaveLength(2 * 7), { timeout: 10_000 });
    const processes = descendants(holder.pid ?? 0);
    expect(readdirSync(stateDirectory)).toHaveLength(2);

    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await ended(processes);
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(stateDirectory);
    await runtime.recover();
    expect(readdirSync(stateDirectory)).toEqual([]);
  });

  test('nothing is left of tasks either: processes shared with the host, memory, groups, volumes', async () => {
    const { runtime, stateDirectory } = openSandbox();
    const compiled = compileRuntime(temporaryDirectory());
    const script = join(compiled, 'sandbox/held-tasks.fixture.js');
    const holder = spawn(process.execPath, [script, stateDirectory, program], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    // Of each of four containers: its command's, the one it has left, the toolbox's, the terminal's.
    await vi.waitFor(() => expect(sleepers()).toHaveLength(4 * 4), { timeout: 10_000 });
    const processes = descendants(holder.pid ?? 0);
    expect(readdirSync(stateDirectory)).toHaveLength(2 + 4);

    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await runtime.recover();
    expect(sleepers()).toEqual([]);
    await ended(processes);
    expect(readdirSync(stateDirectory)).toEqual([]);
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(stateDirectory);
    expect(groupsOf(stateDirectory)).toEqual([]);
  });

  test('of a task’s holder, its containers are gone and no other can be started in it', async () => {
    const { runtime } = openSandbox();
    const id = '7'.repeat(32);
    const task = await runtime.prepare({ id, networkMode: 'host', pidMode: 'task', volumes: [], forwards: noForwards });
    const box = new Inhabited(await task.start(containerSpec('host', 'while :; do sleep 1000; done')));
    const [holder] = descendants(process.pid).filter(({ pid }) =>
      readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('gangway-sandbox\0task'),
    );
    process.kill(holder?.pid ?? 0, 'SIGKILL');
    expect(await box.container.exited).toEqual({ code: 137 });
    await vi.waitFor(
      () =>
        expect(task.start(containerSpec('host', 'true'))).rejects.toThrow(
          "CannotStartContainerError: the task's namespaces have ended",
        ),
      { timeout: 10_000 },
    );
    await box.container.stop(0);
    await task.release();
  });

  test('of the supervisor of a container with the host’s processes, those of the container are gone too', async () => {
    const { runtime } = openSandbox();
    const id = '8'.repeat(32);
    const task = await runtime.prepare({ id, networkMode: 'host', pidMode: 'host', volumes: [], forwards: noForwards });
    const box = new Inhabited(await task.start(containerSpec('host', 'while :; do sleep 7654; done')));
    await box.run('(setsid sleep 7654 > /dev/null 2>&1 < /dev/null &)');
    await vi.waitFor(() => expect(sleepers()).toHaveLength(2), { timeout: 10_000 });
    const [supervisor] = descendants(process.pid).filter(({ pid }) =>
      readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(box.container.id),
    );
    process.kill(supervisor?.pid ?? 0, 'SIGKILL');
    expect(await box.container.exited).toEqual({ code: 137 });
    await box.container.stop(0);
    expect(sleepers()).toEqual([]);
    await task.release();
  });

  test('of one container’s supervisor, the container is gone and the others stay', async () => {
    const { runtime } = openSandbox();
    const [one, two] = [await Inhabited.start(runtime, 'host'), await Inhabited.start(runtime, 'host')];
    const entered = await one.enter('sleep 9876');
    const [supervisor] = descendants(process.pid).filter(({ pid }) =>
      readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(one.container.id),
    );
    process.kill(supervisor?.pid ?? 0, 'SIGKILL');
    expect(await one.container.exited).toEqual({ code: 137 });
    expect((await resultOf(entered)).code).toBe(137);
    await one.container.stop(0);
    expect((await two.run('echo alive')).stdout).toBe('alive\n');
    await two.container.stop(0);
  });
});

describe('recover', () => {
  test('removes a directory without a state, and touches nothing that is not a container’s', async () => {
    const { runtime, stateDirectory } = openSandbox();
    const outside = temporaryDirectory();
    writeFileSync(join(outside, 'kept'), '');
    mkdirSync(join(stateDirectory, containerId(1), 'deep/er'), { recursive: true });
    symlinkSync(outside, join(stateDirectory, containerId(1), 'deep', 'link'));
    mkdirSync(join(stateDirectory, 'notes'));
    symlinkSync(outside, join(stateDirectory, containerId(2)));
    await runtime.recover();
    expect(readdirSync(stateDirectory).sort()).toEqual([containerId(2), 'notes']);
    expect(existsSync(join(outside, 'kept'))).toBe(true);
    rmSync(join(stateDirectory, 'notes'), { recursive: true });
    rmSync(join(stateDirectory, containerId(2)));
  });

  test('kills the process that the state names, and none that has its number only', async () => {
    const { runtime, stateDirectory } = openSandbox();
    const [ours, other, before] = [spawn('sleep', ['9876']), spawn('sleep', ['9876']), spawn('sleep', ['9876'])];
    const identities = [ours, other, before].map((child) => processIdentity(child.pid ?? 0));
    const write = (n: number, state: unknown) => {
      mkdirSync(join(stateDirectory, containerId(n)), { recursive: true });
      writeFileSync(join(stateDirectory, containerId(n), 'state.json'), JSON.stringify(state));
    };
    write(1, { bootId: bootId(), processes: [identities[0], { ...identities[1], startTime: '1' }] });
    write(2, { bootId: 'another', processes: [identities[2]] });
    write(3, { bootId: bootId(), processes: [null, { pid: -1 }, { pid: 0, startTime: '0' }, 7] });
    write(4, 'not what we wrote');
    const killed = once(ours, 'exit');
    await runtime.recover();
    expect(await killed).toEqual([null, 'SIGKILL']);
    expect([other.exitCode, other.signalCode, before.exitCode, before.signalCode]).toEqual([null, null, null, null]);
    expect(readdirSync(stateDirectory)).toEqual([]);
    for (const child of [other, before]) child.kill();
  });

  test('has nothing to do where there was never a container', async () => {
    const { runtime } = openSandbox();
    await expect(runtime.recover()).resolves.toEqual(new Map());
  });
});

describe('removing a container’s directory', () => {
  test('takes a chain of 5,000 directories, unreadable ones, and many files', { timeout: 120_000 }, async () => {
    const directory = temporaryDirectory();
    const top = join(directory, containerId(1));
    mkdirSync(top);
    // Built from the bottom up: from the top down its path would soon be too long for the kernel.
    for (let depth = 0; depth < 5_000; depth++) {
      mkdirSync(join(directory, 'next'));
      if (depth > 0) renameSync(join(directory, 'chain'), join(directory, 'next', 'd'));
      renameSync(join(directory, 'next'), join(directory, 'chain'));
    }
    renameSync(join(directory, 'chain'), join(top, 'chain'));
    for (const [name, mode] of [
      ['closed', 0],
      ['fixed', 0o555],
    ] as const) {
      mkdirSync(join(top, name));
      writeFileSync(join(top, name, 'file'), '');
      chmodSync(join(top, name), mode);
    }
    for (let i = 0; i < 3_000; i++) writeFileSync(join(top, `file-${i}`), '');
    await new ContainerDirectories(directory, program).remove(containerId(1));
    expect(readdirSync(directory)).toEqual([]);
  });

  test('says what it could not remove', async () => {
    const directory = temporaryDirectory();
    const directories = new ContainerDirectories(directory, program);
    await expect(directories.remove('../x')).rejects.toThrow('was not removed');
    await expect(directories.remove('..')).rejects.toThrow('was not removed');
    await expect(directories.remove(containerId(9))).resolves.toBeUndefined();
  });
});
