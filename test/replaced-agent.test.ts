import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CreateClusterCommand,
  DescribeTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import {
  BUSYBOX_IMAGE,
  dockerRefusal,
  makeBusyboxImage,
  testEngine,
} from '../src/platform/runtime/docker/docker.fixture.js';
import { Account } from './account.fixture.js';
import { until } from './processes.fixture.js';
import { Stack, program, stackUnavailable } from './stack.fixture.js';

const CLUSTER = 'replaced';
const refusal = await dockerRefusal();

describe.skipIf(stackUnavailable() || refusal !== undefined)(
  `gangway agent --keep-containers${refusal ?? ''}`,
  { timeout: 120_000 },
  () => {
    const stack = new Stack();
    const data = mkdtempSync(join(tmpdir(), 'gangway-kept-'));
    let child: ChildProcess | undefined;
    let ended: Promise<number | null> = Promise.resolve(null);
    let log = '';
    let arn = '';

    function start(...more: string[]): void {
      const args = ['agent', '--endpoint', stack.url, '--cluster', CLUSTER, '--data', data, '--verbose', ...more];
      const started = spawn(process.execPath, [program, ...args], {
        env: stack.env(),
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      started.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
      ended = new Promise((resolve) => started.once('exit', resolve));
      child = started;
    }

    async function end(signal: NodeJS.Signals): Promise<number | null> {
      child?.kill(signal);
      return ended;
    }

    async function untilTask(arn: string, is: (task: Task) => boolean): Promise<Task> {
      let task: Task | undefined;
      await until(
        () => `${JSON.stringify(task)}\n${stack.log}\n${log}`,
        async () => {
          const described = await stack.ecs.send(new DescribeTasksCommand({ cluster: CLUSTER, tasks: [arn] }));
          task = described.tasks?.[0];
          return task !== undefined && is(task);
        },
      );
      return task!;
    }

    const enterable = (task: Task): boolean =>
      task.lastStatus === 'RUNNING' && task.containers?.[0]?.managedAgents?.[0]?.lastStatus === 'RUNNING';
    const exec = (task: string, ...command: string[]) =>
      stack.gangway(['exec', '--cluster', CLUSTER, task, '--', ...command]);

    beforeAll(async () => {
      await makeBusyboxImage();
      await stack.up(['--no-agent']);
      await new Account(stack).requireTaskRole('task-role');
      await stack.ecs.send(new CreateClusterCommand({ clusterName: CLUSTER }));
      await stack.ecs.send(
        new RegisterTaskDefinitionCommand({
          family: 'kept',
          taskRoleArn: 'task-role',
          networkMode: 'host',
          containerDefinitions: [
            { name: 'app', image: BUSYBOX_IMAGE, memory: 64, stopTimeout: 2, command: ['sleep', '100000'] },
          ],
        }),
      );
    }, 120_000);
    afterAll(async () => {
      await end('SIGTERM');
      rmSync(data, { recursive: true, force: true });
      await stack.down();
    });

    it('its containers live through SIGTERM and kill -9, and are entered through the next agent', async () => {
      start('--keep-containers');
      await until('a task can be placed', async () => {
        const request = {
          cluster: CLUSTER,
          taskDefinition: 'kept',
          launchType: 'EC2',
          enableExecuteCommand: true,
        } as const;
        const { tasks = [] } = await stack.ecs.send(new RunTaskCommand(request)).catch(() => ({ tasks: [] }));
        arn = tasks[0]?.taskArn ?? '';
        return arn !== '';
      });
      const before = await untilTask(arn, enterable);
      const { runtimeId } = before.containers![0]!;
      expect(await exec(arn, 'sh', '-c', 'echo mark > /mark')).toMatchObject({ status: 0 });
      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        expect(await end(signal)).toBe(signal === 'SIGTERM' ? 0 : null);
        log = '';
        start('--keep-containers');
        await until(
          () => `the task is adopted\n${log}`,
          () => log.includes('task adopted') && log.includes('control channel open'),
        );
        const after = await untilTask(arn, enterable);
        expect(after.containers![0]).toMatchObject({ runtimeId, lastStatus: 'RUNNING' });
        expect(await exec(arn, 'cat', '/mark')).toEqual({ status: 0, stdout: 'mark\n', stderr: '' });
      }
    });

    it('and are stopped by it as if nothing had been', async () => {
      const { docker } = await testEngine();
      const label = [`gangway.task=${arn.split('/').at(-1)}`];
      const ours = () => docker.listContainers({ all: true, filters: { label } });
      expect(await ours()).toHaveLength(1);
      await stack.ecs.send(new StopTaskCommand({ cluster: CLUSTER, task: arn, reason: 'enough' }));
      const stopped = await untilTask(arn, ({ lastStatus }) => lastStatus === 'STOPPED');
      expect(stopped).toMatchObject({
        stoppedReason: 'enough',
        containers: [{ exitCode: expect.any(Number) as number }],
      });
      await expect.poll(() => ours(), { timeout: 15_000 }).toEqual([]);
      expect(await end('SIGTERM')).toBe(0);
    });
  },
);
