import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CreateClusterCommand,
  DescribeTasksCommand,
  ECSClient,
  ExecuteCommandCommand,
  ListClustersCommand,
  RegisterTaskDefinitionCommand,
  StopTaskCommand,
} from '@aws-sdk/client-ecs';
import { DescribeSessionsCommand, SSMClient } from '@aws-sdk/client-ssm';
import { clientOptions } from './client-options.fixture.js';
import { until } from './processes.fixture.js';
import { RunningExec } from './running-exec.fixture.js';
import { Stack, stackUnavailable } from './stack.fixture.js';

const canMount = process.getuid?.() === 0 && stackUnavailable() === undefined;
/** Failures of ours are 5xx, which SDKs repeat: here the first answer counts. */
const once = { maxAttempts: 1 };

describe.skipIf(!canMount)('the disk under the state is full (needs root: a small tmpfs)', { timeout: 60_000 }, () => {
  const stack = new Stack();
  const filler = join(stack.data, 'filler');
  let mounted = false;
  let ecs: ECSClient;
  let ssm: SSMClient;
  let task: Awaited<ReturnType<Stack['task']>>;
  let healthy: RunningExec;
  let shell: RunningExec;
  const accepted = ['default'];
  const refused: string[] = [];

  beforeAll(async () => {
    const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=32m,mode=0700', 'tmpfs', stack.data]);
    mounted = mount.status === 0;
    expect(mounted, mount.stderr.toString()).toBe(true);
    await stack.up();
    task = await stack.task();
    ecs = new ECSClient({ ...clientOptions(stack), ...once });
    ssm = new SSMClient({ ...clientOptions(stack), ...once });
    healthy = new RunningExec(stack.env(), [task.id, '--', 'sh', '-c', 'cat']);
    shell = new RunningExec(stack.env(), [task.id, '--', 'sh']);
    await healthy.echo();
    // Both are in before there is no room for a third.
    await inContainer('true');
    fill(filler);
  });
  afterAll(async () => {
    await Promise.all([healthy.kill(), shell.kill()]);
    await stack.kill('SIGTERM');
    if (mounted) spawnSync('umount', [stack.data]);
    await stack.down();
  });

  /** To the last byte. */
  function fill(file: string): void {
    const handle = openSync(file, 'a');
    for (let size = 1 << 20; size >= 1; size >>= 1) {
      try {
        for (;;) writeSync(handle, Buffer.alloc(size));
      } catch (error) {
        expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
      }
    }
    closeSync(handle);
  }

  /** Runs a line in the shell that was open before. */
  async function inContainer(line: string): Promise<string> {
    const before = shell.stdout.length;
    shell.process.stdin.write(`{ ${line}; } 2>&1; echo done\n`);
    await until('an answer of the shell', () => shell.stdout.slice(before).endsWith('done\n'), 5_000);
    return shell.stdout.slice(before, -'done\n'.length);
  }

  async function create(clusterName: string): Promise<void> {
    const tags = Array.from({ length: 50 }, (_, index) => ({ key: `key-${index}`, value: 'x'.repeat(256) }));
    await ecs.send(new CreateClusterCommand({ clusterName, tags }));
    accepted.push(clusterName);
  }

  it('writes fail with a server error; the operator reads the cause and the remedy', async () => {
    // The log of the database may have room for a few more.
    for (let index = 0; index < 200 && refused.length < 3; index += 1) {
      await create(`cluster-${index}`).catch((error: unknown) => {
        expect(error).toMatchObject({
          name: 'InternalFailure',
          message: 'The request processing has failed because of an unknown error, exception or failure.',
          $metadata: { httpStatusCode: 500 },
        });
        refused.push(`cluster-${index}`);
      });
    }
    expect(refused).toHaveLength(3);
    expect(stack.log).toMatch(
      /error .*CreateCluster.*status=500.*database or disk is full.*Free some space on the disk/,
    );
  });

  it('ExecuteCommand fails as AWS does when it is unwell', async () => {
    const command = new ExecuteCommandCommand({ task: task.id, command: 'id', interactive: true });
    await expect(ecs.send(command)).rejects.toMatchObject({
      name: 'ServerException',
      message: 'Service Unavailable. Please try again later.',
      $metadata: { httpStatusCode: 500 },
    });
    const ran = await stack.gangway(['exec', task.id, '--', 'true']);
    expect(ran).toMatchObject({ status: 255, stdout: '' });
    expect(ran.stderr).toContain('Service Unavailable. Please try again later.');
  });

  it('reads go on, and show what was accepted and nothing else', async () => {
    const { clusterArns } = await ecs.send(new ListClustersCommand({}));
    expect(clusterArns?.map((arn) => arn.split('/').pop()).sort()).toEqual([...accepted].sort());
    const { tasks } = await ecs.send(new DescribeTasksCommand({ tasks: [task.id] }));
    expect(tasks?.[0]?.lastStatus).toBe('RUNNING');
  });

  it('live sessions flow; a container that shares the disk is told that it is full, and goes on', async () => {
    for (let count = 0; count < 20; count += 1) await healthy.echo();
    expect(await inContainer('head -c 1000000 /dev/zero > /var/tmp/big')).toMatch(/No space left on device/);
    expect(await inContainer('echo here')).toBe('here\n');
  });

  it('a session that ends now ends with the status of its command', async () => {
    const before = (await ssm.send(new DescribeSessionsCommand({ State: 'Active' }))).Sessions?.length;
    expect(before).toBe(2);
    shell.process.stdin.end('rm -f /var/tmp/big; exit 7\n');
    expect(await shell.ended).toBe(7);
    await healthy.echo();
  });

  it('when there is room again everything works again, without a restart', async () => {
    const { pid } = stack;
    rmSync(filler);
    for (const name of refused.splice(0)) await create(name);
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'x',
        containerDefinitions: [{ name: 'a', image: 'host', memory: 64 }],
      }),
    );
    const ran = await stack.gangway(['exec', task.id, '--', 'sh', '-c', 'head -c 1000000 /dev/zero | wc -c']);
    expect(ran).toEqual({ status: 0, stdout: '1000000\n', stderr: '' });
    const other = await stack.task({ family: 'after' });
    await ecs.send(new StopTaskCommand({ task: other.id }));
    await stack.untilTask(other.taskArn, ({ lastStatus }) => lastStatus === 'STOPPED');
    await healthy.echo();
    expect(stack.pid).toBe(pid);

    // Also the end of the session that could not be written down at its time.
    const active = async () => (await ssm.send(new DescribeSessionsCommand({ State: 'Active' }))).Sessions;
    await until('only the healthy session is active', async () => (await active())?.length === 1, 10_000);
  });
});
