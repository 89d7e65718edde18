import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { containerSpec, noForwards } from '../runtime.fixture.js';
import { StreamText } from '../stream-text.fixture.js';
import { StartError, type Container, type TaskSpec } from '../runtime.js';
import {
  containerConfig,
  type ContainerStand,
  HOST_LABEL,
  ID_LABEL,
  lone,
  PAUSE_LABEL,
  TASK_LABEL,
} from './container-config.js';
import { BUSYBOX_IMAGE, dockerRefusal, makeBusyboxImage, openDocker } from './docker.fixture.js';
import { openHostId, readHostId } from './host-id.js';

const refusal = await dockerRefusal();
const taskId = (): string => randomBytes(16).toString('hex');
const taskSpec = { networkMode: 'awsvpc', volumes: [{ name: 'data' }], forwards: noForwards } as const;
/** Says what it is told by a file, and ends when told to. */
const COMMAND =
  'while :; do if [ -e /tmp/say ]; then cat /tmp/say; rm /tmp/say; fi; [ -e /tmp/end ] && exit 5; sleep 0.1; done';

describe.skipIf(refusal !== undefined)(
  `containers that outlive their agent${refusal ?? ''}`,
  { timeout: 30_000 },
  () => {
    beforeAll(() => makeBusyboxImage(), 60_000);

    /** A task whose agent is gone, and the runtime of the next one. */
    async function leftBehind(changes: Partial<TaskSpec> = {}) {
      const before = await openDocker();
      const id = taskId();
      const task = await before.runtime.prepare({ ...taskSpec, ...changes, id });
      const mounts = [{ source: 'data', containerPath: '/data', readOnly: false }];
      const spec = containerSpec(BUSYBOX_IMAGE, COMMAND, { settings: { mounts } });
      const container = await task.start(spec);
      container.stdout.destroy();
      container.stderr.destroy();
      const { runtime, docker } = await openDocker({ stateDirectory: before.stateDirectory });
      const label = `${HOST_LABEL}=${readHostId(before.stateDirectory) ?? ''}`;
      const left = async () => ({
        containers: (await docker.listContainers({ all: true, filters: { label: [label] } })).length,
        networks: (await docker.listNetworks({ filters: { label: [label] } })).length,
        volumes: (await docker.listVolumes({ filters: JSON.stringify({ label: [label] }) })).Volumes.length,
      });
      /** As the next agent does. */
      const adopt = async () => {
        const adopted = (await runtime.recover(new Set([id]))).get(id)!;
        return {
          adopted: adopted.containers.get(spec.id)!,
          place: await adopted.resume({ ...taskSpec, ...changes, id }),
        };
      };
      return { id, spec, task, container, runtime, docker, label, left, adopt };
    }

    test('are adopted with their task: entered, heard, stopped, and then nothing is left', async () => {
      const { task, left, adopt } = await leftBehind();
      const { adopted: container, place } = await adopt();
      expect(place.network).toEqual(task.network);
      const output = new StreamText(container.stdout);
      container.stderr.resume();
      const entered = await container.enter({
        argv: ['/bin/sh', '-c', 'echo kept > /data/file; cp /data/file /tmp/say'],
        environment: {},
      });
      entered.stdin.end();
      expect((await entered.exited).code).toBe(0);
      await output.until(/kept\n/);
      await container.stop(0);
      await place.release();
      expect(await left()).toEqual({ containers: 0, networks: 0, volumes: 0 });
      await task.release();
    });

    /** Runs a shell's command in it. */
    const said = async (container: Container, script: string): Promise<string> => {
      const entered = await container.enter({ argv: ['/bin/sh', '-c', script], environment: {} });
      entered.stdin.end();
      const output = new StreamText(entered.stdout);
      return output.ended;
    };

    test.each(['awsvpc', 'bridge', 'host'] as const)(
      'are started again in mode %s where they stood: on the same network and volumes, and below the same limits',
      async (networkMode) => {
        const changes = { networkMode, cpu: 256, memory: 256 };
        const { spec, task, left, adopt, docker, label, container: orphan } = await leftBehind(changes);
        const { adopted, place } = await adopt();
        const standing = async ({ id }: Container) => {
          const [found] = await docker.listContainers({ all: true, filters: { label: [`${ID_LABEL}=${id}`] } });
          const { HostConfig } = await docker.getContainer(found!.Id).inspect();
          const holder = /^container:(.*)/.exec(HostConfig.NetworkMode ?? '')?.[1];
          const held = holder === undefined ? undefined : await docker.getContainer(holder).inspect();
          return { parent: HostConfig.CgroupParent, network: (held?.HostConfig ?? HostConfig).NetworkMode };
        };
        const before = await standing(adopted);
        const [ours] = await docker.listNetworks({ filters: { label: [label] } });
        expect(before.network).toBe(networkMode === 'host' ? 'host' : ours?.Id);
        await said(adopted, 'echo kept > /data/file; touch /tmp/end');
        expect(await adopted.exited).toEqual({ code: 5 });
        // Of two that remove a container, one does not wait for the other.
        await orphan.stop(0);
        const again = await place.start({ ...spec, id: `${spec.id}-again` });
        expect(await standing(again)).toEqual(before);
        expect(await said(again, 'cat /data/file')).toBe('kept\n');
        const address = await said(again, "ip -4 addr show dev eth0 | sed -n 's/.*inet \\([0-9.]*\\).*/\\1/p'");
        if (networkMode === 'awsvpc') expect(address).toBe(`${task.network?.privateIpv4Address}\n`);
        await again.stop(0);
        await place.release();
        expect(await left()).toEqual({ containers: 0, networks: 0, volumes: 0 });
        await task.release();
      },
    );

    test.each([
      { what: 'network', changes: {} },
      { what: 'processes', changes: { networkMode: 'host', pidMode: 'task' } },
      { what: 'memory', changes: { networkMode: 'host', ipcMode: 'task' } },
    ] as const)('are not started on the host when what held their $what is gone', async ({ what, changes }) => {
      const { stateDirectory, docker, runtime } = await openDocker();
      const spec = containerSpec(BUSYBOX_IMAGE, COMMAND);
      const create = (stand: Partial<ContainerStand>) =>
        docker.createContainer(
          containerConfig({ ...spec, id: `${spec.id}-${Math.random()}` }, openHostId(stateDirectory), {
            ...lone(spec),
            ...stand,
          }),
        );
      const id = taskId();
      const held = await create({});
      await held.start();
      const left = await create({ taskId: id, ...(what === 'network' && { networkMode: `container:${held.id}` }) });
      await left.start();
      await held.remove({ force: true });
      const adopted = (await runtime.recover(new Set([id]))).get(id)!;
      const place = await adopted.resume({ ...taskSpec, volumes: [], ...changes, id });
      const refused = place.start(spec);
      await expect(refused).rejects.toThrow(StartError);
      await expect(refused).rejects.toThrow('the container that held what the task shares has been removed');
      for (const container of adopted.containers.values()) await container.stop(0);
      await place.release();
    });

    test('are not started on the host either while what they shared has only ended', async () => {
      const { id, spec, task, docker, adopt, container: orphan } = await leftBehind();
      const [pause] = await docker.listContainers({ filters: { label: [PAUSE_LABEL, `${TASK_LABEL}=${id}`] } });
      await docker.getContainer(pause!.Id).kill();
      const { adopted, place } = await adopt();
      await expect(place.start({ ...spec, id: `${spec.id}-again` })).rejects.toThrow(/non running container/);
      await Promise.all([adopted.stop(0), orphan.stop(0)]);
      await place.release();
      await task.release();
    });

    /** As an agent leaves it that is killed: it has no part in the end. */
    async function abandoned(script: string) {
      const { stateDirectory, docker, runtime } = await openDocker();
      const id = taskId();
      const spec = containerSpec(BUSYBOX_IMAGE, script);
      const stand = { ...lone(spec), taskId: id, binds: [`gangway-${id}-data:/data`] };
      const made = await docker.createContainer(containerConfig(spec, openHostId(stateDirectory), stand));
      await made.start();
      const adopt = async () => {
        const adopted = (await runtime.recover(new Set([id]))).get(id)!;
        const container = adopted.containers.get(spec.id)!;
        const output = new StreamText(container.stdout);
        container.stderr.resume();
        return { container, output, place: await adopted.resume({ ...taskSpec, networkMode: 'host', id }) };
      };
      const left = () => docker.listContainers({ all: true, filters: { label: [`${TASK_LABEL}=${id}`] } });
      return { made, adopt, left };
    }

    test('that have ended while nobody looked have their exit code', async () => {
      const { made, adopt, left } = await abandoned('exit 5');
      await made.wait();
      const { container, output, place } = await adopt();
      expect(await container.exited).toEqual({ code: 5 });
      await output.ended;
      await container.stop(0);
      await place.release();
      expect(await left()).toEqual([]);
    });

    test('that have ended and are not gone yet: their task is released when they are', async () => {
      const { adopt, left } = await abandoned(COMMAND);
      const { container, place } = await adopt();
      await said(container, 'touch /tmp/end');
      await container.exited;
      // Its volume cannot be removed before it is.
      await place.release();
      expect(await left()).toEqual([]);
    });

    test('of a task that nobody wants any more are removed, with network and volumes', async () => {
      const { task, runtime, left } = await leftBehind();
      expect(await left()).toEqual({ containers: 2, networks: 1, volumes: 1 });
      expect(await runtime.recover(new Set([taskId()]))).toEqual(new Map());
      expect(await left()).toEqual({ containers: 0, networks: 0, volumes: 0 });
      await task.release();
    });
  },
);
