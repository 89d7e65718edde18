import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ContainerSpec, Runtime } from '../runtime.js';
import { containerSpec, Inhabited, resultOf, type Result } from '../runtime.fixture.js';
import { openSandbox, sandboxRefusal, temporaryDirectory } from './sandbox.fixture.js';

const refusal = await sandboxRefusal();
const isRoot = process.getuid?.() === 0;

async function run(runtime: Runtime, command: string, changes: Partial<ContainerSpec> = {}): Promise<Result> {
  const container = await runtime.start(containerSpec('host', command, changes));
  const result = await resultOf(container);
  await container.stop(0);
  return result;
}

/** A directory of the host that containers do see, were it not hidden. */
const hostDirectory = (): string => temporaryDirectory(isRoot ? '/opt' : undefined);

describe.skipIf(refusal !== undefined)(`of the host, a container of image host${refusal ?? ''}`, () => {
  test('sees the programs', async () => {
    const { runtime } = openSandbox();
    expect((await run(runtime, 'ls -d /usr /etc /bin/sh')).code).toBe(0);
  });

  test.skipIf(!isRoot)('cannot change a file', async () => {
    const { runtime } = openSandbox();
    const directory = hostDirectory();
    writeFileSync(join(directory, 'kept'), 'host');
    const result = await run(
      runtime,
      `cd ${directory} && cat kept && echo mine > kept && echo new > added && cat kept added`,
    );
    expect(result.stdout).toBe('hostmine\nnew\n');
    expect(readFileSync(join(directory, 'kept'), 'utf8')).toBe('host');
    expect(existsSync(join(directory, 'added'))).toBe(false);
    expect(readFileSync('/etc/hostname', 'utf8')).not.toBe('box\n');
  });

  test('does not see homes, /tmp, /run, nor the state', async () => {
    const { runtime, stateDirectory } = openSandbox();
    const empty = ['/home', '/root', '/tmp', '/var/tmp', '/run', '/mnt', homedir()];
    const { stdout } = await run(runtime, `ls -A ${empty.join(' ')} | grep -v : ; ls ${stateDirectory} 2>/dev/null`);
    expect(stdout.trim()).toBe('');
  });

  test.skipIf(!isRoot)('does not see the data directory wherever it is, nor through a link', async () => {
    const data = hostDirectory();
    mkdirSync(join(data, 'real'));
    writeFileSync(join(data, 'real', 'key'), 'secret');
    symlinkSync(join(data, 'real'), join(data, 'link'));
    const { runtime } = openSandbox({ dataDirectoryToMask: join(data, 'link') });
    const { stdout } = await run(
      runtime,
      `ls -A ${data}/real ${data}/link/; cat ${data}/*/key; echo x > ${data}/real/x && echo wrote`,
    );
    expect(stdout).not.toMatch(/secret|wrote|key/);
  });

  test.skipIf(!isRoot)('reads nothing from a key file that stands beside others, nor through a link', async () => {
    const data = hostDirectory();
    writeFileSync(join(data, 'key'), 'secret', { mode: 0o600 });
    writeFileSync(join(data, 'other'), 'open');
    symlinkSync(join(data, 'key'), join(data, 'link'));
    const { runtime } = openSandbox({ filesToMask: [join(data, 'link'), join(data, 'none')] });
    const { stdout } = await run(
      runtime,
      `cat ${data}/key ${data}/link ${data}/other; rm -f ${data}/key; cat ${data}/key`,
    );
    expect(stdout).toBe('open');
  });

  test.skipIf(!isRoot)('has a temporary directory on disk that others may use, and none of our layers', async () => {
    const { runtime } = openSandbox();
    const { stdout } = await run(
      runtime,
      'stat -c %a /tmp /var/tmp /root /; grep -c gangway-sandbox-test /proc/mounts',
    );
    expect(stdout).toBe('1777\n1777\n700\n755\n0\n');
  });

  test.skipIf(!isRoot)('cannot listen to what others say on the network it shares with the host', async () => {
    const { runtime } = openSandbox();
    const program =
      'import socket\nfor family, kind in ((17, 3), (2, 3)):\n try:\n  socket.socket(family, kind, 6); print("listens")\n except OSError as e: print(e.errno)';
    const { stdout } = await run(runtime, `grep CapEff /proc/self/status; python3 -c '${program}' 2>/dev/null || true`);
    const [capabilities = '', ...sockets] = stdout.trim().split('\n');
    expect(BigInt(`0x${capabilities.split(':')[1]?.trim() ?? ''}`) & (1n << 13n)).toBe(0n);
    // Where there is a Python to try it with: EPERM.
    expect(sockets.every((answer) => answer === '1')).toBe(true);
  });

  test('cannot make a device, mount, or load its way out', async () => {
    const { runtime } = openSandbox();
    const attempts = [
      'mknod /dev/disk b 8 0',
      'mount -t tmpfs none /tmp',
      'mount -o remount,rw /sys',
      'umount /proc/sys',
      'test -n "$(head -c 1 /proc/kcore)"',
      ': > /proc/1/exe',
      'hostname other',
      'unshare --user true',
      'dmesg',
      'test "$(grep -c Seccomp:.2 /proc/self/status)" = 0',
    ];
    const { stdout } = await run(
      runtime,
      attempts.map((attempt, i) => `(${attempt}) >/dev/null 2>&1 && echo did ${i}`).join('; '),
    );
    expect(stdout).toBe('');
  });

  test('sees of its init neither a path of the host nor a program it could write to', async () => {
    const { runtime } = openSandbox();
    const { stdout } = await run(runtime, 'tr "\\0" " " < /proc/1/cmdline; echo; readlink /proc/1/exe');
    expect(stdout).toBe(
      'gangway-init \n/memfd:gangway-sandbox (deleted)\n'.replace(' \n', `${' '.repeat(stdout.indexOf('\n') - 12)}\n`),
    );
  });
});

