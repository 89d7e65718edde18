import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ECSClient } from '@aws-sdk/client-ecs';
import {
  CreateClusterCommand,
  DescribeContainerInstancesCommand,
  DescribeTasksCommand,
  ListContainerInstancesCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  type ContainerDefinition,
  type ContainerInstance,
  type Task,
} from '@aws-sdk/client-ecs';
import { Account } from './account.fixture.js';

export const program = fileURLToPath(new URL('../bin/gangway', import.meta.url));

export interface RunningTask {
  readonly taskArn: string;
  readonly id: string;
  readonly target: string;
  readonly runtimeId: string;
}

export interface TaskOptions {
  readonly family?: string;
  readonly cluster?: string;
  readonly taskRole?: string;
  readonly container?: Omit<ContainerDefinition, 'name'>;
}

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
export function run(
  file: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; input?: string | Buffer; timeout?: number } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      file,
      [...args],
      { env: options.env ?? process.env, maxBuffer: 256 << 20, timeout: options.timeout ?? 60_000 },
      (error, stdout, stderr) => {
        if (error && typeof error.code !== 'number' && !error.signal)
          reject(new Error(`${file} did not run`, { cause: error }));
        else resolve({ status: typeof error?.code === 'number' ? error.code : error ? 255 : 0, stdout, stderr });
      },
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });
}

export const onPath = (name: string): boolean => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0;

/** Why the whole stack cannot run here (namespaces are not permitted, not Linux); undefined when it can. */
export function stackUnavailable(): string | undefined {
  if (process.platform !== 'linux') return 'not Linux';
  const probe = spawnSync('unshare', process.getuid?.() === 0 ? ['-m', 'true'] : ['-Ur', 'true']);
  return probe.status === 0 ? undefined : 'namespaces are not permitted here';
}

/** A `gangway up` of its own, on any free port and in a directory of its own. */
export class Stack {
  readonly data: string;
  url = '';
  environment: Record<string, string> = {};
  log = '';
  readonly #launcher: readonly string[];
  #process: ChildProcess | undefined;

  /** `launcher`: what starts the endpoint's Node, for example in a namespace. */
  constructor(launcher: readonly string[] = []) {
    this.#launcher = launcher;
    this.data = mkdtempSync(join(tmpdir(), 'gangway-stack-'));
  }

  /** Starts, or starts again on the same directory. */
  async up(args: readonly string[] = []): Promise<void> {
    const up = [process.execPath, program, 'up', '--data', this.data, '--port', this.#port(), ...args];
    const [file = process.execPath, ...rest] = [...this.#launcher, ...up];
    const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process = child;
    child.stderr.on('data', (chunk: Buffer) => (this.log += chunk.toString()));
    this.url = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const found = /ready (\S+)/.exec(line)?.[1];
        if (found) resolve(found);
      });
      child.once('exit', (code) => reject(new Error(`gangway up ended with ${String(code)}:\n${this.log}`)));
    });
    const { stdout } = await run(process.execPath, [program, 'env', '--data', this.data]);
    this.environment = {};
    for (const match of stdout.matchAll(/^export (\w+)='?([^'\n]*)'?$/gm)) {
      this.environment[match[1] ?? ''] = match[2] ?? '';
    }
  }

  /** The same port again after a restart: clients keep their URLs. */
  #port(): string {
    return this.url === '' ? '0' : new URL(this.url).port;
  }

  get pid(): number {
    return this.#process?.pid ?? -1;
  }

  /** For an SDK's client, when the endpoint's certificate is its own. */
  get trust(): { requestHandler?: { httpsAgent: Agent } } {
    const bundle = this.environment['AWS_CA_BUNDLE'];
    return bundle === undefined ? {} : { requestHandler: { httpsAgent: new Agent({ ca: readFileSync(bundle) }) } };
  }

  get ecs(): ECSClient {
    return new ECSClient({
      endpoint: this.url,
      region: this.environment['AWS_REGION'] ?? '',
      ...this.trust,
      credentials: {
        accessKeyId: this.environment['AWS_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: this.environment['AWS_SECRET_ACCESS_KEY'] ?? '',
      },
    });
  }

  /** The container instances of a cluster, as they are described. */
  async instances(cluster: string): Promise<ContainerInstance[]> {
    const { ecs } = this;
    const { containerInstanceArns } = await ecs.send(new ListContainerInstancesCommand({ cluster }));
    if (containerInstanceArns?.length === 0) return [];
    const described = await ecs.send(
      new DescribeContainerInstancesCommand({ cluster, containerInstances: containerInstanceArns }),
    );
    return described.containerInstances ?? [];
  }

  env(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    return { ...process.env, ...this.environment, ...extra };
  }

  gangway(
    args: readonly string[],
    options: { input?: string | Buffer; env?: NodeJS.ProcessEnv; timeout?: number } = {},
  ) {
    return run(process.execPath, [program, ...args], { ...options, env: this.env(options.env) });
  }

  /** A running task with exec, its managed agent RUNNING. `taskRole` is made when it is not there. */
  async task(options: TaskOptions = {}): Promise<RunningTask> {
    const { cluster = 'default' } = options;
    const taskArn = await this.start(options);
    const task = await this.untilTask(
      taskArn,
      (found) => found.containers?.[0]?.managedAgents?.[0]?.lastStatus === 'RUNNING',
      30_000,
      cluster,
    );
    const id = taskArn.split('/').pop() ?? '';
    const runtimeId = task.containers?.[0]?.runtimeId ?? '';
    return { taskArn, id, runtimeId, target: `ecs:${cluster}_${id}_${runtimeId}` };
  }

  /** The ARN of a task that has been asked for. */
  async start({
    family = 'stack',
    cluster = 'default',
    taskRole = 'task-role',
    container = { image: 'host', command: ['sleep', '100000'] },
  }: TaskOptions = {}): Promise<string> {
    const { ecs } = this;
    await new Account(this).requireTaskRole(taskRole);
    if (cluster === 'default') await ecs.send(new CreateClusterCommand({}));
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family,
        taskRoleArn: taskRole,
        networkMode: 'awsvpc',
        requiresCompatibilities: ['FARGATE'],
        cpu: '256',
        memory: '512',
        containerDefinitions: [{ ...container, name: 'app' }],
      }),
    );
    const started = await ecs.send(
      new RunTaskCommand({
        cluster,
        taskDefinition: family,
        launchType: 'FARGATE',
        enableExecuteCommand: true,
        networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-12344321'] } },
      }),
    );
    return started.tasks?.[0]?.taskArn ?? '';
  }

  async untilTask(
    taskArn: string,
    is: (task: Task) => boolean,
    timeoutMs = 30_000,
    cluster = 'default',
  ): Promise<Task> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const { tasks } = await this.ecs.send(new DescribeTasksCommand({ cluster, tasks: [taskArn] }));
      const task = tasks?.[0];
      if (task && is(task)) return task;
      if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${JSON.stringify(task)}\n${this.log}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await ended;
  }

  async down(): Promise<void> {
    await this.kill('SIGTERM');
    rmSync(this.data, { recursive: true, force: true });
  }
}
