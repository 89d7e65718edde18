import { createHash, randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StopTaskCommand } from '@aws-sdk/client-ecs';
import { HOST_LABEL, PAUSE_LABEL, TOOLBOX_LABEL } from '../src/platform/runtime/docker/container-config.js';
import {
  BARE_IMAGE,
  BUSYBOX_IMAGE,
  dockerRefusal,
  makeBareImage,
  makeBusyboxImage,
  testEngine,
} from '../src/platform/runtime/docker/docker.fixture.js';
import { Account } from './account.fixture.js';
import { Stack, onPath, program, type RunningTask } from './stack.fixture.js';
import { TestTerminal } from './terminal.fixture.js';

const refusal = await dockerRefusal();
const forever = { image: BUSYBOX_IMAGE, command: ['sleep', '100000'], stopTimeout: 2 };

describe.skipIf(refusal !== undefined)(`a task of Docker${refusal ?? ''}`, { timeout: 90_000 }, () => {
  const stack = new Stack();
  let task: RunningTask;
  const containers = async () => {
    const hostId = readFileSync(join(stack.data, 'docker-host-id'), 'utf8').trim();
    const { docker } = await testEngine();
    const ours = await docker.listContainers({ all: true, filters: { label: [`${HOST_LABEL}=${hostId}`] } });
    // Without those that hold what a task shares.
    return ours.filter(({ Labels }) => Labels[PAUSE_LABEL] === undefined);
  };

  beforeAll(async () => {
    await makeBusyboxImage();
    await stack.up();
    task = await stack.task({ family: 'boxed', container: forever });
  });
  afterAll(async () => {
    await stack.down();
  });

  it('runs in a container that is labelled as ours', async () => {
    expect((await containers()).map(({ Image, State }) => [Image, State])).toEqual([[BUSYBOX_IMAGE, 'running']]);
  });

  const clients = [
    {
      name: 'gangway exec',
      skipped: false,
      open: () => new TestTerminal(process.execPath, [program, 'exec', task.id, '--command', '/bin/sh'], stack.env()),
    },
    {
      name: 'the AWS CLI',
      skipped: !onPath('aws') || !onPath('session-manager-plugin'),
      open: () => {
        const command = ['ecs', 'execute-command', '--task', task.id, '--interactive', '--command', '/bin/sh'];
        return new TestTerminal('aws', ['--endpoint-url', stack.url, ...command], stack.env());
      },
    },
  ];

  it.each(clients.filter(({ skipped }) => !skipped))('$name: prompt, user 0, size, resize, exit', async ({ open }) => {
    const terminal = open();
    await terminal.until(/# /, 30_000);
    terminal.pty.write('id -u; tty; stty size; cat /proc/1/cmdline\r');
    await terminal.until(/\r\n0\r\n\/dev\/pts\/\d+\r\n24 80\r\nsleep\x00100000/);
    terminal.pty.resize(132, 43);
    // The official client looks at its size twice a second.
    await new Promise((resolve) => setTimeout(resolve, 900));
    terminal.pty.write('stty size\r');
    await terminal.until(/\n43 132\r\n/);
    terminal.pty.write('exit\r');
    expect(await terminal.exited).toBe(0);
  });

  it('streams apart, and the exit code', async () => {
    const ran = await stack.gangway(['exec', task.id, '--', 'sh', '-c', 'cat; echo err >&2; exit 7'], { input: 'a\n' });
    expect(ran).toEqual({ status: 7, stdout: 'a\n', stderr: 'err\n' });
    expect(await stack.gangway(['exec', task.id, '--', 'no-such-command'])).toMatchObject({ status: 127 });
    expect(await stack.gangway(['exec', task.id, '--', '/etc/passwd'])).toMatchObject({ status: 126 });
  });

  it('SIGTERM reaches the command', async () => {
    const script = 'trap "echo got it; exit 3" TERM; echo ready; while :; do sleep 0.05; done';
    const child = spawn(process.execPath, [program, 'exec', task.id, '--', 'sh', '-c', script], { env: stack.env() });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (stdout === 'ready\n') child.kill('SIGTERM');
    });
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(3);
    expect(stdout).toBe('ready\ngot it\n');
  });

  it('fifty megabytes in and out: the same digest', async () => {
    const child = spawn(process.execPath, [program, 'exec', task.id, '--', 'cat'], { env: stack.env() });
    const [sent, received] = [createHash('sha256'), createHash('sha256')];
    child.stdout.on('data', (chunk: Buffer) => received.update(chunk));
    const closed = new Promise((resolve) => child.on('close', resolve));
    for (let sentBytes = 0; sentBytes < 50_000_000; sentBytes += 500_000) {
      const chunk = randomBytes(500_000);
      sent.update(chunk);
      if (!child.stdin.write(chunk)) await new Promise((resolve) => child.stdin.once('drain', resolve));
    }
    child.stdin.end();
    expect(await closed).toBe(0);
    expect(received.digest('hex')).toBe(sent.digest('hex'));
  });

  it("reads its task's metadata", async () => {
    const ran = await stack.gangway(['exec', task.id, '--', 'sh', '-c', 'wget -qO- $ECS_CONTAINER_METADATA_URI_V4']);
    expect(JSON.parse(ran.stdout)).toMatchObject({ Name: 'app', Image: BUSYBOX_IMAGE });
  });

  it('is taken for stopped when its container is, and the session ends', async () => {
    const other = await stack.task({ family: 'boxed', container: forever });
    const session = stack.gangway(['exec', other.id, '--', 'sh', '-c', 'echo in; sleep 1000']);
    await expect.poll(async () => (await containers()).length).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await stack.ecs.send(new StopTaskCommand({ task: other.taskArn }));
    const ran = await session;
    expect(ran.stdout).toBe('in\n');
    expect(ran.status).not.toBe(0);
    expect(ran.stderr).toContain('its container has stopped');
    await stack.untilTask(other.taskArn, ({ lastStatus }) => lastStatus === 'STOPPED');
    await expect.poll(async () => (await containers()).length).toBe(1);
  });

  it("is stopped with ECS's reason when its image is nowhere", async () => {
    const image = '127.0.0.1:1/no/such-image:1';
    const arn = await stack.start({ family: 'imageless', container: { image } });
    const stopped = await stack.untilTask(arn, ({ lastStatus }) => lastStatus === 'STOPPED');
    expect(stopped.containers?.[0]?.reason).toMatch(/^CannotPullContainerError: Error response from daemon: /);
    expect(stopped.stopCode).toBe('TaskFailedToStart');
  });

  it('outlives Gangway’s death, is adopted by the next start, and is removed by its end', async () => {
    await stack.kill('SIGKILL');
    const [before] = await containers();
    expect(before?.State).toBe('running');
    await stack.up();
    expect((await containers()).map(({ Id }) => Id)).toEqual([before?.Id]);
    await expect
      .poll(() => stack.gangway(['exec', task.id, '--', 'echo', 'still here']), { timeout: 30_000 })
      .toMatchObject({ status: 0, stdout: 'still here\n' });
    await stack.kill('SIGTERM');
    expect(await containers()).toEqual([]);
  });
});

