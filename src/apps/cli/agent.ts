import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, homedir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { type Capacity, EXTERNAL_ATTRIBUTE, type InstanceState } from '../../agent/host/container-instance.js';
import { startInstancePings } from '../../agent/host/instance-pings.js';
import type { ManagedIdentity } from '../../agent/host/managed-identity.js';
import { nodeClock } from '../../agent/node-clock.js';
import { DirectoryLock } from '../../platform/store/directory-lock.js';
import { createContainerHost } from '../container-host.js';
import { hostRuntimes, noneAvailable, type RuntimeChoice } from '../host-runtimes.js';
import { addAgentAccessOptions, agentAccess, type AgentAccessOptions } from './agent-access.js';
import { InvalidArgumentError, Option } from './commander.js';
import { checkKmsOptions, type KmsOptions } from './kms-option.js';
import { createOperatorLog, type LogFormat } from './operator-log.js';
import { newCommand, parseCommand } from './parse-command.js';
import { addHostRecordOptions, deliveryTargets, type HostRecordOptions } from './record-options.js';
import { profileCredentials, serviceUrl } from './service-option.js';
import { UsageError } from './usage-error.js';

interface Attribute {
  readonly name: string;
  readonly value?: string;
}

interface AgentOptions extends KmsOptions, HostRecordOptions, AgentAccessOptions {
  readonly cluster?: string;
  readonly capacity?: 'fargate';
  readonly data?: string;
  readonly attribute: readonly Attribute[];
  readonly containerEndpointUrl?: string;
  readonly runtime: RuntimeChoice;
  readonly keepContainers?: true;
  readonly log: LogFormat;
  readonly verbose?: true;
}

function agentCommand(): ReturnType<typeof newCommand> {
  const command = newCommand('agent', 'Joins this machine to an endpoint as a container host.')
    .usage('[options]')
    .option('--cluster <name>', 'register as a container instance of this cluster (default: "default")')
    .addOption(new Option('--capacity <kind>', 'run Fargate tasks of all clusters instead').choices(['fargate']))
    .option('--attribute <name=value>', 'attribute of the container instance, for placement; repeatable', attribute, [])
    .option('--kms <url>', 'KMS of encrypted sessions: a URL, or "aws" (default: the endpoint)', serviceUrl)
    .option('--kms-profile <name>', "profile whose credentials that KMS knows (default: each task's own role)")
    .option(
      '--container-endpoint-url <url>',
      'AWS_ENDPOINT_URL of containers, or "none" for AWS\'s own endpoints (default: the endpoint)',
    )
    .addOption(
      new Option('--runtime <kind>', 'what runs the tasks; auto: the image decides, host and rootfs: are the sandbox')
        .choices(['auto', 'sandbox', 'docker'])
        .default('auto'),
    )
    .option(
      '--keep-containers',
      'leave containers running when it ends, for the agent that is started next (Docker only)',
    )
    .option('--data <dir>', "where this host's state is kept (default: ~/.gangway/agent)")
    .addOption(new Option('--log <format>', 'form of the log').choices(['text', 'json']).default('text'))
    .option('-v, --verbose', 'log more')
    .addHelpText('after', '\nSIGTERM or SIGINT ends it and stops its containers, unless --keep-containers.');
  return addHostRecordOptions(addAgentAccessOptions(command));
}

/** A name that stays the same over restarts. */
function hostId(directory: string): string {
  const file = join(directory, 'host-id');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const id = randomUUID();
    writeFileSync(file, `${id}\n`, { mode: 0o600 });
    return id;
  }
}

function instanceState(directory: string): InstanceState {
  const file = join(directory, 'container-instance');
  return {
    async read() {
      try {
        return (await readFile(file, 'utf8')).trim();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    write: (arn) => writeFile(file, `${arn}\n`, { mode: 0o600 }),
  };
}

/** Name and value as ECS takes them; it has the last word. */
function attribute(text: string, others: readonly Attribute[]): readonly Attribute[] {
  const [, name, value] = /^([^=]+)(?:=(.*))?$/.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('It is NAME or NAME=VALUE.');
  return [...others, value === undefined ? { name } : { name, value }];
}

function capacityOf(options: AgentOptions): Capacity {
  if (options.capacity === undefined) return { cluster: options.cluster ?? 'default', attributes: options.attribute };
  if (options.cluster !== undefined) throw new UsageError('--cluster and --capacity contradict each other');
  if (options.attribute.length > 0) throw new UsageError('--attribute and --capacity contradict each other');
  return 'FARGATE';
}

/** Outside of EC2 a container instance is of launch type EXTERNAL, as ecs-agent says it of ECS Anywhere. */
function capacityAs(capacity: Capacity, identity: ManagedIdentity | undefined): Capacity {
  if (identity === undefined) return capacity;
  if (capacity === 'FARGATE') throw new UsageError('a host with an activation offers no Fargate capacity');
  return { ...capacity, attributes: [{ name: EXTERNAL_ATTRIBUTE }, ...capacity.attributes] };
}

export async function agent(argv: readonly string[]): Promise<number> {
  const command = agentCommand();
  if (!parseCommand(command, argv)) return 0;
  const options = command.opts<AgentOptions>();
  const capacity = capacityOf(options);
  checkKmsOptions(options);
  const targets = await deliveryTargets(options);
  const log = createOperatorLog(options.log, options.verbose === true, process.stderr);
  const ownKms = await profileCredentials(options.kmsProfile);
  const kms =
    options.kms === undefined ? undefined : { endpointUrl: options.kms, ...(ownKms && { credentials: ownKms }) };
  const directory = options.data === undefined ? join(homedir(), '.gangway', 'agent') : resolve(options.data);
  const lock = DirectoryLock.acquire(directory);
  try {
    const runtimes = hostRuntimes({ choice: options.runtime, directory, log });
    const unavailable = await noneAvailable(runtimes);
    if (unavailable !== undefined) throw new Error(`no containers can run on this machine: ${unavailable}`);
    // Behind the look at the runtimes: an activation is good for one host.
    const { reached, dial, identity } = await agentAccess(options, directory, log);
    const ended = new Promise<NodeJS.Signals>((done) => {
      for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, done);
    });
    const containerEndpointUrl = options.containerEndpointUrl ?? reached.endpointUrl;
    const host = createContainerHost({
      agent: {
        hostId: identity?.instanceId ?? hostId(directory),
        capacity: capacityAs(capacity, identity),
        runtimes,
        instanceState: instanceState(directory),
        leaveContainers: options.keepContainers === true,
        resources: { cpuUnits: cpus().length * 1024, memoryMiB: Math.floor(totalmem() / 2 ** 20) },
      },
      reached,
      dial,
      ...(containerEndpointUrl !== 'none' && { containerEndpointUrl }),
      ...(kms !== undefined && { kms }),
      directory,
      agentDirectory: directory,
      recordSync: options.recordSync,
      targets,
      log,
      recordsLog: log.child({ part: 'records' }),
    });
    await host.start();
    const { instanceId } = identity ?? {};
    const pings =
      instanceId === undefined ? undefined : startInstancePings({ access: reached, instanceId, clock: nodeClock, log });
    const signal = await ended;
    log.info({ signal }, 'stopping');
    pings?.stop();
    await host.stop();
    return 0;
  } finally {
    lock.release();
  }
}
