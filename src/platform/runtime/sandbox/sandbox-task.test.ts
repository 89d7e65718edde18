import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { StartError, type ContainerSpec, type PreparedTask, type Runtime, type TaskSpec } from '../runtime.js';
import { containerSpec, Inhabited, resultOf, type Result, noForwards } from '../runtime.fixture.js';
import { processIdentity } from './process-identity.js';
import { openSandbox, sandboxRefusal, temporaryDirectory } from './sandbox.fixture.js';

const refusal = await sandboxRefusal();

const taskId = (): string => randomBytes(16).toString('hex');

function taskSpec(changes: Partial<TaskSpec> = {}): TaskSpec {
  return { id: taskId(), networkMode: 'awsvpc', volumes: [], forwards: noForwards, ...changes };
}

/** A task, and the containers that were started in it, gone at the end of the test. */
async function prepare(runtime: Runtime, changes: Partial<TaskSpec> = {}) {
  const task = await runtime.prepare(taskSpec(changes));
  const boxes: Inhabited[] = [];
  onTestFinished(async () => {
    await Promise.all(boxes.map(({ container }) => container.stop(0)));
    await task.release();
  });
  return {
    task,
    run: (command: string, container: Partial<ContainerSpec> = {}) => run(task, command, container),
    inhabit: async (container: Partial<ContainerSpec> = {}) => {
      const box = new Inhabited(await task.start(containerSpec('host', 'while :; do sleep 1000; done', container)));
      boxes.push(box);
      return box;
    },
  };
}

async function run(task: PreparedTask, command: string, changes: Partial<ContainerSpec> = {}): Promise<Result> {
  const container = await task.start(containerSpec('host', command, changes));
  const result = await resultOf(container);
  await container.stop(0);
  return result;
}

const ownNamespace = (name: string): string => readlinkSync(`/proc/self/ns/${name}`);
const namespaces = (...names: string[]): string => `readlink ${names.map((name) => `/proc/self/ns/${name}`).join(' ')}`;

