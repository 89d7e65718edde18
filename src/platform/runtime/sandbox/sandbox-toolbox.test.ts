import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CONTAINER_ROOT_IN_TOOLBOX, type Container, type EnterRequest } from '../runtime.js';
import { containerSpec, Inhabited, resultOf, type Result } from '../runtime.fixture.js';
import { openSandbox, sandboxRefusal, temporaryDirectory, type Sandbox } from './sandbox.fixture.js';

const refusal = await sandboxRefusal();
const isRoot = process.getuid?.() === 0;
/** Debian's, linked statically: a container of one program has no shell. */
const busybox = ['/usr/bin/busybox', '/bin/busybox'].find(existsSync);
const cannot = refusal ?? (busybox === undefined ? ' (skipped: no static program)' : undefined);

/** A root file system of one static program, which sleeps. */
function rootfs(): string {
  const directory = temporaryDirectory(isRoot ? '/opt' : undefined);
  mkdirSync(join(directory, 'etc'));
  writeFileSync(join(directory, 'etc', 'passwd'), 'root:x:0:0::/root:/none\napp:x:1234:99::/srv/app:/none\n');
  copyFileSync(busybox ?? '', join(directory, 'sleep'));
  return directory;
}

async function shellless(sandbox: Sandbox): Promise<Container> {
  const container = await sandbox.runtime.start(
    containerSpec(`rootfs:${rootfs()}`, '', {
      argv: ['/sleep', '1000'],
      environment: { PATH: '/none', COLOUR: 'deep' },
    }),
  );
  container.stdout.resume();
  container.stderr.resume();
  return container;
}

async function toolbox(container: Container, command: string, more: Partial<EnterRequest> = {}): Promise<Result> {
  const entered = await container.enter({ argv: ['/bin/sh', '-c', command], environment: {}, toolbox: {}, ...more });
  entered.stdin.end();
  return resultOf(entered);
}

