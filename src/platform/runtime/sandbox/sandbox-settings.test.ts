import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ContainerSettings } from '../../../core/protocol/container-settings.js';
import type { ContainerSpec, Runtime } from '../runtime.js';
import { containerSpec, Inhabited, resultOf, type Result } from '../runtime.fixture.js';
import { openSandbox, sandboxRefusal } from './sandbox.fixture.js';

const refusal = await sandboxRefusal();
const isRoot = process.getuid?.() === 0;

async function run(
  runtime: Runtime,
  command: string,
  settings: ContainerSettings,
  changes: Partial<ContainerSpec> = {},
): Promise<Result> {
  const container = await runtime.start(containerSpec('host', command, { ...changes, settings }));
  const result = await resultOf(container);
  await container.stop(0);
  return result;
}

describe.skipIf(refusal !== undefined)(`settings of a container${refusal ?? ''}`, () => {
  test('tmpfs: of its size and options, noexec, nosuid and nodev unless it says otherwise', async () => {
    const tmpfs = [
      { containerPath: '/scratch', size: 3, mountOptions: ['mode=0750', 'exec'] },
      { containerPath: '/fixed/', size: 1, mountOptions: ['ro', 'nr_inodes=10'] },
    ];
    const command =
      'grep -E "^tmpfs /(scratch|fixed) " /proc/mounts; stat -c %a /scratch; touch /scratch/x; touch /fixed/x';
    const { stdout, code } = await run(openSandbox().runtime, command, { tmpfs }, { readonlyRootFilesystem: true });
    expect(stdout).toMatch(/^tmpfs \/fixed tmpfs ro,nosuid,nodev,noexec.*size=1024k,nr_inodes=10/m);
    expect(stdout).toMatch(/^tmpfs \/scratch tmpfs rw,nosuid,nodev,relatime,size=3072k,mode=750/m);
    expect(stdout).toMatch(/^750$/m);
    expect(code).toBe(1);
  });

  test('sharedMemorySize is that of /dev/shm', async () => {
    const { stdout } = await run(openSandbox().runtime, 'df -Pm /dev/shm | tail -1 | tr -s " " | cut -d " " -f 2', {
      sharedMemorySize: 7,
    });
    expect(stdout).toBe('7\n');
  });

  test('extraHosts and dnsServers stand in /etc', async () => {
    const { stdout } = await run(openSandbox().runtime, 'cat /etc/hosts; echo --; cat /etc/resolv.conf', {
      extraHosts: [{ hostname: 'db.internal', ipAddress: '10.1.2.3' }],
      dnsServers: ['192.0.2.53', '192.0.2.54'],
      dnsSearchDomains: ['corp.example', 'example'],
    });
    const [hosts = '', resolv = ''] = stdout.split('--\n');
    expect(hosts).toContain('10.1.2.3\tdb.internal\n');
    expect(hosts).toContain('127.0.0.1\tbox\n');
    expect(resolv.match(/^nameserver .*$/gm)).toEqual(['nameserver 192.0.2.53', 'nameserver 192.0.2.54']);
    expect(resolv.match(/^search .*$/gm)).toEqual(['search corp.example example']);
  });

  test('ulimits hold for the command and for those who enter', async () => {
    const { runtime } = openSandbox();
    const settings = {
      ulimits: [
        { name: 'nofile', softLimit: 100, hardLimit: 200 },
        { name: 'core', softLimit: 0, hardLimit: 0 },
      ],
    };
    const ask = 'ulimit -Sn; ulimit -Hn; ulimit -c';
    expect((await run(runtime, ask, settings)).stdout).toBe('100\n200\n0\n');
    const box = await Inhabited.start(runtime, 'host', { settings });
    expect((await box.run(ask)).stdout).toBe('100\n200\n0\n');
    const toolbox = await box.container.enter({ argv: ['/bin/sh', '-c', ask], environment: {}, toolbox: {} });
    expect((await resultOf(toolbox)).stdout).toBe('100\n200\n0\n');
    await box.container.stop(0);
  });

  test('ulimits that cannot be are refused in Docker’s words', async () => {
    const { runtime } = openSandbox();
    const start = (name: string, softLimit: number, hardLimit: number) =>
      run(runtime, 'true', { ulimits: [{ name, softLimit, hardLimit }] });
    await expect(start('nosuch', 1, 1)).rejects.toThrow('CannotStartContainerError: invalid ulimit type: nosuch');
    await expect(start('nofile', 2, 1)).rejects.toThrow(
      'CannotStartContainerError: ulimit soft limit must be less than or equal to hard limit: 2 > 1',
    );
    await expect(start('nofile', -2, 1)).rejects.toThrow('invalid ulimit nofile: -2');
    // Past what the kernel gives to anybody (fs.nr_open).
    const most = Number(readFileSync('/proc/sys/fs/nr_open', 'latin1'));
    await expect(start('nofile', most + 1, most + 1)).rejects.toThrow(
      'CannotStartContainerError: error setting rlimit type 7: operation not permitted',
    );
  });

  test('capabilities: dropped ones are in no set any more, whatever is executed; those that enter have none of them', async () => {
    const { runtime } = openSandbox();
    const ask = 'grep -E "Cap(Eff|Prm|Bnd|Inh|Amb)" /proc/self/status | cut -f2 | sort -u';
    const none = '0'.repeat(16);
    expect((await run(runtime, ask, { capabilities: { add: [], drop: ['ALL'] } })).stdout).toBe(`${none}\n`);
    const settings = { capabilities: { add: ['cap_kill'], drop: ['all'] } };
    const box = await Inhabited.start(runtime, 'host', { settings });
    const kill = '0000000000000020';
    expect((await box.run(ask)).stdout).toBe(`${none}\n${kill}\n`);
    const toolbox = await box.container.enter({ argv: ['/bin/sh', '-c', ask], environment: {}, toolbox: {} });
    expect((await resultOf(toolbox)).stdout).toBe(`${none}\n${kill}\n`);
    await box.container.stop(0);
    const chown = { capabilities: { add: [], drop: ['CHOWN', 'NET_RAW'] } };
    expect((await run(runtime, `${ask}; touch /tmp/x; chown 1 /tmp/x`, chown)).stdout).toBe(
      `${none}\n00000000a00405fa\n`,
    );
  });

  test('a container without CAP_KILL is stopped all the same', async () => {
    const { runtime } = openSandbox();
    const settings = { capabilities: { add: [], drop: ['ALL'] } };
    const command = 'trap "exit 5" TERM; echo up; while :; do sleep 0.01; done';
    const container = await runtime.start(containerSpec('host', command, { settings, user: isRoot ? 'nobody' : '' }));
    await new Promise((resolve) => container.stdout.once('data', resolve));
    container.stderr.resume();
    expect(await container.stop(10_000)).toEqual({ code: 5 });
  });

  test('capabilities that are none, or not given, are refused by name', async () => {
    const { runtime } = openSandbox();
    const start = (add: string[], drop: string[]) => run(runtime, 'true', { capabilities: { add, drop } });
    await expect(start(['FLY'], [])).rejects.toThrow(
      'CannotStartContainerError: invalid CapAdd: unknown capability: "FLY"',
    );
    await expect(start([], ['CAP_FLY'])).rejects.toThrow('invalid CapDrop: unknown capability: "CAP_FLY"');
    for (const name of ['SYS_ADMIN', 'SYS_PTRACE', 'ALL']) {
      await expect(start([name], [])).rejects.toThrow(
        `the sandbox gives no capability ${name}: use an image of Docker's`,
      );
    }
  });

  test('mount points that cannot be are refused, and what happens at the mount is told', async () => {
    const { runtime } = openSandbox();
    const at = (containerPath: string) =>
      run(runtime, 'true', { tmpfs: [{ containerPath, size: 1, mountOptions: [] }] });
    await expect(at('relative')).rejects.toThrow("invalid mount path: 'relative' mount path must be absolute");
    for (const path of ['/', '/proc/sys', '/sys', '/dev', '/srv/../proc', '/dev/pts']) {
      await expect(at(path), path).rejects.toThrow(`CannotStartContainerError: invalid mount path: '${path}'`);
    }
    await expect(at('/etc/passwd')).rejects.toThrow(
      'CannotStartContainerError: /etc/passwd cannot be mounted: not a directory',
    );
    const tmpfs = { containerPath: '/x', size: 1, mountOptions: [] };
    const many = Array.from({ length: 201 }, (_, i) => ({ ...tmpfs, containerPath: `/x${i}` }));
    await expect(run(runtime, 'true', { tmpfs: many })).rejects.toThrow('more than 200 mount points');
    expect((await run(runtime, 'grep -c "^tmpfs /x" /proc/mounts', { tmpfs: many.slice(1) })).stdout).toBe('200\n');
    await expect(run(runtime, 'true', { tmpfs: [tmpfs, tmpfs] })).rejects.toThrow('Duplicate mount point: /x');
    await expect(run(runtime, 'true', { tmpfs: [{ ...tmpfs, mountOptions: ['uid=0,size=9g'] }] })).rejects.toThrow(
      'the sandbox has no tmpfs option "uid=0,size=9g"',
    );
    await expect(run(runtime, 'true', { tmpfs: [{ ...tmpfs, size: -1 }] })).rejects.toThrow('invalid size of tmpfs /x');
    const nested = {
      tmpfs: [
        { ...tmpfs, mountOptions: ['ro'] },
        { ...tmpfs, containerPath: '/x/y' },
      ],
    };
    await expect(run(runtime, 'true', nested)).rejects.toThrow(
      'CannotStartContainerError: /x/y cannot be mounted: no such file or directory',
    );
  });
});

