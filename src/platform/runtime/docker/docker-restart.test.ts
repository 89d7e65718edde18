import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Container, Runtime } from '../runtime.js';
import { containerSpec, Inhabited, noForwards } from '../runtime.fixture.js';
import { StreamText } from '../stream-text.fixture.js';
import { BUSYBOX_IMAGE } from './docker.fixture.js';
import { answers, OwnDaemon, ownDaemonRefusal } from './own-daemon.fixture.js';

const refusal = await ownDaemonRefusal();
const settings = { networkMode: 'none', initProcessEnabled: true } as const;

describe.skipIf(refusal !== undefined)(`the daemon is restarted in mid-session${refusal ?? ''}`, () => {
  let daemon: OwnDaemon;
  let runtime: Runtime;

  beforeAll(async () => {
    daemon = await OwnDaemon.open();
    runtime = daemon.runtime();
  }, 60_000);
  afterAll(() => daemon.remove(), 60_000);

  test('the session ends, the container counts as ended, and the next one starts', { timeout: 90_000 }, async () => {
    const box = await Inhabited.start(runtime, BUSYBOX_IMAGE, { settings });
    const session = await box.terminal(['/bin/sh', '-c', 'echo ready; sleep 1000']);
    await session.output.until(/ready/);
    await daemon.end();
    await session.output.ended;
    expect((await session.exited).code).toBeGreaterThanOrEqual(128);
    expect(await runtime.unavailable()).toContain('no Docker daemon answers');
    daemon.start();
    expect((await box.container.exited).code).toBeGreaterThanOrEqual(128);
    await box.container.stop(0);
    await answers(runtime);
    await runtime.recover();
    const next = await Inhabited.start(runtime, BUSYBOX_IMAGE, { settings });
    expect((await next.run('echo here')).stdout).toBe('here\n');
    await next.container.stop(0);
  });
});

describe.skipIf(refusal !== undefined)(
  `the daemon is restarted and leaves containers running${refusal ?? ''}`,
  { timeout: 60_000 },
  () => {
    let daemon: OwnDaemon;
    let runtime: Runtime;

    beforeAll(async () => {
      daemon = await OwnDaemon.open(['--live-restore']);
      runtime = daemon.runtime();
    }, 60_000);
    afterAll(() => daemon.remove(), 60_000);

    const restart = async (): Promise<void> => {
      await daemon.end();
      expect(await runtime.unavailable()).toContain('no Docker daemon answers');
      daemon.start();
      await answers(runtime);
    };

    /** Writes numbered lines, and what it is asked: each line is whole. */
    const COUNTING = 'i=0; while [ ! -e /tmp/end ]; do i=$((i+1)); echo line $i; sleep 0.05; done; exit 5';
    const counting = async (): Promise<{ container: Container; output: StreamText }> => {
      const container = await runtime.start(containerSpec(BUSYBOX_IMAGE, COUNTING, { settings }));
      container.stderr.resume();
      const output = new StreamText(container.stdout);
      await output.until(/line 3\n/);
      return { container, output };
    };
    const said = async (container: Container, script: string): Promise<string> => {
      const entered = await container.enter({ argv: ['/bin/sh', '-c', script], environment: {} });
      entered.stdin.end();
      entered.stderr.resume();
      return new StreamText(entered.stdout).ended;
    };
    const numbers = (text: string): number[] =>
      [...text.matchAll(/^line (\d+)$/gm)].map(([, number]) => Number(number));

    test('they run on, are heard again each time, entered and stopped', async () => {
      const { container, output } = await counting();
      for (let round = 1; round <= 3; round++) {
        await restart();
        const before = numbers(output.text).at(-1)!;
        await expect.poll(() => numbers(output.text).at(-1), { timeout: 5_000 }).toBeGreaterThan(before + 20);
        expect(await said(container, 'echo in')).toBe('in\n');
      }
      const heard = numbers(output.text);
      // Nothing twice, and each line whole; what was written in between is lost.
      expect(heard).toEqual([...new Set(heard)].sort((a, b) => a - b));
      expect(output.text.split('\n').slice(0, -1)).toHaveLength(heard.length);
      await said(container, 'touch /tmp/end');
      expect(await container.exited).toEqual({ code: 5 });
      await output.ended;
      await container.stop(0);
    });

    test('a session ends with 137, and so does its command', async () => {
      const { container } = await counting();
      const terminal = await container.enter({
        argv: ['/bin/sh', '-c', 'trap "" HUP TERM; while :; do sleep 0.1; done'],
        environment: {},
        terminal: { columns: 80, rows: 24 },
      });
      terminal.stdout.resume();
      terminal.stderr.resume();
      const piped = await container.enter({ argv: ['/bin/sh', '-c', 'cat; sleep 1001'], environment: {} });
      piped.stdout.resume();
      piped.stderr.resume();
      await restart();
      expect(await terminal.exited).toEqual({ code: 137 });
      expect(await piped.exited).toEqual({ code: 137 });
      await expect.poll(() => said(container, 'ps -o args')).not.toMatch(/trap|\bcat\b/);
      await container.stop(0);
    });

    test('one that ends while there is no daemon has its exit code', async () => {
      const container = await runtime.start(containerSpec(BUSYBOX_IMAGE, 'sleep 2; exit 6', { settings }));
      container.stdout.resume();
      container.stderr.resume();
      await daemon.end();
      await sleep(3_000);
      daemon.start();
      expect(await container.exited).toEqual({ code: 6 });
      await container.stop(0);
    });

    test('the agent is replaced meanwhile: its task is adopted, heard, and its containers started again', async () => {
      const id = randomBytes(16).toString('hex');
      const task = {
        id,
        networkMode: 'none',
        pidMode: 'task',
        volumes: [{ name: 'data' }],
        forwards: noForwards,
      } as const;
      const place = await runtime.prepare(task);
      const mounts = [{ source: 'data', containerPath: '/data', readOnly: false }];
      const spec = containerSpec(BUSYBOX_IMAGE, COUNTING, { settings: { mounts } });
      const orphan = await place.start(spec);
      orphan.stdout.destroy();
      orphan.stderr.destroy();
      await daemon.end();
      daemon.start();
      const next = daemon.runtime();
      await answers(next);
      const adopted = (await next.recover(new Set([id]))).get(id)!;
      const container = adopted.containers.get(spec.id)!;
      container.stderr.resume();
      const output = new StreamText(container.stdout);
      await output.until(/line \d+\n/);
      await said(container, 'echo kept > /data/file; touch /tmp/end');
      expect(await container.exited).toEqual({ code: 5 });
      await orphan.stop(0);
      const resumed = await adopted.resume(task);
      const again = await resumed.start({ ...spec, id: `${spec.id}-again` });
      again.stdout.resume();
      again.stderr.resume();
      expect(await said(again, 'cat /data/file')).toBe('kept\n');
      await again.stop(0);
      await resumed.release();
    });
  },
);
