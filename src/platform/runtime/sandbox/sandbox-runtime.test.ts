import { chmodSync, copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { preparedTaskContract } from '../prepared-task.contract.js';
import type { ContainerSettings } from '../../../core/protocol/container-settings.js';
import { runtimeContract } from '../runtime.contract.js';
import { StartError } from '../runtime.js';
import { containerSpec, Inhabited, resultOf } from '../runtime.fixture.js';
import { openSandbox, sandboxRefusal, temporaryDirectory } from './sandbox.fixture.js';

const refusal = await sandboxRefusal();
/** Debian's, linked statically. */
const busybox = ['/usr/bin/busybox', '/bin/busybox'].find(existsSync);
const cannot = refusal ?? (busybox === undefined ? ' (skipped: no static program)' : undefined);

describe.skipIf(refusal !== undefined)(`the sandbox keeps the contract of runtimes${refusal ?? ''}`, () => {
  runtimeContract({ image: 'host', open: () => Promise.resolve(openSandbox().runtime) });
});

// A network of a task's own would lead nowhere (docs/decisions/0015); a rootless container has user 0 alone.
describe.skipIf(cannot !== undefined)(`the sandbox keeps the contract of tasks${cannot ?? ''}`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'gangway-sandbox-bare-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  if (busybox !== undefined) copyFileSync(busybox, join(directory, 'busybox'));
  chmodSync(directory, 0o755);
  preparedTaskContract({
    image: 'host',
    ownNetwork: false,
    otherUsers: process.getuid?.() === 0,
    toolbox: {},
    bare: { image: `rootfs:${directory}`, argv: ['/busybox', 'sleep', '100000'] },
    open: () => Promise.resolve(openSandbox().runtime),
  });
});