describe.skipIf(refusal !== undefined)(`entering as another user${refusal ?? ''}`, () => {
  const enter = async (box: Inhabited, user: string, command = 'id -u; id -g; id -G; echo $HOME'): Promise<Result> => {
    const entered = await box.container.enter({ argv: ['/bin/sh', '-c', command], environment: {}, user });
    entered.stdin.end();
    return resultOf(entered);
  };

  test.skipIf(!isRoot)('finds name, group, groups and home in the container', async () => {
    const { runtime } = openSandbox();
    const box = await Inhabited.start(runtime, 'host');
    expect((await enter(box, 'nobody')).stdout).toBe('65534\n65534\n65534\n/nonexistent\n');
    expect((await enter(box, '4321')).stdout).toBe('4321\n0\n0\n/\n');
    expect((await enter(box, '4321:99')).stdout).toBe('4321\n99\n99\n/\n');
    expect((await enter(box, 'daemon:tty')).stdout).toBe('1\n5\n5\n/usr/sbin\n');
    await box.run('echo "late:x:777:778::/late:/bin/sh" >> /etc/passwd; echo "more:x:779:late" >> /etc/group');
    expect((await enter(box, 'late')).stdout).toBe('777\n778\n778 779\n/late\n');
    await box.container.stop(0);
  });

  test.skipIf(!isRoot)('lets it open its streams and its terminal again, and gives it no capability', async () => {
    const { runtime } = openSandbox();
    const box = await Inhabited.start(runtime, 'host');
    const command = 'echo again > /dev/stdout; echo err > /dev/stderr; grep CapEff /proc/self/status | cut -f2';
    expect(await enter(box, 'nobody', command)).toEqual({
      stdout: `again\n${'0'.repeat(16)}\n`,
      stderr: 'err\n',
      code: 0,
    });
    const terminal = await box.container.enter({
      argv: ['/bin/sh', '-c', 'id -u; echo x > $(tty)'],
      environment: {},
      user: 'nobody',
      terminal: { columns: 80, rows: 24 },
    });
    expect((await resultOf(terminal)).stdout).toBe('65534\r\nx\r\n');
    await box.container.stop(0);
  });

  test('refuses one that is not there, by name', async () => {
    const { runtime } = openSandbox();
    const box = await Inhabited.start(runtime, 'host');
    await expect(enter(box, 'nosuchuser')).rejects.toThrow(
      'unable to find user nosuchuser: no matching entries in passwd file',
    );
    await expect(enter(box, '0:nosuchgroup')).rejects.toThrow('unable to find group nosuchgroup');
    if (!isRoot) await expect(enter(box, '1234')).rejects.toThrow('rootless container has user and group 0 only');
    expect((await enter(box, 'root')).stdout.split('\n').slice(0, 2)).toEqual(['0', '0']);
    await box.container.stop(0);
  });
});

