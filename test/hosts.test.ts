import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  type ContainerInstance,
  type Task,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account } from './account.fixture.js';
import { networkUnavailable, TestNetwork } from './network.fixture.js';
import { until } from './processes.fixture.js';
import { RunningExec } from './running-exec.fixture.js';
import { onPath, program, Stack, stackUnavailable } from './stack.fixture.js';

const CLUSTER = 'edge';
const unavailable =
  stackUnavailable() ?? networkUnavailable() ?? (onPath('openssl') ? undefined : 'no openssl on PATH');

interface Activation {
  readonly activationId: string;
  readonly activationCode: string;
  readonly endpoint: string;
  readonly region: string;
  readonly pin: string;
}

/** A `gangway agent` on a machine of its own, which knows nothing of AWS but an activation. */
class Host {
  readonly data = mkdtempSync(join(tmpdir(), 'gangway-edge-'));
  readonly #launcher: readonly string[];
  #process: ChildProcess | undefined;
  #ended: Promise<number | null> = Promise.resolve(null);
  log = '';

  constructor(launcher: readonly string[]) {
    this.#launcher = launcher;
  }

  start({ endpoint, region, activationId, activationCode, pin }: Activation, more: readonly string[] = []): void {
    const [file = '', ...launch] = this.#launcher;
    const args = ['--endpoint', endpoint, '--region', region, '--cluster', CLUSTER, '--data', this.data];
    const joining = ['--activation-id', activationId, '--pin', pin, ...more];
    const child = spawn(file, [...launch, process.execPath, program, 'agent', ...args, ...joining], {
      env: { PATH: process.env['PATH'], HOME: this.data, GANGWAY_ACTIVATION_CODE: activationCode },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.on('data', (chunk: Buffer) => (this.log += chunk.toString()));
    this.#ended = new Promise((resolve) => child.once('exit', resolve));
    this.#process = child;
  }

  /** Exit status. */
  get ended(): Promise<number | null> {
    return this.#ended;
  }

  async stop(): Promise<void> {
    this.#process?.kill('SIGTERM');
    await this.#ended;
  }

  async down(): Promise<void> {
    await this.stop();
    rmSync(this.data, { recursive: true, force: true });
  }
}

describe.skipIf(unavailable)(
  'hosts on other machines, joined with an activation over TLS',
  { timeout: 180_000 },
  () => {
    let network: TestNetwork;
    let stack: Stack;
    let activation: Activation;
    let upArguments: readonly string[] = [];
    let [first, second]: readonly Host[] = [];
    const others: Host[] = [];
    const certificates = mkdtempSync(join(tmpdir(), 'gangway-tls-'));

    beforeAll(async () => {
      network = new TestNetwork();
      stack = new Stack(network.launcher);
      const [cert, key] = ['cert.pem', 'key.pem'].map((name) => join(certificates, name)) as [string, string];
      const names = ['-subj', '/CN=edge', '-addext', `subjectAltName=IP:${network.address}`];
      const form = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert];
      execFileSync('openssl', [...form, ...names], { stdio: 'ignore' });
      upArguments = ['--no-agent', '--host', network.address, '--tls-cert', cert, '--tls-key', key];
      await stack.up(upArguments);
      await new Account(stack).requireTaskRole('task-role');
      await stack.ecs.send(new CreateClusterCommand({ clusterName: CLUSTER }));
      activation = await activate(2);
      first = new Host(network.machine('a'));
      second = new Host(network.machine('b'));
      for (const host of [first, second]) host.start(activation);
      await until(
        () => `two hosts are there\n${first!.log}\n${second!.log}\n${stack.log}`,
        async () => (await stack.instances(CLUSTER)).filter(({ agentConnected }) => agentConnected).length === 2,
      );
    }, 60_000);
    afterAll(async () => {
      for (const host of [first, second, ...others]) await host?.down();
      await stack.down();
      network.down();
      rmSync(certificates, { recursive: true });
    });

    async function activate(uses: number): Promise<Activation> {
      const args = ['activation', 'create', '--cluster', CLUSTER, '--uses', String(uses), '--json'];
      const made = await stack.gangway([...args, '--data', stack.data]);
      expect(made).toMatchObject({ status: 0 });
      return JSON.parse(made.stdout) as Activation;
    }

    async function tasks(desiredStatus: 'RUNNING' | 'STOPPED' = 'RUNNING'): Promise<Task[]> {
      const { taskArns } = await stack.ecs.send(new ListTasksCommand({ cluster: CLUSTER, desiredStatus }));
      if (taskArns?.length === 0) return [];
      return (await stack.ecs.send(new DescribeTasksCommand({ cluster: CLUSTER, tasks: taskArns }))).tasks ?? [];
    }

    const isReady = ({ lastStatus, containers }: Task): boolean =>
      lastStatus === 'RUNNING' && containers?.[0]?.managedAgents?.[0]?.lastStatus === 'RUNNING';

    /** The instance that a host is, by the id that its log tells. */
    async function instanceOf(host: Host): Promise<ContainerInstance> {
      const [, id] = /joined as a managed instance\s+instanceId=(mi-[0-9a-f]+)/.exec(host.log) ?? [];
      return (await stack.instances(CLUSTER)).find(({ ec2InstanceId }) => ec2InstanceId === id)!;
    }

    const taskOn = async (host: Host): Promise<Task> => {
      const { containerInstanceArn } = await instanceOf(host);
      return (await tasks()).find((task) => task.containerInstanceArn === containerInstanceArn)!;
    };

    it('are EXTERNAL instances, each with an identity of its own', async () => {
      const found = await stack.instances(CLUSTER);
      expect(new Set(found.map(({ ec2InstanceId }) => ec2InstanceId)).size).toBe(2);
      for (const { ec2InstanceId, attributes } of found) {
        expect(ec2InstanceId).toMatch(/^mi-[0-9a-f]{17}$/);
        expect(attributes).toEqual(expect.arrayContaining([{ name: 'ecs.capability.external' }]));
      }
    });

    it('are refused with an activation that is used up, with a wrong code, and when they find another server', async () => {
      const machine = network.machine('c');
      const other = await activate(1);
      for (const [start, more, said] of [
        [activation, [], /RegistrationLimitExceeded: the activation has been used as often as it may/],
        [{ ...other, activationCode: 'A'.repeat(20) }, [], /InvalidActivation: the endpoint knows no such activation/],
        [{ ...other, pin: `sha256//${'A'.repeat(43)}=` }, [], /the server has another key than the pinned one: sha256/],
        [other, ['--profile', 'x'], /--profile and an activation contradict each other/],
      ] as const) {
        const host = new Host(machine);
        others.push(host);
        host.start(start, more);
        expect(await host.ended).not.toBe(0);
        expect(host.log).toMatch(said);
      }
      expect(await stack.instances(CLUSTER)).toHaveLength(2);
    });

    it('run the tasks of a service, one each, and commands in them', async () => {
      await stack.ecs.send(
        new RegisterTaskDefinitionCommand({
          family: 'edge',
          taskRoleArn: 'task-role',
          networkMode: 'host',
          requiresCompatibilities: ['EXTERNAL'],
          containerDefinitions: [{ name: 'app', image: 'host', memory: 64, command: ['sleep', '100000'] }],
        }),
      );
      await stack.ecs.send(
        new CreateServiceCommand({
          ...{ cluster: CLUSTER, serviceName: 'edge', taskDefinition: 'edge', desiredCount: 2, launchType: 'EXTERNAL' },
          enableExecuteCommand: true,
          placementStrategy: [{ type: 'spread', field: 'instanceId' }],
        }),
      );
      await until('two tasks', async () => (await tasks()).filter(isReady).length === 2);
      expect(new Set((await tasks()).map((task) => task.containerInstanceArn)).size).toBe(2);
      const { taskArn = '' } = await taskOn(first!);
      const ran = await stack.gangway(['exec', '--cluster', CLUSTER, taskArn, '--', 'ip', '-o', 'addr'], {});
      expect(ran).toMatchObject({ status: 0, stderr: '' });
      // It is on the other machine: its network is that one's.
      expect(ran.stdout).toMatch(/10\.199\.\d+\.\d+\/30/);
      expect(ran.stdout).not.toContain(`${network.address}/`);
    });

    it('are cut off in mid-session and joined again: the session goes on, and the task has not noticed', async () => {
      const { taskArn = '' } = await taskOn(first!);
      const script = 'i=0; while [ $i -lt 600 ]; do i=$((i+1)); echo "<$i>"; sleep 0.1; done; exit 5';
      const session = new RunningExec(stack.env(), ['--cluster', CLUSTER, taskArn, '--', 'sh', '-c', script]);
      await session.until(/<20>/);
      network.plug('a', 'down');
      // Longer than the endpoint waits for a word of the host, shorter than it takes the host for lost.
      await new Promise((resolve) => setTimeout(resolve, 34_000));
      expect(session.stdout).not.toContain('<200>');
      expect((await instanceOf(first!)).agentConnected).toBe(false);
      network.plug('a', 'up');
      expect(await session.ended).toBe(5);
      const numbers = [...session.stdout.matchAll(/<(\d+)>/g)].map(([, number]) => Number(number));
      expect(numbers).toEqual(Array.from({ length: 600 }, (_, index) => index + 1));
      const { agentConnected } = await instanceOf(first!);
      expect(agentConnected).toBe(true);
      expect((await taskOn(first!)).taskArn).toBe(taskArn);
    });

    it('lose power: within a minute the task of the service runs elsewhere', async () => {
      const { taskArn: lost = '' } = await taskOn(second!);
      const { containerInstanceArn: gone } = await instanceOf(second!);
      const { containerInstanceArn: left } = await instanceOf(first!);
      network.cutPower('b');
      const started = Date.now();
      await until(
        'both tasks on the host that is left',
        async () => (await tasks()).filter((task) => isReady(task) && task.containerInstanceArn === left).length === 2,
        70_000,
      );
      expect(Date.now() - started).toBeLessThan(60_000);
      const stopped = (await tasks('STOPPED')).find(({ taskArn }) => taskArn === lost);
      expect(stopped).toMatchObject({ lastStatus: 'STOPPED', containerInstanceArn: gone });
      expect(stopped?.stoppedReason).toMatch(/host|instance/i);
      const { services } = await stack.ecs.send(new DescribeServicesCommand({ cluster: CLUSTER, services: ['edge'] }));
      expect(services?.[0]?.runningCount).toBe(2);
    });

    it('come back under their own name, without the activation, and drop what was placed elsewhere', async () => {
      const { containerInstanceArn: before, ec2InstanceId } = await instanceOf(second!);
      second!.start({ ...activation, activationCode: 'of no use any more' });
      await until('it is there', async () => (await instanceOf(second!)).agentConnected === true);
      expect(await instanceOf(second!)).toMatchObject({ containerInstanceArn: before, ec2InstanceId });
      expect((await tasks()).filter(isReady)).toHaveLength(2);
      expect(await taskOn(second!)).toBeUndefined();
    });

    it('come before their endpoint, and are there when it is', async () => {
      await first!.stop();
      await stack.kill('SIGTERM');
      first!.start(activation);
      await until(
        () => `it says that it waits\n${first!.log}`,
        () => first!.log.includes('the endpoint does not answer yet'),
      );
      await stack.up(upArguments);
      await until(
        () => `it is there\n${first!.log}`,
        async () => (await instanceOf(first!)).agentConnected === true,
        40_000,
      );
    });
  },
);
