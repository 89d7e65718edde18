import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ContainerSettings } from '../../core/protocol/container-settings.js';
import {
  CONTAINER_ROOT_IN_TOOLBOX,
  StartError,
  type ContainerSpec,
  type PreparedTask,
  type Runtime,
  type TaskSpec,
} from './runtime.js';
import { containerSpec, Inhabited, resultOf, type Result, noForwards } from './runtime.fixture.js';

export interface TaskRuntimeUnderTest {
  /** A runtime with nothing running. */
  readonly open: () => Promise<Runtime>;
  /** Has sh, sleep, cat, id, nc, kill. */
  readonly image: string;
  readonly settings?: ContainerSettings;
  /** Whether `awsvpc` is a network of the task's own, from which forwards lead to this host. */
  readonly ownNetwork: boolean;
  /** Whether there are other users than root; default true. */
  readonly otherUsers?: boolean;
  /** Of the toolbox: an image, or this host's tools. */
  readonly toolbox: { readonly image?: string };
  /** An image with a static program and nothing else, and its command line, which must run until it is stopped. */
  readonly bare: { readonly image: string; readonly argv: readonly string[] };
}

const FOREVER = 'while :; do sleep 1000; done';

/** What every {@link Runtime} promises of the containers of a task. */
export function preparedTaskContract(underTest: TaskRuntimeUnderTest): void {
  const { open, image, settings, ownNetwork, otherUsers = true, toolbox, bare } = underTest;
  let runtime: Runtime;
  let scratch: string;
  let tasks: PreparedTask[];
  let running: Inhabited[];
  let servers: Server[];

  beforeEach(async () => {
    runtime = await open();
    scratch = mkdtempSync(join(tmpdir(), 'gangway-task-'));
    [tasks, running, servers] = [[], [], []];
  });
  afterEach(async () => {
    await Promise.all(running.map(({ container }) => container.stop(0)));
    for (const task of tasks) await task.release();
    for (const server of servers) server.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  const prepare = async (changes: Partial<TaskSpec> = {}): Promise<PreparedTask> => {
    const id = randomBytes(16).toString('hex');
    const task = await runtime.prepare({ id, networkMode: 'none', volumes: [], forwards: noForwards, ...changes });
    tasks.push(task);
    return task;
  };
  const inhabit = async (task: PreparedTask, changes: Partial<ContainerSpec> = {}): Promise<Inhabited> => {
    const spec = containerSpec(image, FOREVER, changes);
    const inhabited = new Inhabited(await task.start({ ...spec, settings: { ...settings, ...changes.settings } }));
    running.push(inhabited);
    return inhabited;
  };
  /** What a process of a toolbox says. */
  const byToolbox = async ({ container }: Inhabited, command: string): Promise<Result> => {
    const entered = await container.enter({ argv: ['/bin/sh', '-c', command], environment: {}, toolbox });
    entered.stdin.end();
    return resultOf(entered);
  };

  describe('the containers of a task', () => {
    test('share no processes by themselves', async () => {
      const task = await prepare();
      const [one, two] = [await inhabit(task), await inhabit(task)];
      await one.enter('exec -a marked sleep 1234 2>/dev/null || exec sleep 1234');
      expect((await two.run('cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "')).stdout).not.toContain('1234');
    });

    test('share processes with pidMode task, and nobody stays a zombie', async () => {
      const task = await prepare({ pidMode: 'task' });
      const [one, two] = [await inhabit(task), await inhabit(task)];
      const before = (await two.run('ls -d /proc/[0-9]* | wc -l')).stdout;
      expect(Number(before)).toBeGreaterThanOrEqual(3);
      await one.run('(sleep 0.1 &) ; exit 0');
      await expect
        .poll(async () => (await two.run("grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l")).stdout.trim())
        .toBe('0');
      // Processes of one are there for the other.
      await one.enter('exec sleep 4321');
      await expect
        .poll(async () => (await two.run('cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " "')).stdout)
        .toContain('sleep 4321');
    });

    test('hand files over in a volume of the task, which one of them may only read', async () => {
      const task = await prepare({ volumes: [{ name: 'data' }] });
      const mount = { source: 'data', containerPath: '/data' };
      const writer = await inhabit(task, { settings: { mounts: [{ ...mount, readOnly: false }] } });
      const reader = await inhabit(task, { settings: { mounts: [{ ...mount, readOnly: true }] } });
      expect((await writer.run('echo hello > /data/file')).code).toBe(0);
      expect((await reader.run('cat /data/file')).stdout).toBe('hello\n');
      expect((await reader.run('echo no > /data/other')).code).not.toBe(0);
    });

    test('have a directory of the host where their definition says so, made where it is not there', async () => {
      const hostPath = join(scratch, 'made', 'here');
      const task = await prepare({ volumes: [{ name: 'host', hostPath }] });
      const mounts = [{ source: 'host', containerPath: '/srv/host', readOnly: false }];
      const { run } = await inhabit(task, { settings: { mounts } }).then((inhabited) => ({
        run: (command: string) => inhabited.run(command),
      }));
      expect((await run('echo there > /srv/host/file && cat /srv/host/file')).stdout).toBe('there\n');
    });

    test('a volume that is to be there and is not: refused by name', async () => {
      const volumes = [{ name: `missing-${randomBytes(4).toString('hex')}`, shared: { autoprovision: false } }];
      await expect(prepare({ volumes })).rejects.toThrow(StartError);
      await expect(prepare({ volumes })).rejects.toThrow(volumes[0]!.name);
    });

    test.skipIf(!ownNetwork)('have one network, not the host’s, with forwards to a socket of the host', async () => {
      const socketPath = join(scratch, 'way');
      const server = createServer({ allowHalfOpen: true }, (socket) => {
        socket.on('error', () => undefined);
        socket.on('data', (data) => socket.write(`heard ${data.toString()}`));
        socket.on('end', () => socket.end());
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(socketPath, resolve));
      const task = await prepare({
        networkMode: 'awsvpc',
        hostname: 'ip-10-0-0-1',
        forwards: () => Promise.resolve([{ port: 4580, socketPath }]),
      });
      expect(task.network?.privateIpv4Address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      const [one, two] = [await inhabit(task), await inhabit(task)];
      await one.enter('while :; do echo from-one | nc -l -p 8080; done');
      await expect.poll(async () => (await two.run('nc -w 2 127.0.0.1 8080 < /dev/null')).stdout).toBe('from-one\n');
      expect((await two.run('echo ping | nc -w 2 127.0.0.1 4580')).stdout).toBe('heard ping\n');
      expect((await one.run('hostname')).stdout).toBe('ip-10-0-0-1\n');
    });
  });

  describe('a process that is entered', () => {
    test.skipIf(!otherUsers)('may be another user than root', async () => {
      const { container } = await inhabit(await prepare());
      const entered = await container.enter({ argv: ['/bin/sh', '-c', 'id -u'], environment: {}, user: 'nobody' });
      entered.stdin.end();
      expect((await resultOf(entered)).stdout).toBe('65534\n');
    });

    test('accounts for what it uses', async () => {
      const inhabited = await inhabit(await prepare());
      const busy = await inhabited.enter('i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done; sleep 1000');
      busy.stdout.resume();
      busy.stderr.resume();
      await expect.poll(async () => (await busy.usage?.())?.cpuSeconds, { timeout: 10_000 }).toBeGreaterThan(0);
      expect((await busy.usage?.())?.memoryBytes).toBeGreaterThan(0);
      busy.signal('SIGKILL');
      await busy.exited;
      expect((await busy.usage?.())?.peakMemoryBytes).toBeGreaterThan(0);
    });

    test('has a toolbox for a container without any tool: its processes, and its files in view', async () => {
      const task = await prepare();
      const bareContainer = await task.start({
        ...containerSpec(bare.image, ''),
        argv: bare.argv,
        settings: { ...settings },
      });
      const inhabited = new Inhabited(bareContainer);
      running.push(inhabited);
      const files = await byToolbox(inhabited, `ls ${CONTAINER_ROOT_IN_TOOLBOX}/`);
      expect(files.stderr).toBe('');
      expect(files.stdout.split('\n')).toContain(basename(bare.argv[0]!));
      const processes = await byToolbox(inhabited, 'cat /proc/[0-9]*/cmdline | tr "\\0" " "');
      expect(processes.stdout).toContain(bare.argv.join(' '));
      expect((await byToolbox(inhabited, 'exit 9')).code).toBe(9);
    });
  });
}