describe.skipIf(refusal !== undefined)(`the containers of a task${refusal ?? ''}`, () => {
  test('share nothing that the task does not say', async () => {
    const { inhabit, task } = await prepare(openSandbox().runtime);
    expect(task.network).toBeUndefined();
    const [one, two] = [await inhabit(), await inhabit({ hostname: 'other' })];
    const ask = namespaces('pid', 'ipc', 'uts', 'mnt');
    const [first, second] = [(await one.run(ask)).stdout.split('\n'), (await two.run(ask)).stdout.split('\n')];
    for (let i = 0; i < 4; i++) expect(first[i]).not.toBe(second[i]);
  });

  test('with pidMode task share the processes, which an init of the task reaps, and keep their own names', async () => {
    const { inhabit } = await prepare(openSandbox().runtime, { pidMode: 'task' });
    const [one, two] = [await inhabit(), await inhabit({ hostname: 'other' })];
    expect((await one.run(namespaces('pid'))).stdout).toBe((await two.run(namespaces('pid'))).stdout);
    const sleeper = await two.enter('exec sleep 4321');
    expect((await one.run('cat /proc/[0-9]*/cmdline | tr "\\0" " "')).stdout).toContain('sleep 4321');
    expect((await one.run('tr "\\0" " " < /proc/1/cmdline')).stdout.trim()).toBe('gangway-task');
    await one.run('for i in 1 2 3 4 5; do (sh -c "exit 3" & ) ; done; (sleep 0.05 &)');
    expect((await one.run('sleep 0.3; cat /proc/[0-9]*/stat | grep -c " Z "')).stdout).toBe('0\n');
    expect((await one.run('hostname; cat /etc/hostname')).stdout).toBe('box\nbox\n');
    // Its init is nobody's to look into, or to end.
    const { stdout } = await one.run(
      'ls /proc/1/root/ 2>/dev/null; readlink /proc/1/exe; kill -9 1; kill -0 1 && echo there',
    );
    expect(stdout).toBe('there\n');
    for (const stream of [sleeper.stdin, sleeper.stdout, sleeper.stderr]) stream.destroy();
  });

  test('with pidMode task end each with all that is its own, and leave the other', async () => {
    const { inhabit } = await prepare(openSandbox().runtime, { pidMode: 'task' });
    const [one, two] = [await inhabit(), await inhabit()];
    const entered = await one.enter('trap "" TERM HUP; (setsid sleep 4322 &); echo in; exec sleep 4323');
    const background = await one.enter('(setsid setsid sleep 4324 > /dev/null 2>&1 < /dev/null &)');
    await background.exited;
    const toolbox = await one.container.enter({ argv: ['sleep', '4325'], environment: {}, toolbox: {} });
    const sleepers = () => two.run('cat /proc/[0-9]*/cmdline | tr "\\0" " " | grep -o "sleep 432[0-9]" | sort');
    await vi.waitFor(async () => expect((await sleepers()).stdout.split('\n')).toHaveLength(5), { timeout: 10_000 });
    await one.container.stop(0);
    expect((await entered.exited).code).toBe(137);
    expect((await toolbox.exited).code).toBe(137);
    expect((await sleepers()).stdout).toBe('');
    expect((await two.run('echo alive')).stdout).toBe('alive\n');
    for (const { stdin, stdout, stderr } of [entered, background, toolbox]) {
      for (const stream of [stdin, stdout, stderr]) stream.destroy();
    }
  });

  test('with pidMode task end with the exit code of the command, and when it is stopped', async () => {
    const { run: start, task } = await prepare(openSandbox().runtime, { pidMode: 'task' });
    expect((await start('exit 7')).code).toBe(7);
    const polite = await task.start(containerSpec('host', 'trap "exit 5" TERM; while :; do sleep 0.01; done'));
    polite.stdout.resume();
    polite.stderr.resume();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await polite.stop(10_000)).toEqual({ code: 5 });
  });

  test('with pidMode host see those of the host, and end without them', async () => {
    const { runtime } = openSandbox();
    const { inhabit } = await prepare(runtime, { pidMode: 'host' });
    const box = await inhabit();
    expect((await box.run(`tr "\\0" " " < /proc/${process.pid}/cmdline`)).stdout).not.toBe('');
    expect((await box.run(namespaces('pid'))).stdout).toBe(`${ownNamespace('pid')}\n`);
    await box.run('(setsid sleep 4326 > /dev/null 2>&1 < /dev/null &)');
    const inhabitants = async () => (await box.container.hostPids?.()) ?? [];
    await vi.waitFor(
      async () => {
        const names = (await inhabitants()).map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
        expect(names.some((name) => name.startsWith('sleep\x004326'))).toBe(true);
      },
      { timeout: 10_000 },
    );
    const pids = await inhabitants();
    expect(pids).not.toContain(process.pid);
    await box.container.stop(0);
    expect(pids.filter((pid) => processIdentity(pid) !== undefined)).toEqual([]);
  });

  test('with ipcMode task share memory and queues, and the size is that of a task', async () => {
    const { inhabit } = await prepare(openSandbox().runtime, { ipcMode: 'task' });
    const [one, two] = [await inhabit(), await inhabit()];
    expect((await one.run(namespaces('ipc'))).stdout).toBe((await two.run(namespaces('ipc'))).stdout);
    expect((await one.run(namespaces('pid'))).stdout).not.toBe((await two.run(namespaces('pid'))).stdout);
    await one.run('echo shared > /dev/shm/word');
    expect((await two.run('cat /dev/shm/word; df -Pk /dev/shm | tail -1 | tr -s " " | cut -d " " -f 2')).stdout).toBe(
      'shared\n65536\n',
    );
    await one.container.stop(0);
    expect((await two.run('cat /dev/shm/word')).stdout).toBe('shared\n');
  });

  test('with ipcMode host have the host’s', async () => {
    const { run: start } = await prepare(openSandbox().runtime, { ipcMode: 'host' });
    expect((await start(namespaces('ipc'))).stdout).toBe(`${ownNamespace('ipc')}\n`);
  });

  test('in network mode none share one of their own, whose loopback is up, and nothing else', async () => {
    const { inhabit, task } = await prepare(openSandbox().runtime, { networkMode: 'none' });
    expect(task.network).toBeUndefined();
    const [one, two] = [await inhabit(), await inhabit()];
    const shared = (await one.run(namespaces('net'))).stdout;
    expect((await two.run(namespaces('net'))).stdout).toBe(shared);
    expect(shared).not.toBe(`${ownNamespace('net')}\n`);
    expect(
      (await one.run('tail -n +3 /proc/net/dev | tr -d " " | cut -d : -f 1; tail -n +2 /proc/net/route')).stdout,
    ).toBe('lo\n');
    expect((await one.run('grep -c 7F000001 /proc/net/fib_trie; cat /proc/net/if_inet6 | wc -l')).stdout).toBeTruthy();
    expect(Number.parseInt((await two.run('cat /sys/class/net/lo/flags')).stdout, 16) & 1).toBe(1);
  });

  test('keep pipes and terminals as the contract has them when they share everything', async () => {
    const all = { pidMode: 'task', ipcMode: 'task', networkMode: 'none' } as const;
    const { inhabit } = await prepare(openSandbox().runtime, all);
    const box = await inhabit();
    expect(await box.run('cat; echo err >&2; exit 3')).toEqual({ stdout: '', stderr: 'err\n', code: 3 });
    const session = await box.terminal(['/bin/sh', '-c', 'tty; stty size; echo x > /dev/tty']);
    expect(await session.output.ended).toMatch(/^\/dev\/pts\/\d+\r\n24 80\r\nx\r\n$/);
  });
});

