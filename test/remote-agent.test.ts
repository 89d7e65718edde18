import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  type Task,
} from '@aws-sdk/client-ecs';
import { Account } from './account.fixture.js';
import { processesWith, until } from './processes.fixture.js';
import { RunningExec } from './running-exec.fixture.js';
import { Stack, program, stackUnavailable } from './stack.fixture.js';
import { TestTerminal } from './terminal.fixture.js';

const CLUSTER = 'remote';

/** A `gangway agent` in a process of its own. */
class RemoteAgent {
  readonly data = mkdtempSync(join(tmpdir(), 'gangway-host-'));
  readonly #stack: Stack;
  #process: ChildProcess | undefined;
  #ended: Promise<number | null> = Promise.resolve(null);
  log = '';

  constructor(stack: Stack) {
    this.#stack = stack;
  }

  start(): void {
    const args = ['agent', '--endpoint', this.#stack.url, '--cluster', CLUSTER, '--data', this.data, '--verbose'];
    const child = spawn(process.execPath, [program, ...args], {
      env: this.#stack.env(),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.on('data', (chunk: Buffer) => (this.log += chunk.toString()));
    this.#ended = new Promise((resolve) => child.once('exit', resolve));
    this.#process = child;
  }

  /** Resolves to the exit status. */
  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.#process?.kill(signal);
    return this.#ended;
  }

  async down(): Promise<void> {
    await this.end('SIGTERM');
    rmSync(this.data, { recursive: true, force: true });
  }
}

describe.skipIf(stackUnavailable())('gangway agent, on its own', { timeout: 60_000 }, () => {
  const stack = new Stack();
  let agent: RemoteAgent;

  beforeAll(async () => {
    await stack.up(['--no-agent']);
    await new Account(stack).requireTaskRole('task-role');
    await stack.ecs.send(new CreateClusterCommand({ clusterName: CLUSTER }));
    agent = new RemoteAgent(stack);
    agent.start();
    await until('the host is there', async () => (await stack.instances(CLUSTER))[0]?.agentConnected === true);
    await stack.ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'remote',
        taskRoleArn: 'task-role',
        networkMode: 'host',
        containerDefinitions: [{ name: 'app', image: 'host', memory: 64, command: ['sleep', '100000'] }],
      }),
    );
  });
  afterAll(async () => {
    await agent.down();
    await stack.down();
  });

  /** A task on the host, ready to be entered. */
  async function run(): Promise<string> {
    const { tasks } = await stack.ecs.send(
      new RunTaskCommand({
        cluster: CLUSTER,
        taskDefinition: 'remote',
        launchType: 'EC2',
        enableExecuteCommand: true,
      }),
    );
    const arn = tasks?.[0]?.taskArn ?? '';
    await untilTask(arn, ({ containers }) => containers?.[0]?.managedAgents?.[0]?.lastStatus === 'RUNNING');
    return arn;
  }

  async function untilTask(arn: string, is: (task: Task) => boolean): Promise<Task> {
    let task: Task | undefined;
    await until(
      () => `${JSON.stringify(task)}\n${stack.log}\n${agent.log}`,
      async () => {
        const described = await stack.ecs.send(new DescribeTasksCommand({ cluster: CLUSTER, tasks: [arn] }));
        task = described.tasks?.[0];
        return task !== undefined && is(task);
      },
    );
    return task!;
  }

  const exec = (task: string, ...command: string[]): string[] => ['--cluster', CLUSTER, task, '--', ...command];
  const leftOf = (): string[] => processesWith(agent.data);

  it('is a container instance with what ECS Exec needs', async () => {
    expect(await stack.instances(CLUSTER)).toMatchObject([
      {
        status: 'ACTIVE',
        agentConnected: true,
        attributes: expect.arrayContaining([{ name: 'ecs.capability.execute-command' }]) as unknown,
      },
    ]);
  });

  it('runs tasks of launch type EC2, and commands in them', async () => {
    const task = await run();
    const ran = await stack.gangway(['exec', ...exec(task, 'sh', '-c', 'cat; echo err >&2; exit 7')], { input: 'a\n' });
    expect(ran).toEqual({ status: 7, stdout: 'a\n', stderr: 'err\n' });
  });

  it('tells containers where AWS is, and lets them read of themselves what DescribeTasks says', async () => {
    const task = await run();
    const program =
      'fetch(process.env.ECS_CONTAINER_METADATA_URI_V4 + "/task").then(async (answer) => console.log(await answer.text()))';
    const read = await stack.gangway(['exec', ...exec(task, process.execPath, '-e', program)]);
    expect(read).toMatchObject({ status: 0, stderr: '' });
    const { containers } = await untilTask(task, () => true);
    expect(JSON.parse(read.stdout)).toMatchObject({
      TaskARN: task,
      Family: 'remote',
      KnownStatus: 'RUNNING',
      Containers: [{ Name: 'app', DockerId: containers?.[0]?.runtimeId }],
    });
    const { stdout } = await stack.gangway(['exec', ...exec(task, 'env')]);
    const region = stack.environment['AWS_REGION'] ?? '?';
    for (const line of [`AWS_ENDPOINT_URL=${stack.url}`, `AWS_REGION=${region}`, `AWS_DEFAULT_REGION=${region}`]) {
      expect(stdout.split('\n')).toContain(line);
    }
  });