describe.skipIf(refusal !== undefined)(
  `a container of Docker without a shell${refusal ?? ''}`,
  { timeout: 90_000 },
  () => {
    const stack = new Stack();
    let task: RunningTask;

    beforeAll(async () => {
      await makeBusyboxImage();
      await makeBareImage();
      await stack.up(['--runtime', 'docker', '--limits', 'aws,debug']);
      const container = { image: BARE_IMAGE, entryPoint: ['/busybox', 'sleep'], command: ['100000'], stopTimeout: 2 };
      task = await stack.task({ family: 'bare', container });
    });
    afterAll(() => stack.down());

    const exec = (...args: string[]) => stack.gangway(['exec', task.id, ...args]);

    it('has none to offer', async () => {
      expect((await exec('--', '/bin/sh', '-c', 'true')).status).toBe(127);
    });

    it('is seen with the tools of another image: its files, its processes, and the way back out', async () => {
      const look = 'ls /container; cat /proc/1/cmdline | tr "\\0" " "; echo; id -u; exit 6';
      const ran = await exec('--debug-image', BUSYBOX_IMAGE, '--', 'sh', '-c', look);
      expect(ran).toMatchObject({ status: 6, stderr: '' });
      const [program, ...others] = ran.stdout.split('\n').filter((line) => !/^(dev|etc|proc|sys|run)$/.test(line));
      expect([program, ...others]).toEqual(['busybox', '/busybox sleep 100000 ', '0', '']);
      const hostId = readFileSync(join(stack.data, 'docker-host-id'), 'utf8').trim();
      const { docker } = await testEngine();
      const label = [`${HOST_LABEL}=${hostId}`, TOOLBOX_LABEL];
      await expect.poll(() => docker.listContainers({ all: true, filters: { label } })).toEqual([]);
    });

    it('says which image could not be had', async () => {
      const { status, stderr } = await exec('--debug-image', 'localhost/no-such-image:1', '--', 'true');
      expect(status).not.toBe(0);
      expect(stderr).toMatch(/no-such-image/);
    });

    it('keeps a policy that allows one image from every other', async () => {
      const statement = (image: string) => ({
        ...{ Effect: 'Allow', Action: 'ecs:ExecuteCommand', Resource: '*' },
        Condition: { StringEquals: { 'gangway:debug-image': image } },
      });
      const describeTasks = { Effect: 'Allow', Action: 'ecs:DescribeTasks', Resource: '*' };
      const ann = await new Account(stack).user('ann', statement(BUSYBOX_IMAGE), describeTasks);
      const as = (...args: string[]) => stack.gangway(['exec', task.id, ...args, '--', 'true'], { env: ann.env() });
      expect(await as('--debug-image', BUSYBOX_IMAGE)).toMatchObject({ status: 0 });
      for (const other of [['--debug-image', BARE_IMAGE], []]) {
        expect((await as(...other)).stderr).toMatch(/not authorized to perform: ecs:ExecuteCommand/);
      }
    });
  },
);