describe.skipIf(refusal !== undefined)(`rootfs:DIRECTORY${refusal ?? ''}`, () => {
  /** A root file system of one program, linked statically: the sandbox's own. */
  function rootfs(): string {
    const directory = hostDirectory();
    mkdirSync(join(directory, 'etc'));
    writeFileSync(join(directory, 'etc', 'passwd'), 'root:x:0:0::/root:/bin/sh\napp:x:1234:99::/srv/app:/bin/sh\n');
    writeFileSync(join(directory, 'etc', 'group'), 'root:x:0:\napp:x:99:\nextra:x:77:other,app\n');
    for (const name of ['usr', 'bin', 'lib', 'lib64', 'sbin']) symlinkSync(`/host/${name}`, join(directory, name));
    return directory;
  }

  test('is the root, and stays as it is', async () => {
    const { runtime } = openSandbox();
    const directory = rootfs();
    const spec = containerSpec(`rootfs:${directory}`, '', { argv: ['/proc/self/exe', 'version'] });
    const container = await runtime.start(spec);
    expect((await resultOf(container)).stdout).toMatch(/^gangway-sandbox source-sha256=[0-9a-f]{64}\n$/);
    await container.stop(0);
    expect(existsSync(join(directory, 'proc'))).toBe(false);
  });

  test('must be an absolute path of a directory', async () => {
    const { runtime } = openSandbox();
    await expect(runtime.start(containerSpec('rootfs:relative', ''))).rejects.toThrow('must be an absolute path');
    await expect(runtime.start(containerSpec('rootfs:/no/such', ''))).rejects.toThrow(
      'CannotPullContainerError: rootfs:/no/such: no such directory',
    );
    await expect(runtime.start(containerSpec('rootfs:/etc/passwd', ''))).rejects.toThrow('not a directory');
  });

  test('may contain the data directory, which is hidden, but not be it', async () => {
    const directory = hostDirectory();
    const data = join(directory, 'srv', 'gangway');
    mkdirSync(data, { recursive: true });
    const { runtime } = openSandbox({ dataDirectoryToMask: data });
    await expect(runtime.start(containerSpec(`rootfs:${data}`, ''))).rejects.toThrow('keeps its state');
  });
});

describe.skipIf(refusal !== undefined || !isRoot)(`users of a container started by root${refusal ?? ''}`, () => {
  const identity = 'id -u; id -g; id -G; echo $HOME; echo again > /dev/stdout';

  test('are found by name with their groups and home', async () => {
    const { runtime } = openSandbox();
    const { stdout } = await run(runtime, identity, { user: 'nobody' });
    expect(stdout).toBe('65534\n65534\n65534\n/nonexistent\nagain\n');
  });

  test('may be numbers, known or not, with a group of their own', async () => {
    const { runtime } = openSandbox();
    expect((await run(runtime, identity, { user: '4321' })).stdout).toBe('4321\n0\n0\n/\nagain\n');
    expect((await run(runtime, identity, { user: '4321:99' })).stdout).toBe('4321\n99\n99\n/\nagain\n');
    expect((await run(runtime, identity, { user: 'daemon:tty' })).stdout).toBe('1\n5\n5\n/usr/sbin\nagain\n');
  });

  test('are not asked when somebody enters: that is user 0 in /root', async () => {
    const { runtime } = openSandbox();
    const box = await Inhabited.start(runtime, 'host', { user: 'nobody' });
    expect((await box.run('id -u; echo $HOME')).stdout).toBe('0\n/root\n');
    await box.container.stop(0);
  });

  test("have no capability, and root has Docker's without mknod and raw sockets", async () => {
    const { runtime } = openSandbox();
    const capabilities = 'grep -E "Cap(Eff|Bnd|Inh|Amb)" /proc/self/status | cut -f2';
    const kept = '00000000a00405fb';
    const none = '0'.repeat(16);
    expect((await run(runtime, capabilities)).stdout.split('\n')).toEqual([none, kept, kept, none, '']);
    expect((await run(runtime, capabilities, { user: 'nobody' })).stdout.split('\n')).toEqual([
      none,
      none,
      kept,
      none,
      '',
    ]);
    const box = await Inhabited.start(runtime, 'host');
    expect((await box.run(capabilities)).stdout.split('\n')).toEqual([none, kept, kept, none, '']);
    await box.container.stop(0);
  });
});

describe.skipIf(refusal !== undefined || isRoot)(`rootless${refusal ?? ''}`, () => {
  test('knows user 0 only, who is the user who runs Gangway', async () => {
    const { runtime } = openSandbox();
    expect((await run(runtime, 'cat /proc/self/uid_map')).stdout.trim()).toMatch(
      new RegExp(`^0 +${process.getuid?.()} +1$`),
    );
    await expect(run(runtime, 'true', { user: '1234' })).rejects.toThrow(
      'rootless container has user and group 0 only',
    );
  });
});