describe.skipIf(refusal !== undefined)(`what an entered process uses${refusal ?? ''}`, () => {
  test('is counted with its descendants while it runs, and in all when it has ended', async () => {
    const { runtime } = openSandbox();
    const box = await Inhabited.start(runtime, 'host');
    const busy = 'i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done';
    const entered = await box.enter(
      `(${busy}); x=$(head -c 20000000 /dev/zero | tr "\\0" x); echo up; read line; exit 3`,
    );
    await new Promise((resolve) => entered.stdout.once('data', resolve));
    const now = await entered.usage?.();
    expect(now?.cpuSeconds).toBeGreaterThan(0.1);
    expect(now?.memoryBytes).toBeGreaterThan(20_000_000);
    expect(now?.peakMemoryBytes).toBeGreaterThanOrEqual(now?.memoryBytes ?? 0);
    entered.stdin.end('\n');
    expect(await entered.exited).toEqual({ code: 3 });
    const total = await entered.usage?.();
    expect(total?.cpuSeconds).toBeGreaterThanOrEqual(now?.cpuSeconds ?? 0);
    expect(total?.peakMemoryBytes).toBeGreaterThanOrEqual(now?.peakMemoryBytes ?? 0);
    expect(total?.memoryBytes).toBe(0);
    await box.container.stop(0);
  });

  test('is counted of a process that nobody asked about while it ran, and is its own alone', async () => {
    const { runtime } = openSandbox();
    const box = await Inhabited.start(runtime, 'host');
    const idle = await box.enter('echo up; read line');
    const busy = await box.enter('i=0; while [ $i -lt 400000 ]; do i=$((i+1)); done');
    await busy.exited;
    expect((await busy.usage?.())?.cpuSeconds).toBeGreaterThan(0.1);
    expect((await busy.usage?.())?.peakMemoryBytes).toBeGreaterThan(100_000);
    expect((await idle.usage?.())?.cpuSeconds).toBeLessThan(0.1);
    idle.stdin.end('\n');
    await idle.exited;
    await box.container.stop(0);
  });

  test('goes on in the background, in the session of a parent that has ended', async () => {
    const { runtime } = openSandbox();
    const box = await Inhabited.start(runtime, 'host');
    const entered = await box.enter(
      '(sh -c "x=\\$(head -c 30000000 /dev/zero | tr \\"\\\\0\\" x); echo up; read line; sleep 9" &); read line',
    );
    await new Promise((resolve) => entered.stdout.once('data', resolve));
    expect((await entered.usage?.())?.memoryBytes).toBeGreaterThan(30_000_000);
    await box.container.stop(0);
    expect((await entered.exited).code).toBe(137);
  });
});
