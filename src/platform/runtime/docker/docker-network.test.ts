import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { connect } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Inhabited, containerSpec, noForwards } from '../runtime.fixture.js';
import { StartError, type ContainerSpec, type TaskSpec } from '../runtime.js';
import { HOST_LABEL, PAUSE_LABEL, TASK_LABEL } from './container-config.js';
import { BUSYBOX_IMAGE, dockerRefusal, makeBusyboxImage, openDocker } from './docker.fixture.js';
import { readHostId } from './host-id.js';

const refusal = await dockerRefusal();

describe.skipIf(refusal !== undefined)(
  `networks and health of Docker’s tasks${refusal ?? ''}`,
  { timeout: 30_000 },
  () => {
    beforeAll(() => makeBusyboxImage(), 60_000);

    async function openTask(changes: Partial<TaskSpec>) {
      const { runtime, docker } = await openDocker();
      const id = randomBytes(16).toString('hex');
      const task = await runtime.prepare({ id, networkMode: 'bridge', volumes: [], forwards: noForwards, ...changes });
      const running: Inhabited[] = [];
      const start = async (command: string, spec: Partial<ContainerSpec> = {}): Promise<Inhabited> => {
        const inhabited = new Inhabited(await task.start(containerSpec(BUSYBOX_IMAGE, command, spec)));
        running.push(inhabited);
        return inhabited;
      };
      onTestFinished(async () => {
        await Promise.all(running.map(({ container }) => container.stop(0)));
        await task.release();
      });
      return { id, docker, start };
    }

    test('bridge: a port of the container is one of the host, by the number that came out', async () => {
      const { start } = await openTask({});
      const { container } = await start('while :; do echo served | nc -l -p 80; done', {
        settings: { portMappings: [{ containerPort: 80 }] },
      });
      const [binding] = container.networkBindings!;
      expect(binding).toEqual({
        bindIP: '0.0.0.0',
        containerPort: 80,
        hostPort: expect.any(Number) as number,
        protocol: 'tcp',
      });
      let text = '';
      await expect
        .poll(async () => {
          const socket = connect({ port: binding!.hostPort, host: '127.0.0.1' });
          socket.on('data', (data) => (text += data.toString()));
          await Promise.race([once(socket, 'close'), once(socket, 'error')]).catch(() => undefined);
          return text;
        })
        .toContain('served\n');
    });

    test('bridge: each container has a network of its own, its name, and the ways to this host', async () => {
      const scratch = mkdtempSync(join(tmpdir(), 'gangway-way-'));
      onTestFinished(() => rmSync(scratch, { recursive: true }));
      const server = createServer((socket) => socket.end('the host\n'));
      onTestFinished(() => void server.close());
      const socketPath = join(scratch, 'way');
      server.listen(socketPath);
      await once(server, 'listening');
      const { start } = await openTask({ forwards: () => Promise.resolve([{ port: 4580, socketPath }]) });
      const [one, two] = [
        await start('sleep 1000', { hostname: 'one' }),
        await start('sleep 1000', { hostname: 'two' }),
      ];
      const address = async (inhabited: Inhabited) =>
        (await inhabited.run("ip addr show eth0 | grep -o 'inet [0-9.]*'")).stdout;
      expect(await address(one)).not.toBe(await address(two));
      expect((await two.run('hostname; nc -w 2 127.0.0.1 4580 < /dev/null')).stdout).toBe('two\nthe host\n');
    });

    test('a port that is taken: CannotStartContainerError, and nothing is left', async () => {
      const server = createServer();
      server.listen(0);
      await once(server, 'listening');
      onTestFinished(() => void server.close());
      const { port } = server.address() as { port: number };
      const { start } = await openTask({});
      const taken = start('sleep 1', { settings: { portMappings: [{ containerPort: 80, hostPort: port }] } });
      await expect(taken).rejects.toThrow(StartError);
      await expect(taken).rejects.toThrow(
        /^CannotStartContainerError: .*(address already in use|port is already allocated)/,
      );
    });

    test('a pause container that somebody removes: containers run on, and stop as ever', async () => {
      const { id, docker, start } = await openTask({ networkMode: 'awsvpc' });
      const one = await start('sleep 1000');
      const [pause] = await docker.listContainers({ filters: { label: [`${TASK_LABEL}=${id}`, PAUSE_LABEL] } });
      await docker.getContainer(pause!.Id).remove({ force: true });
      expect((await one.run('echo on')).stdout).toBe('on\n');
      expect((await one.container.stop(0)).code).toBe(137);
    });

    test('a pause process that dies takes processes that are shared with it', async () => {
      const { id, docker, start } = await openTask({ networkMode: 'none', pidMode: 'task' });
      const one = await start('sleep 1000');
      const [pause] = await docker.listContainers({ filters: { label: [`${TASK_LABEL}=${id}`, PAUSE_LABEL] } });
      await docker.getContainer(pause!.Id).kill();
      expect(await one.container.exited).toEqual({ code: 137 });
    });

    test('what has ended by itself is gone when its task is released, with volume and network', async () => {
      const { runtime, docker, stateDirectory } = await openDocker();
      const id = randomBytes(16).toString('hex');
      const task = await runtime.prepare({
        id,
        networkMode: 'bridge',
        volumes: [{ name: 'data' }],
        forwards: noForwards,
      });
      const mounts = [{ source: 'data', containerPath: '/data', readOnly: false }];
      const container = await task.start(containerSpec(BUSYBOX_IMAGE, 'exit 3', { settings: { mounts } }));
      container.stdout.resume();
      container.stderr.resume();
      expect(await container.exited).toEqual({ code: 3 });
      await task.release();
      const label = [`${HOST_LABEL}=${readHostId(stateDirectory) ?? ''}`];
      expect(await docker.listContainers({ all: true, filters: { label } })).toEqual([]);
      expect(await docker.listNetworks({ filters: { label } })).toEqual([]);
      expect((await docker.listVolumes({ filters: JSON.stringify({ label }) })).Volumes).toEqual([]);
    });

    test('a health check says UNKNOWN, HEALTHY, UNHEALTHY as Docker does', async () => {
      const { start } = await openTask({ networkMode: 'none' });
      const { container } = await start('touch /tmp/well; sleep 1; sleep 2; rm /tmp/well; sleep 1000', {
        settings: { healthCheck: { command: ['CMD-SHELL', 'test -e /tmp/well'], interval: 1, timeout: 2, retries: 1 } },
      });
      const seen = [container.health!.status];
      container.health!.watch((status) => seen.push(status));
      await expect.poll(() => seen, { timeout: 15_000 }).toEqual(['UNKNOWN', 'HEALTHY', 'UNHEALTHY']);
    });

    test('a container without a check has no health', async () => {
      const { start } = await openTask({ networkMode: 'none' });
      expect((await start('sleep 1000')).container.health).toBeUndefined();
    });
  },
);