describe.skipIf(refusal !== undefined)(`the sandbox${refusal ?? ''}`, () => {
  test('leaves no descriptor open, whatever succeeded or failed', { timeout: 120_000 }, async () => {
    const { runtime } = openSandbox();
    const round = async () => {
      await expect(runtime.start(containerSpec('host', '', { argv: ['nosuchcommand'] }))).rejects.toThrow(StartError);
      const box = await Inhabited.start(runtime, 'host');
      await box.run('true');
      await expect(box.terminal(['/no/such'])).rejects.toThrow();
      const session = await box.terminal(['true']);
      session.process.stderr.resume();
      await session.output.ended;
      await box.container.stop(0);
      await new Promise((resolve) => setImmediate(resolve));
    };
    await round();
    const before = readdirSync('/proc/self/fd').length;
    for (let i = 0; i < 5; i++) await round();
    expect(readdirSync('/proc/self/fd').length).toBe(before);
  });

  test('tells the processes of each container, entered ones among them, from all others', async () => {
    const { runtime } = openSandbox();
    const boxes = [await Inhabited.start(runtime, 'host'), await Inhabited.start(runtime, 'host')] as const;
    const pidsOf = async ({ container }: Inhabited) => (await container.hostPids?.()) ?? [];
    const before = await pidsOf(boxes[0]);
    const entered = await boxes[0].enter('exec sleep 1000');
    const after = await pidsOf(boxes[0]);
    expect(after.length).toBeGreaterThan(before.length);
    const commandLines = after.map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
    expect(commandLines).toContain('sleep 1000 ');
    expect(after).not.toContain(process.pid);
    const others = await pidsOf(boxes[1]);
    expect(others.length).toBeGreaterThan(0);
    expect(others.filter((pid) => after.includes(pid))).toEqual([]);
    entered.signal('SIGKILL');
    for (const stream of [entered.stdin, entered.stdout, entered.stderr]) stream.destroy();
    for (const box of boxes) await box.container.stop(0);
    expect(await pidsOf(boxes[0])).toEqual([]);
  });

  test('carries 200 terminals at once with less than 100 kB of its own program each', { timeout: 60_000 }, async () => {
    const { runtime } = openSandbox();
    const box = await Inhabited.start(runtime, 'host');
    const sessions = await Promise.all(
      Array.from({ length: 200 }, () => box.terminal(['/bin/sh', '-c', 'echo $$; read x'])),
    );
    await Promise.all(sessions.map((session) => session.output.until(/\d+\r\n/)));
    // The kernel counts pages that are this process's alone, or its share of those that are not.
    const kilobytes = readdirSync('/proc')
      .filter((pid) => /^\d+$/.test(pid))
      .flatMap(proportionalSize);
    expect(kilobytes.length).toBeGreaterThanOrEqual(200);
    expect(kilobytes.reduce((sum, size) => sum + size, 0) / kilobytes.length).toBeLessThan(100);
    await box.container.stop(0);
    expect((await Promise.all(sessions.map(({ exited }) => exited))).every(({ code }) => code === 137)).toBe(true);
  });

  test('tells in one sentence that it cannot work, with a remedy', async () => {
    const { runtime } = openSandbox({ program: '/no/such/program' });
    expect(await runtime.unavailable()).toMatch(/no such file or directory.*; .*Docker/);
    const unwilling = openSandbox({ program: '/bin/false' });
    expect(await unwilling.runtime.unavailable()).toMatch(/; .*Docker/);
  });

  test('takes the images host and rootfs:DIRECTORY, and no others', () => {
    const { runtime } = openSandbox();
    expect(
      ['host', 'rootfs:/srv/x', 'nginx', 'hosts', 'public.ecr.aws/x/rootfs:1'].map((image) => runtime.accepts(image)),
    ).toEqual([true, true, false, false, false]);
  });

  test('refuses ids, hostnames and directories that are none', async () => {
    const { runtime } = openSandbox();
    for (const wrong of [
      { id: '../../etc' },
      { id: '' },
      { hostname: 'a b' },
      { workingDirectory: 'etc' },
      { argv: [] },
    ]) {
      await expect(runtime.start(containerSpec('host', 'true', wrong)), JSON.stringify(wrong)).rejects.toThrow(
        StartError,
      );
    }
  });

  test.each<[string, ContainerSettings]>([
    ['the sandbox has no privileged', { privileged: true }],
    ['the sandbox has no linuxParameters.devices', { devices: [fuse] }],
    ['the sandbox has no systemControls', { systemControls: [{ namespace: 'net.core.somaxconn', value: '1024' }] }],
    ['the sandbox gives no capability SYS_ADMIN', { capabilities: { add: ['SYS_ADMIN'], drop: [] } }],
    ['the sandbox gives no capability MKNOD', { capabilities: { add: ['CAP_MKNOD'], drop: ['ALL'] } }],
  ])("refuses by name what it cannot do: %s: use an image of Docker's", async (reason, settings) => {
    const { runtime } = openSandbox();
    await expect(runtime.start(containerSpec('host', 'true', { settings }))).rejects.toThrow(
      `CannotStartContainerError: ${reason}: use an image of Docker's`,
    );
  });

  test('refuses by name all at once what it cannot do', async () => {
    const { runtime } = openSandbox();
    const settings = {
      privileged: true,
      devices: [fuse],
      systemControls: [{ namespace: 'net.core.somaxconn', value: '1024' }],
    } as const;
    await expect(runtime.start(containerSpec('host', 'true', { settings }))).rejects.toThrow(
      'CannotStartContainerError: the sandbox has no privileged, linuxParameters.devices, systemControls: ' +
        "use an image of Docker's",
    );
  });

  test('refuses an id a second time, and the first stays', async () => {
    const { runtime } = openSandbox();
    const box = await Inhabited.start(runtime, 'host');
    const again = containerSpec('host', 'true', { id: box.container.id });
    await expect(runtime.start(again)).rejects.toThrow('EEXIST');
    expect((await box.run('echo here')).stdout).toBe('here\n');
    await box.container.stop(0);
  });

  test('cannot be given a command with a zero byte, nor too large an environment', async () => {
    const { runtime } = openSandbox();
    const large = { LARGE: 'x'.repeat(4 << 20) };
    await expect(runtime.start(containerSpec('host', 'a\0b'))).rejects.toThrow(StartError);
    await expect(runtime.start(containerSpec('host', 'true', { environment: large }))).rejects.toThrow(StartError);
    const box = await Inhabited.start(runtime, 'host');
    await expect(box.run('true', large)).rejects.toThrow('cannot be entered');
    expect((await box.run('echo here')).stdout).toBe('here\n');
    await box.container.stop(0);
  });

  test('works when its state directory is on a file system that takes no upper layer', async () => {
    const { runtime } = openSandbox({ stateDirectory: temporaryDirectory('/dev/shm') });
    const container = await runtime.start(containerSpec('host', 'echo x > /etc/new && cat /etc/new'));
    expect((await resultOf(container)).stdout).toBe('x\n');
    await container.stop(0);
  });
});

const fuse = { hostPath: '/dev/fuse', containerPath: '/dev/fuse', permissions: 'rwm' };

const readText = (path: string): string => readFileSync(path, 'latin1');

function proportionalSize(pid: string): number[] {
  try {
    if (!readText(`/proc/${pid}/cmdline`).startsWith('gangway-sandbox\0enter')) return [];
    return [Number(/^Pss: +(\d+) kB$/m.exec(readText(`/proc/${pid}/smaps_rollup`))?.[1])];
  } catch {
    // It has ended meanwhile.
    return [];
  }
}