describe.skipIf(refusal !== undefined)(`a container of no task${refusal ?? ''}`, () => {
  test('may have no network', async () => {
    const { runtime } = openSandbox();
    const container = await runtime.start(
      containerSpec('host', 'tail -n +3 /proc/net/dev | tr -d " " | cut -d : -f 1', {
        settings: { networkMode: 'none' },
      }),
    );
    expect((await resultOf(container)).stdout).toBe('lo\n');
    await container.stop(0);
  });

  test('may have the host’s processes', async () => {
    const { runtime } = openSandbox();
    const settings = { pidMode: 'host' } as const;
    const container = await runtime.start(containerSpec('host', namespaces('pid'), { settings }));
    expect((await resultOf(container)).stdout).toBe(`${ownNamespace('pid')}\n`);
    await container.stop(0);
  });
});

describe.skipIf(refusal !== undefined)(`volumes${refusal ?? ''}`, () => {
  const mount = (source: string, containerPath: string, readOnly = false): Partial<ContainerSpec> => ({
    settings: { mounts: [{ source, containerPath, readOnly }] },
  });

  test('of a task are empty, shared by its containers, and gone with it', async () => {
    const { runtime, stateDirectory } = openSandbox();
    const id = taskId();
    const task = await runtime.prepare(taskSpec({ id, volumes: [{ name: 'data' }] }));
    expect((await run(task, 'ls -A /data; echo kept > /data/file', mount('data', '/data'))).stdout).toBe('');
    expect((await run(task, 'cat /srv/x/file', mount('data', '/srv/x'))).stdout).toBe('kept\n');
    expect((await run(task, 'echo x > /data/file', mount('data', '/data', true))).code).not.toBe(0);
    expect(readFileSync(join(stateDirectory, id, 'volumes/data/file'), 'utf8')).toBe('kept\n');
    await task.release();
    expect(existsSync(join(stateDirectory, id))).toBe(false);
  });

  test('that are shared outlive tasks, and are made only where that was said', async () => {
    const { runtime } = openSandbox();
    const volumes = [{ name: 'kept', shared: { autoprovision: true } }];
    const one = await runtime.prepare(taskSpec({ volumes }));
    await run(one, 'echo old > /data/file', mount('kept', '/data'));
    await one.release();
    const again = [{ name: 'kept', shared: { autoprovision: false } }];
    const two = await runtime.prepare(taskSpec({ volumes: again }));
    expect((await run(two, 'cat /data/file', mount('kept', '/data'))).stdout).toBe('old\n');
    await two.release();
    const absent = [{ name: 'absent', shared: { autoprovision: false } }];
    await expect(runtime.prepare(taskSpec({ volumes: absent }))).rejects.toThrow(
      'CannotStartContainerError: get absent: no such volume',
    );
  });

  test('with what the sandbox has not are refused by name, and nothing of the task stays', async () => {
    const { runtime } = openSandbox();
    const prepared = (shared: object) =>
      runtime.prepare(taskSpec({ volumes: [{ name: 'v', shared: { autoprovision: true, ...shared } }] }));
    await expect(prepared({ driver: 'rexray' })).rejects.toThrow('volume v: the sandbox has no driver rexray');
    await expect(prepared({ driverOptions: { type: 'nfs' } })).rejects.toThrow('has no driver option type');
    await expect(runtime.prepare(taskSpec({ volumes: [{ name: '../up' }] }))).rejects.toThrow('invalid volume name');
    await expect(runtime.prepare(taskSpec({ id: '../up' }))).rejects.toThrow('is not the id of a task');
  });

  test('of the host are made where they are not there, and seen by both', async () => {
    const { runtime } = openSandbox();
    const hostPath = join(temporaryDirectory(), 'made', 'here');
    const task = await runtime.prepare(taskSpec({ volumes: [{ name: 'host', hostPath }] }));
    await run(task, 'echo from inside > /data/file', mount('host', '/data'));
    expect(readFileSync(join(hostPath, 'file'), 'utf8')).toBe('from inside\n');
    await task.release();
    expect(readFileSync(join(hostPath, 'file'), 'utf8')).toBe('from inside\n');
  });

  test('that are a file, or lie in one, are refused', async () => {
    const { runtime } = openSandbox();
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    for (const hostPath of [file, join(file, 'below')]) {
      await expect(runtime.prepare(taskSpec({ volumes: [{ name: 'v', hostPath }] })), hostPath).rejects.toThrow(
        `CannotStartContainerError: mount source ${hostPath} is not a directory`,
      );
    }
    const from = (hostPath: string) => runtime.prepare(taskSpec({ volumes: [{ name: 'v', hostPath }] }));
    await expect(from('relative')).rejects.toThrow(StartError);
    await expect(from('/proc/self/nothing/is/made/here')).rejects.toThrow(
      "CannotStartContainerError: error while creating mount source path '/proc/self/nothing/is/made/here': mkdir",
    );
    const dangling = join(temporaryDirectory(), 'dangling');
    symlinkSync('/no/such/place/at/all', dangling);
    await expect(from(dangling)).rejects.toThrow(StartError);
    expect(existsSync('/no')).toBe(false);
  });

  test('never show the data directory, nor a key: not from above, from within, through a link, or by making it', async () => {
    const data = temporaryDirectory();
    const elsewhere = temporaryDirectory();
    mkdirSync(join(elsewhere, 'keys'));
    writeFileSync(join(elsewhere, 'keys', 'key'), 'secret');
    symlinkSync(data, join(elsewhere, 'link'));
    const { runtime } = openSandbox({ dataDirectoryToMask: data, filesToMask: [join(elsewhere, 'keys', 'key')] });
    for (const hostPath of [
      '/',
      data,
      join(data, 'containers'),
      join(data, 'not', 'there'),
      join(data, '..'),
      join(elsewhere, 'link'),
      join(elsewhere, 'link', 'new'),
      join(elsewhere, 'keys'),
      elsewhere,
    ]) {
      await expect(runtime.prepare(taskSpec({ volumes: [{ name: 'v', hostPath }] })), hostPath).rejects.toThrow(
        'would show where Gangway keeps its state and keys',
      );
    }
    expect(readdirSync(data)).toEqual([]);
  });

  test.skipIf(process.getuid?.() !== 0)('never show it through what the host has mounted elsewhere', async () => {
    const [data, elsewhere] = [temporaryDirectory(), temporaryDirectory()];
    const alias = join(elsewhere, 'deep', 'alias');
    mkdirSync(alias, { recursive: true });
    execFileSync('mount', ['--bind', data, alias]);
    onTestFinished(() => void execFileSync('umount', [alias]));
    const { runtime } = openSandbox({ dataDirectoryToMask: data });
    for (const hostPath of [alias, elsewhere, join(alias, 'below')]) {
      await expect(runtime.prepare(taskSpec({ volumes: [{ name: 'v', hostPath }] })), hostPath).rejects.toThrow(
        'would show where Gangway keeps its state and keys',
      );
    }
  });

  test('stay writable on a read-only root, over paths that are not there too; nested ones in their order', async () => {
    const { runtime } = openSandbox();
    const task = await runtime.prepare(taskSpec({ volumes: [{ name: 'a' }, { name: 'b' }] }));
    const settings = {
      mounts: [
        { source: 'b', containerPath: '/new/place/inner', readOnly: true },
        { source: 'a', containerPath: '/new/place', readOnly: false },
      ],
    };
    const command =
      'echo x > /new/place/file && cat /new/place/file; touch /x /new/x /new/place/inner/x 2>/dev/null; ls -A /new';
    expect((await run(task, command, { readonlyRootFilesystem: true, settings })).stdout).toBe('x\nplace\n');
    await task.release();
  });

  test('with no name are made for a container of no task too, and stay', async () => {
    const { runtime, stateDirectory } = openSandbox();
    const container = await runtime.start(containerSpec('host', 'echo x > /data/file', mount('loose', '/data')));
    await resultOf(container);
    await container.stop(0);
    expect(readFileSync(join(stateDirectory, 'volumes/loose/file'), 'utf8')).toBe('x\n');
    rmSync(join(stateDirectory, 'volumes'), { recursive: true });
  });
});
