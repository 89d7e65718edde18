import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { cgroupHierarchies } from '../sandbox/cgroup-hierarchy.js';
import { Inhabited, containerSpec, noForwards } from '../runtime.fixture.js';
import { BUSYBOX_IMAGE, dockerRefusal, makeBusyboxImage, openDocker, testEngine } from './docker.fixture.js';
import { TaskLimits } from './task-limits.js';

async function limitsRefusal(): Promise<string | undefined> {
  const daemon = await dockerRefusal();
  if (daemon !== undefined) return daemon;
  const { CgroupDriver } = (await (await testEngine()).docker.info()) as { CgroupDriver: string };
  if (CgroupDriver !== 'cgroupfs' || process.getuid?.() !== 0) return ' (skipped: needs root and the driver cgroupfs)';
  return cgroupHierarchies()[0]?.version === 1 ? undefined : ' (skipped: looks at control groups of version 1)';
}

const refusal = await limitsRefusal();
const mib = 2 ** 20;

describe.skipIf(refusal !== undefined)(`limits of a task as a whole${refusal ?? ''}`, { timeout: 30_000 }, () => {
  beforeAll(() => makeBusyboxImage(), 60_000);

  test('are over all its containers, and go with it', async () => {
    const { runtime } = await openDocker();
    const id = randomBytes(16).toString('hex');
    const task = await runtime.prepare({
      id,
      networkMode: 'none',
      pidMode: 'task',
      cpu: 512,
      memory: 64,
      volumes: [],
      forwards: noForwards,
    });
    const settings = { tmpfs: [{ containerPath: '/fill', size: 128, mountOptions: [] }] };
    const [one, two] = await Promise.all(
      [1, 2].map(async () => new Inhabited(await task.start(containerSpec(BUSYBOX_IMAGE, 'sleep 1000', { settings })))),
    );
    // As the host sees it: what is above the group of the container.
    const [pid] = (await one!.container.hostPids!())!;
    const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
    const above = (controller: string): string => {
      const path = new RegExp(`^\\d+:(?:.*,)?${controller}(?:,.*)?:(/.*)/[^/]+$`, 'm').exec(groups)?.[1];
      expect(path).toContain(id);
      const { parents } = cgroupHierarchies().find(({ controllers }) => controllers.includes(controller as 'cpu'))!;
      return `${parents.at(-1)}${path}`;
    };
    const [memory, cpu] = [above('memory'), above('cpu')];
    expect(Number(readFileSync(`${memory}/memory.limit_in_bytes`, 'utf8'))).toBe(64 * mib);
    expect(Number(readFileSync(`${cpu}/cpu.cfs_quota_us`, 'utf8'))).toBe(50_000);
    // 40 MiB fit, 40 more in the other container do not.
    const fill = 'dd if=/dev/zero of=/fill/it bs=1M count=40 2>/dev/null && echo fits';
    expect((await one!.run(fill)).stdout).toBe('fits\n');
    expect((await two!.run(fill)).stdout).toBe('');
    await Promise.all([one!, two!].map(({ container }) => container.stop(0)));
    await task.release();
    expect([memory, cpu].filter((path) => existsSync(path))).toEqual([]);
  });

  test('that cannot be had are named once', async () => {
    const warnings: unknown[] = [];
    const log = { warn: (fields: object) => void warnings.push(fields), debug: () => undefined };
    const { docker } = await testEngine();
    const limits = new TaskLimits(docker, { host: 'tcp://127.0.0.1:2375', hostId: 'other', log });
    onTestFinished(() => limits.recover(new Map()));
    const spec = { id: 'one', networkMode: 'none', cpu: 256, volumes: [], forwards: noForwards } as const;
    expect(await limits.make(spec)).toBeUndefined();
    expect(await limits.make(spec)).toBeUndefined();
    expect(warnings).toEqual([{ cause: 'the daemon is on another machine' }]);
  });
});
