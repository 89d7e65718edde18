import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { containerSpec, noForwards } from '../runtime.fixture.js';
import { StreamText } from '../stream-text.fixture.js';
import { containerConfig, HOST_LABEL, lone, TASK_LABEL } from './container-config.js';
import { BUSYBOX_IMAGE, dockerRefusal, makeBusyboxImage, openDocker } from './docker.fixture.js';
import { openHostId, readHostId } from './host-id.js';

const refusal = await dockerRefusal();
const taskId = (): string => randomBytes(16).toString('hex');
/** Says what it is told by a file, and ends when told to. */
const COMMAND =
  'while :; do if [ -e /tmp/say ]; then cat /tmp/say; rm /tmp/say; fi; [ -e /tmp/end ] && exit 5; sleep 0.1; done';

describe.skipIf(refusal !== undefined)(
  `containers that outlive their agent${refusal ?? ''}`,
  { timeout: 30_000 },
  () => {
    beforeAll(() => makeBusyboxImage(), 60_000);

    /** A task whose agent is gone, and the runtime of the next one. */
    async function leftBehind() {
      const before = await openDocker();
      const id = taskId();
      const task = await before.runtime.prepare({
        id,
        networkMode: 'awsvpc',
        volumes: [{ name: 'data' }],
        forwards: noForwards,
      });
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
      return { id, spec, task, container, runtime, left };
    }

    test('are adopted with their task: entered, heard, stopped, and then nothing is left', async () => {
      const { id, spec, task, runtime, left } = await leftBehind();
      const adopted = (await runtime.recover(new Set([id]))).get(id)!;
      expect(adopted.network).toEqual(task.network);
      const container = adopted.containers.get(spec.id)!;
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
      await adopted.release();
      expect(await left()).toEqual({ containers: 0, networks: 0, volumes: 0 });
      await task.release();
    });

    test('that have ended while nobody looked have their exit code', async () => {
      const { stateDirectory, docker } = await openDocker();
      const id = taskId();
      const spec = containerSpec(BUSYBOX_IMAGE, 'exit 5');
      // As an agent leaves it that is killed: it has no part in the end.
      const made = await docker.createContainer(
        containerConfig(spec, openHostId(stateDirectory), { ...lone(spec), taskId: id }),
      );
      await made.start();
      await made.wait();
      const { runtime } = await openDocker({ stateDirectory });
      const adopted = (await runtime.recover(new Set([id]))).get(id)!;
      const container = adopted.containers.get(spec.id)!;
      const output = new StreamText(container.stdout);
      container.stderr.resume();
      expect(await container.exited).toEqual({ code: 5 });
      await output.ended;
      await container.stop(0);
      await adopted.release();
      expect(await docker.listContainers({ all: true, filters: { label: [`${TASK_LABEL}=${id}`] } })).toEqual([]);
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
