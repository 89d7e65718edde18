import { spawn } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { EnterError, StartError, type EnteredProcess } from '../runtime.js';
import { containerSpec, Inhabited, resultOf } from '../runtime.fixture.js';
import { StreamText } from '../stream-text.fixture.js';
import { ID_LABEL } from './container-config.js';
import { BUSYBOX_IMAGE, dockerRefusal, makeBusyboxImage, openDocker } from './docker.fixture.js';
import { createDockerRuntime } from './docker-runtime.js';

const refusal = await dockerRefusal();
const settings = { networkMode: 'none' } as const;
const log = { warn: () => undefined, debug: () => undefined };

test('says that there is no daemon, with the remedy', async () => {
  const none = createDockerRuntime({ host: undefined, stateDirectory: '/nowhere', log });
  expect(await none.unavailable()).toBe('no Docker daemon found: start one, or set DOCKER_HOST');
  await none.recover();
  const gone = createDockerRuntime({ host: 'unix:///nowhere/docker.sock', stateDirectory: '/nowhere', log });
  expect(await gone.unavailable()).toBe(
    'no Docker daemon answers at unix:///nowhere/docker.sock: start it, or set DOCKER_HOST',
  );
  await expect(gone.start(containerSpec('x', 'true'))).rejects.toThrow(StartError);
  const odd = createDockerRuntime({ host: 'pigeon://loft', stateDirectory: '/nowhere', log });
  expect(await odd.unavailable()).toContain('DOCKER_HOST pigeon://loft is not understood');
});