describe.skipIf(cannot !== undefined)(`the toolbox of a container without a shell${cannot ?? ''}`, () => {
  test('has the host’s programs, and the container’s files, processes, names and environment', async () => {
    const container = await shellless(openSandbox());
    await expect(container.enter({ argv: ['/bin/sh'], environment: {} })).rejects.toThrow('no such file or directory');
    expect((await toolbox(container, `ls ${CONTAINER_ROOT_IN_TOOLBOX}/sleep; hostname; echo $COLOUR`)).stdout).toBe(
      `${CONTAINER_ROOT_IN_TOOLBOX}/sleep\nbox\ndeep\n`,
    );
    const { stdout } = await toolbox(container, 'cat /proc/[0-9]*/cmdline | tr "\\0" " "; ls -d /proc/[0-9]* | wc -l');
    expect(stdout).toContain('/sleep 1000');
    expect(stdout).toContain('gangway-init');
    expect(Number(/\d+\n$/.exec(stdout)?.[0])).toBeLessThan(10);
    for (const space of ['pid', 'ipc', 'uts', 'net']) {
      const both = await toolbox(container, `readlink /proc/1/ns/${space} /proc/self/ns/${space}`);
      const [first, second] = both.stdout.split('\n');
      expect(first).toBe(second);
    }
    expect((await toolbox(container, 'exit 7')).code).toBe(7);
    await container.stop(0);
  });

  test('changes nothing of the host, writes in a /tmp of its own, and may repair the container', async () => {
    const container = await shellless(openSandbox());
    const { stdout } = await toolbox(
      container,
      'for d in / /usr /etc /usr/bin; do touch $d/x 2>/dev/null && echo wrote $d; done; echo $HOME; echo y > /tmp/y; cat /tmp/y; echo z > /container/z',
    );
    expect(stdout).toBe('/tmp\ny\n');
    expect((await toolbox(container, 'ls /tmp; cat /container/z; mount | grep -c gangway-sandbox-test')).stdout).toBe(
      'z\n0\n',
    );
    await container.stop(0);
  });

  test('shows neither homes nor state nor secrets of the host, not even to the container’s root user', async () => {
    const sandbox = openSandbox();
    const container = await shellless(sandbox);
    const { stdout } = await toolbox(
      container,
      `ls -d /root /home /run /var /opt /srv ${sandbox.stateDirectory} /etc/shadow /etc/ssh 2>/dev/null; ls /proc/self/root; (mount -t tmpfs none /tmp || mknod /tmp/d b 8 0) 2>/dev/null && echo did`,
    );
    const shown = stdout.trim().split('\n');
    for (const name of shown) {
      expect([
        'bin',
        'container',
        'dev',
        'etc',
        'lib',
        'lib32',
        'lib64',
        'libx32',
        'proc',
        'sbin',
        'sys',
        'tmp',
        'usr',
        'nix',
        'gnu',
      ]).toContain(name);
    }
    expect(shown).toContain('container');
    await container.stop(0);
  });

  test.skipIf(!isRoot)('hides what must be hidden among the tools too', async () => {
    const data = temporaryDirectory('/usr/local');
    mkdirSync(join(data, 'state'));
    writeFileSync(join(data, 'state', 'key'), 'secret');
    writeFileSync(join(data, 'file'), 'secret');
    const container = await shellless(
      openSandbox({ dataDirectoryToMask: join(data, 'state'), filesToMask: [join(data, 'file')] }),
    );
    const { stdout } = await toolbox(container, `ls ${data}; cat ${data}/file ${data}/state/key 2>/dev/null`);
    expect(stdout).toBe('file\nstate\n');
    await container.stop(0);
  });

  test('has a terminal of the container’s', async () => {
    const container = await shellless(openSandbox());
    const terminal = { columns: 100, rows: 30 };
    const { stdout } = await toolbox(container, 'tty; stty size; echo x > /dev/tty', { terminal });
    expect(stdout).toMatch(/^\/dev\/pts\/\d+\r\n30 100\r\nx\r\n$/);
    await container.stop(0);
  });

  test.skipIf(!isRoot)('takes a user of the container', async () => {
    const container = await shellless(openSandbox());
    expect((await toolbox(container, 'id -u; id -g; touch /tmp/x && echo $HOME', { user: 'app' })).stdout).toBe(
      '1234\n99\n/tmp\n',
    );
    await expect(toolbox(container, 'true', { user: 'nobody' })).rejects.toThrow('unable to find user nobody');
    await container.stop(0);
  });

  test('ends with the container, and leaves nothing', async () => {
    const container = await shellless(openSandbox());
    const entered = await container.enter({ argv: ['sleep', '1000'], environment: {}, toolbox: {} });
    await container.stop(0);
    expect((await entered.exited).code).toBe(137);
    for (const stream of [entered.stdin, entered.stdout, entered.stderr]) stream.destroy();
  });

  test('of an image is Docker’s, and what is not there is said as ever', async () => {
    const container = await shellless(openSandbox());
    await expect(toolbox(container, 'true', { toolbox: { image: 'busybox' } })).rejects.toThrow(
      "the sandbox has no toolbox image busybox: use an image of Docker's",
    );
    await expect(toolbox(container, '', { argv: ['nosuchcommand'] })).rejects.toThrow(
      'exec: "nosuchcommand": executable file not found in $PATH',
    );
    await container.stop(0);
  });
});

describe.skipIf(refusal !== undefined)(`the toolbox of a container of image host${refusal ?? ''}`, () => {
  test('shows the container’s files, not the host’s', async () => {
    const { runtime } = openSandbox();
    const box = await Inhabited.start(runtime, 'host', { readonlyRootFilesystem: true });
    expect((await toolbox(box.container, 'cat /container/etc/hostname /etc/hostname; touch /container/x')).stdout).toBe(
      'box\nbox\n',
    );
    await box.container.stop(0);
  });
});
