import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execFileSync } from 'node:child_process';
import { AwsClient } from '../../platform/aws/aws-client.js';
import { Secret } from '../../platform/aws/secret.js';
import { taskRole } from '../cli/policy-examples.js';
import { createTaskRole } from '../create-task-role.js';
import type { Command } from './contender.js';
import { executable, tree } from './cpu.js';
import { prompt } from './terminal.js';

const program = fileURLToPath(new URL('../../../bin/gangway', import.meta.url));
const ROLE = 'bench-task';
const RECORDS = 'bench-records';
/** Cluster whose sessions are recorded. */
const RECORDED = 'recorded';
const target = 'AmazonEC2ContainerServiceV20141113';

/** How the endpoint's host keeps its records. */
export type RecordSync = 'os' | 'always';

/** A container to run commands in. */
export interface BenchTask {
  readonly cluster: string;
  readonly task: string;
}

interface Exec {
  readonly clusterArn: string;
  readonly taskArn: string;
  readonly session: { readonly sessionId: string; readonly streamUrl: string; readonly tokenValue: string };
}

/** An endpoint of our own with one running task whose container has the common root. */
export class Gangway {
  readonly program = program;
  readonly cluster = 'default';
  readonly environment: Readonly<Record<string, string>>;
  task = '';
  #runtimeId = '';
  readonly #process: ChildProcess;
  readonly #url: string;
  readonly #client: AwsClient;

  private constructor(process: ChildProcess, url: string, environment: Record<string, string>) {
    this.#process = process;
    this.#url = url;
    this.environment = environment;
    this.#client = new AwsClient({
      endpoint: url,
      region: environment['AWS_REGION'] ?? 'us-east-1',
      credentials: () =>
        Promise.resolve({
          accessKeyId: environment['AWS_ACCESS_KEY_ID'] ?? '',
          secretAccessKey: new Secret(environment['AWS_SECRET_ACCESS_KEY'] ?? ''),
        }),
    });
  }

  static async start(data: string, root: string, recordSync?: RecordSync): Promise<Gangway> {
    const options = recordSync === undefined ? [] : ['--record-sync', recordSync];
    const up = spawn(process.execPath, [program, 'up', '--data', data, '--port', '0', ...options], {
      stdio: ['ignore', 'pipe', process.env['BENCH_LOG'] ? 'inherit' : 'ignore'],
    });
    const url = await new Promise<string>((resolve, reject) => {
      createInterface({ input: up.stdout }).on('line', (line) => {
        const found = /ready (\S+)/.exec(line)?.[1];
        if (found) resolve(found);
      });
      up.once('exit', (code) => reject(new Error(`gangway up ended with ${code}`)));
    });
    const text = execFileSync(process.execPath, [program, 'env', '--data', data], { encoding: 'utf8' });
    const environment: Record<string, string> = {};
    for (const match of text.matchAll(/^export (\w+)='?([^'\n]*)'?$/gm)) environment[match[1] ?? ''] = match[2] ?? '';
    const gangway = new Gangway(up, url, environment);
    const query: AwsClient['query'] = (...asked) => gangway.#client.query(...asked);
    await createTaskRole(query, ROLE, taskRole({ region: 'us-east-1', account: '123456789012', bucket: RECORDS }));
    await gangway.#register(root);
    await gangway.#ecs('CreateCluster', {});
    const { task, runtimeId } = await gangway.#runTask(gangway.cluster);
    gangway.task = task;
    gangway.#runtimeId = runtimeId;
    return gangway;
  }

  /** A task like the other, in a cluster whose sessions must be recorded. */
  async recordedTask(): Promise<BenchTask> {
    const logConfiguration = { s3BucketName: RECORDS };
    const created = await this.#client.rest('s3', { method: 'PUT', path: `/${RECORDS}`, headers: {} });
    if (created.status !== 200) throw new Error(`the bucket was not created: ${created.body}`);
    await this.#ecs('CreateCluster', {
      clusterName: RECORDED,
      configuration: { executeCommandConfiguration: { logging: 'OVERRIDE', logConfiguration } },
    });
    return { cluster: RECORDED, task: (await this.#runTask(RECORDED)).task };
  }

  async #ecs<T>(operation: string, input: Record<string, unknown>): Promise<T> {
    return (await this.#client.json('ecs', target, operation, input)) as T;
  }

  async #register(root: string): Promise<void> {
    await this.#ecs('RegisterTaskDefinition', {
      family: 'bench',
      taskRoleArn: ROLE,
      networkMode: 'awsvpc',
      // A control group holds a task to its CPUs: to as many as the others may take, on machines like these.
      cpu: '4096',
      memory: '8192',
      containerDefinitions: [
        {
          name: 'shell',
          image: `rootfs:${root}`,
          command: ['/bin/sleep', '100000'],
          environment: [{ name: 'PS1', value: prompt }],
        },
      ],
    });
  }

  async #runTask(cluster: string): Promise<{ task: string; runtimeId: string }> {
    const { tasks } = await this.#ecs<{ tasks: { taskArn: string }[] }>('RunTask', {
      cluster,
      taskDefinition: 'bench',
      launchType: 'FARGATE',
      enableExecuteCommand: true,
      networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-12344321'] } },
    });
    const task = tasks[0]?.taskArn.split('/').pop() ?? '';
    for (let tries = 0; tries < 200; tries += 1) {
      const described = await this.#ecs<{
        tasks: { containers: { runtimeId?: string; managedAgents?: { lastStatus: string }[] }[] }[];
      }>('DescribeTasks', { cluster, tasks: [task] });
      const container = described.tasks[0]?.containers[0];
      if (container?.managedAgents?.[0]?.lastStatus === 'RUNNING')
        return { task, runtimeId: container.runtimeId ?? '' };
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('the task did not start');
  }

  /** What ExecuteCommand answers; the session waits for its client. */
  async executeCommand(command = '/bin/sh'): Promise<Exec> {
    return this.#ecs<Exec>('ExecuteCommand', { task: this.task, command, interactive: true });
  }

  /** The plugin's command line as the AWS CLI builds it (wire-protocol 1.3). */
  async pluginCommand(): Promise<Command> {
    const { session } = await this.executeCommand();
    const document = { Target: this.target };
    const region = this.environment['AWS_REGION'] ?? 'us-east-1';
    return {
      file: 'session-manager-plugin',
      args: [JSON.stringify(session), region, 'StartSession', '', JSON.stringify(document), this.#url],
      environment: this.environment,
    };
  }

  get target(): string {
    return `ecs:${this.cluster}_${this.task}_${this.#runtimeId}`;
  }

  /** The endpoint and the small programs that hold its containers and sessions. */
  servers(): number[] {
    const pid = this.#process.pid;
    if (pid === undefined) return [];
    // They run from sealed memory, and one of them under a name of its own.
    return tree(pid).filter((entry) => entry === pid || executable(entry)?.startsWith('/memfd:gangway-sandbox'));
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGTERM');
    await ended;
  }
}