describe.skipIf(refusal !== undefined)(`Docker on a bad day${refusal ?? ''}`, () => {
  beforeAll(() => makeBusyboxImage(), 60_000);

  test.skipIf(process.getuid?.() !== 0)('a socket without permission: the remedy', async () => {
    const module = fileURLToPath(
      new URL('../../../../dist/platform/runtime/docker/docker-runtime.js', import.meta.url),
    );
    const script = `
      const { createDockerRuntime } = await import(${JSON.stringify(module)});
      process.setgroups([65534]); process.setgid(65534); process.setuid(65534);
      const log = { warn() {}, debug() {} };
      const runtime = createDockerRuntime({ host: 'unix:///var/run/docker.sock', stateDirectory: '/nowhere', log });
      await import('dockerode');
      console.log(await runtime.unavailable());`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    expect(await new StreamText(child.stdout).ended).toBe(
      'permission denied at unix:///var/run/docker.sock: add this user to the group docker, or run Gangway as root\n',
    );
  });

  test('an image that is nowhere', async () => {
    const { runtime } = await openDocker();
    const start = runtime.start(containerSpec('127.0.0.1:1/no/such:1', 'true', { settings }));
    await expect(start).rejects.toThrow(StartError);
    await expect(start).rejects.toThrow(/^CannotPullContainerError: Error response from daemon: .*connection refused/);
  });

  test('takes every image but those of the sandbox', async () => {
    const { runtime } = await openDocker();
    expect(['nginx', 'hosts', 'x/rootfs:1', 'host', 'rootfs:/x'].map((image) => runtime.accepts(image))).toEqual([
      ...[true, true, true],
      ...[false, false],
    ]);
  });

  test('two Gangways with one daemon: each removes what it has left, and nothing else', async () => {
    const [one, two] = [await openDocker(), await openDocker()];
    const boxes = [
      await Inhabited.start(one.runtime, BUSYBOX_IMAGE, { settings }),
      await Inhabited.start(two.runtime, BUSYBOX_IMAGE, { settings }),
    ] as const;
    const again = await openDocker({ stateDirectory: one.stateDirectory });
    await again.runtime.recover();
    expect(await boxes[0].container.exited).toMatchObject({ code: 137 });
    expect((await boxes[1].run('echo here')).stdout).toBe('here\n');
    await boxes[1].container.stop(0);
  });

  test('a container that somebody else removes has ended, and so have its sessions', async () => {
    const { runtime, docker } = await openDocker();
    const box = await Inhabited.start(runtime, BUSYBOX_IMAGE, { settings });
    const session = await box.terminal(['/bin/sh', '-c', 'echo ready; sleep 1000']);
    await session.output.until(/ready/);
    const [found] = await docker.listContainers({ filters: { label: [`${ID_LABEL}=${box.container.id}`] } });
    await docker.getContainer(found!.Id).remove({ force: true });
    expect((await box.container.exited).code).toBe(137);
    expect(await session.exited).toEqual({ code: 137 });
    await expect(box.run('true')).rejects.toThrow(EnterError);
    expect((await box.container.stop(0)).code).toBe(137);
  });

  test('a limit of memory: killed, with the words of ECS', async () => {
    const { runtime } = await openDocker();
    const greedy = 'x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done';
    const container = await runtime.start(
      containerSpec(BUSYBOX_IMAGE, greedy, { settings: { ...settings, memory: 16 } }),
    );
    container.stdout.resume();
    container.stderr.resume();
    expect(await container.exited).toEqual({
      code: 137,
      reason: 'OutOfMemoryError: Container killed due to memory usage',
    });
    await container.stop(0);
  });

  test('what the definition asks for is there: limits, capabilities, init', async () => {
    const { runtime } = await openDocker();
    const asked = {
      ...settings,
      initProcessEnabled: true,
      ulimits: [{ name: 'nofile', softLimit: 100, hardLimit: 200 }],
      capabilities: { add: [], drop: ['ALL'] },
    };
    const command = 'ulimit -n; ulimit -Hn; grep CapEff /proc/self/status; tr "\\0" " " < /proc/1/cmdline';
    const container = await runtime.start(containerSpec(BUSYBOX_IMAGE, command, { settings: asked }));
    expect((await resultOf(container)).stdout).toMatch(/^100\n200\nCapEff:\t0000000000000000\n\/sbin\/docker-init /);
    await container.stop(0);
    const wrong = { ...settings, pidMode: 'task' } as const;
    await expect(runtime.start(containerSpec(BUSYBOX_IMAGE, 'true', { settings: wrong }))).rejects.toThrow(
      'pidMode task',
    );
  });

  test("an image's own command and working directory count where the definition has none", async () => {
    const { runtime, docker } = await openDocker();
    const own = containerSpec(BUSYBOX_IMAGE, '', { argv: [], imageCommand: {}, workingDirectory: '', settings });
    await expect(runtime.start(own)).rejects.toThrow(/CannotStartContainerError: .*No command specified/i);
    const seed = await docker.createContainer({ Image: BUSYBOX_IMAGE, Cmd: ['true'] });
    const image = `gangway-test-command:${process.pid}`;
    const changes = ['ENTRYPOINT ["echo","entry"]', 'CMD ["own"]', 'WORKDIR /var'].join('\n');
    await seed.commit({ repo: 'gangway-test-command', tag: String(process.pid), changes });
    await seed.remove();
    try {
      const said = async (changed: object) => {
        const container = await runtime.start({ ...own, image, id: containerSpec('', '').id, ...changed });
        const { stdout } = await resultOf(container);
        await container.stop(0);
        return stdout;
      };
      expect(await said({})).toBe('entry own\n');
      expect(await said({ imageCommand: { command: ['mine'] } })).toBe('entry mine\n');
      expect(await said({ imageCommand: { entryPoint: ['pwd'] } })).toBe('/var\n');
    } finally {
      await docker.getImage(image).remove({ force: true });
    }
  });

  test('a slow reader has the last byte, long after the process has exited', async () => {
    const { runtime } = await openDocker();
    const box = await Inhabited.start(runtime, BUSYBOX_IMAGE, { settings });
    // Somewhere here is more than the daemon takes by itself, and less than what it, pipe and socket hold together.
    const sizes = Array.from({ length: 8 }, (_, i) => 1_200_000 + i * 50_000);
    const written = sizes.map((bytes) =>
      box.container.enter({
        argv: ['/bin/sh', '-c', `head -c ${bytes} /dev/zero; exit 5`],
        environment: {},
        terminal: { columns: 80, rows: 24 },
      }),
    );
    const processes = await Promise.all(written);
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    const read = async ({ stdout }: EnteredProcess): Promise<number> => {
      let bytes = 0;
      for await (const chunk of stdout as AsyncIterable<Buffer>) bytes += chunk.length;
      return bytes;
    };
    expect(await Promise.all(processes.map(read))).toEqual(sizes);
    for (const { exited } of processes) expect(await exited).toEqual({ code: 5 });
    await box.container.stop(0);
  });

  test('tells the processes of a container, entered ones among them, from all others', async () => {
    const { runtime } = await openDocker();
    const boxes = [
      await Inhabited.start(runtime, BUSYBOX_IMAGE, { settings }),
      await Inhabited.start(runtime, BUSYBOX_IMAGE, { settings }),
    ] as const;
    const pidsOf = async ({ container }: Inhabited) => (await container.hostPids?.()) ?? [];
    const before = await pidsOf(boxes[0]);
    const entered = await boxes[0].enter('exec sleep 1000');
    const after = await pidsOf(boxes[0]);
    expect(before.length).toBeGreaterThan(0);
    expect(after.length).toBe(before.length + 1);
    expect((await pidsOf(boxes[1])).filter((pid) => after.includes(pid))).toEqual([]);
    entered.signal('SIGKILL');
    expect(await entered.exited).toEqual({ code: 137 });
    for (const box of boxes) await box.container.stop(0);
    expect(await pidsOf(boxes[0])).toEqual([]);
  });
});