  it('kill -9 of the endpoint while 20 MB flow: sessions go on where they were, no byte lost or doubled', async () => {
    const task = await run();
    const block = randomBytes(1_000_000);
    const filled = await stack.gangway(['exec', ...exec(task, 'sh', '-c', 'cat > /tmp/block')], { input: block });
    expect(filled).toMatchObject({ status: 0, stderr: '' });
    const expected = createHash('sha256');
    for (let index = 0; index < 20; index += 1) expected.update(block);

    const env = stack.env();
    const terminal = new TestTerminal(process.execPath, [program, 'exec', '--cluster', CLUSTER, task], env, 200);
    await terminal.until(/[#$] $/);
    terminal.pty.write('i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo "<$i>"; sleep 0.01; done; echo "that is all"\n');
    await terminal.until(/<20>/);

    const script = 'i=0; while [ $i -lt 20 ]; do cat /tmp/block; i=$((i+1)); done; exit 5';
    const flow = new RunningExec(env, exec(task, 'sh', '-c', script));
    const received = createHash('sha256');
    let length = 0;
    flow.process.stdout.removeAllListeners('data').on('data', (chunk: Buffer) => {
      received.update(chunk);
      length += chunk.length;
    });
    await until('bytes flow', () => length > 2_000_000);
    await stack.kill('SIGKILL');
    expect(length).toBeLessThan(20_000_000);
    await stack.up(['--no-agent']);

    expect(await flow.ended).toBe(5);
    expect({ length, digest: received.digest('hex') }).toEqual({ length: 20_000_000, digest: expected.digest('hex') });
    expect(flow.stderr).toBe('gangway: connection lost, reconnecting\ngangway: reconnected\n');

    await terminal.until(/<300>\r\nthat is all\r\n/);
    terminal.pty.write('echo "still $((40 + 2))"; exit 3\n');
    await terminal.until(/still 42\r\n/);
    expect(await terminal.exited).toBe(3);
    // The task has not noticed.
    const found = await untilTask(task, () => true);
    expect(found).toMatchObject({ lastStatus: 'RUNNING', desiredStatus: 'RUNNING' });
  });

  it('kill -9 of the agent: nothing is left behind; once it is back, sessions and tasks end, services go on', async () => {
    await stack.ecs.send(
      new CreateServiceCommand({
        cluster: CLUSTER,
        serviceName: 'web',
        taskDefinition: 'remote',
        desiredCount: 1,
        launchType: 'EC2',
        enableExecuteCommand: true,
      }),
    );
    const ofService = async (): Promise<string | undefined> =>
      (await stack.ecs.send(new ListTasksCommand({ cluster: CLUSTER, serviceName: 'web' }))).taskArns?.[0];
    await until('the service has a task', async () => (await ofService()) !== undefined);
    const first = (await ofService())!;
    await untilTask(first, ({ containers }) => containers?.[0]?.managedAgents?.[0]?.lastStatus === 'RUNNING');

    const session = new RunningExec(stack.env(), exec(first, 'sh', '-c', 'echo in; cat'));
    await session.until(/in\n/);
    expect(leftOf().length).toBeGreaterThan(0);
    await agent.end('SIGKILL');
    await until(
      () => `no process is left: ${leftOf().join('\n')}`,
      () => leftOf().length === 0,
      5_000,
    );
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(agent.data);

    agent.start();
    expect(await session.ended).toBe(255);
    expect(session.stdout).toBe('in\n');
    expect(session.stderr).toMatch(/^gangway: .+\n$/);
    const ended = await untilTask(first, ({ lastStatus }) => lastStatus === 'STOPPED');
    expect(ended.stoppedReason).toBeTruthy();
    expect(await stack.instances(CLUSTER)).toHaveLength(1);
    await until('the service has a running task again', async () => {
      const { services } = await stack.ecs.send(new DescribeServicesCommand({ cluster: CLUSTER, services: ['web'] }));
      return services?.[0]?.runningCount === 1 && (await ofService()) !== first;
    });
  });

  it('SIGTERM: sessions are told, tasks are STOPPED, nothing is left', async () => {
    const task = await run();
    const session = new RunningExec(stack.env(), exec(task, 'sh', '-c', 'echo in; exec cat'));
    await session.until(/in\n/);
    const begun = Date.now();
    expect(await agent.end('SIGTERM')).toBe(0);
    expect(Date.now() - begun).toBeLessThan(15_000);
    expect(leftOf()).toEqual([]);
    const stderr = 'The session has ended because its container has stopped.\n';
    expect({ status: await session.ended, stderr: session.stderr }, agent.log).toEqual({ status: 137, stderr });
    const { stoppedReason } = await untilTask(task, ({ lastStatus }) => lastStatus === 'STOPPED');
    expect(stoppedReason).toBeTruthy();
    await until('the host is away', async () => (await stack.instances(CLUSTER))[0]?.agentConnected === false);
  });

  it('without an endpoint: started before it, and stopped without it', async () => {
    await stack.kill('SIGKILL');
    agent.start();
    await until('it has tried', () => agent.log.includes('ECONNREFUSED'));
    await stack.up(['--no-agent']);
    await until('the host is there', async () => (await stack.instances(CLUSTER))[0]?.agentConnected === true);
    const task = await run();
    const session = new RunningExec(stack.env(), exec(task, 'sh', '-c', 'echo in; exec cat'));
    await session.until(/in\n/);
    await stack.kill('SIGKILL');
    const begun = Date.now();
    expect(await agent.end('SIGTERM')).toBe(0);
    expect(Date.now() - begun).toBeLessThan(20_000);
    expect(leftOf()).toEqual([]);
    await session.kill();
  });
});
