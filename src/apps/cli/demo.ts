import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join, relative } from 'node:path';
import process from 'node:process';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { quoteCommand, quoteWord } from '../../client/quote-command.js';
import { sessionTarget, startSession } from '../../client/start-session.js';
import { createTaskRole } from '../create-task-role.js';
import { type Connection, connect } from './connect.js';
import { BUCKET, createDestinations, deliveredRecord, keyPolicy, LOG_GROUP, PREFIX } from './demo-record.js';
import { DEFAULT_ACCOUNT, type LocalGangway, startLocalGangway } from './local-gangway.js';
import { createOperatorLog } from './operator-log.js';
import { newCommand, parseCommand } from './parse-command.js';
import { taskRole } from './policy-examples.js';
import { runSession } from './run-session.js';

const CLUSTER = 'demo';
const SERVICE = 'web';
const ROLE = 'demo-task';
/** From the creation of the service to a managed agent that runs. */
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 100;
const COMMAND = ['sh', '-c', 'echo "hello from $(id -un) inside $(hostname)"; exit 7'];

interface DescribedTask {
  readonly taskArn: string;
  readonly lastStatus?: string;
  readonly stoppedReason?: string;
  readonly containers?: readonly {
    readonly name?: string;
    readonly runtimeId?: string;
    readonly reason?: string;
    readonly managedAgents?: readonly {
      readonly name?: string;
      readonly lastStatus?: string;
      readonly reason?: string;
    }[];
  }[];
}

function say(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** A key for sessions and logs, and a role for the tasks that may open channels, use the key and write records. */
async function createKeyAndRole(connection: Connection): Promise<{ key: string; role: string }> {
  const { call, query, region } = connection;
  const { KeyMetadata } = (await call('kms', 'CreateKey', {
    Description: 'sessions of the demo',
    Policy: keyPolicy(region, DEFAULT_ACCOUNT),
  })) as { KeyMetadata: { Arn: string; AWSAccountId: string } };
  say(`key              ${KeyMetadata.Arn}`);
  await createDestinations(connection, KeyMetadata.Arn);
  say(`log group        ${LOG_GROUP}`);
  say(`bucket           ${BUCKET}`);
  const { AWSAccountId: account, Arn: kmsKey } = KeyMetadata;
  const statements = taskRole({ region, account, kmsKey, logGroup: LOG_GROUP, bucket: BUCKET });
  const role = await createTaskRole(query, ROLE, statements);
  say(`task role        ${role}`);
  return { key: KeyMetadata.Arn, role };
}

/** Cluster, task definition and service, as anybody would make them over the API. */
async function createService(connection: Connection): Promise<void> {
  const { call } = connection;
  const { key, role } = await createKeyAndRole(connection);
  const { cluster } = (await call('ecs', 'CreateCluster', {
    clusterName: CLUSTER,
    configuration: {
      executeCommandConfiguration: {
        kmsKeyId: key,
        logging: 'OVERRIDE',
        logConfiguration: {
          cloudWatchLogGroupName: LOG_GROUP,
          cloudWatchEncryptionEnabled: true,
          s3BucketName: BUCKET,
          s3EncryptionEnabled: true,
          s3KeyPrefix: PREFIX,
        },
      },
    },
  })) as { cluster: { clusterArn: string } };
  say(`cluster          ${cluster.clusterArn}`);
  const { taskDefinition } = (await call('ecs', 'RegisterTaskDefinition', {
    family: SERVICE,
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    taskRoleArn: role,
    containerDefinitions: [{ name: 'app', image: 'host', essential: true, command: ['sleep', 'infinity'] }],
  })) as { taskDefinition: { taskDefinitionArn: string } };
  say(`task definition  ${taskDefinition.taskDefinitionArn}`);
  const { service } = (await call('ecs', 'CreateService', {
    cluster: CLUSTER,
    serviceName: SERVICE,
    taskDefinition: SERVICE,
    desiredCount: 1,
    launchType: 'FARGATE',
    enableExecuteCommand: true,
    networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-0123456789abcdef0'] } },
  })) as { service: { serviceArn: string } };
  say(`service          ${service.serviceArn}`);
}

function agentOf(task: DescribedTask): { name?: string; lastStatus?: string; reason?: string } | undefined {
  return task.containers?.[0]?.managedAgents?.find(({ name }) => name === 'ExecuteCommandAgent');
}

/** The service's task, as soon as it can be entered. */
async function enterableTask({ call }: Connection): Promise<DescribedTask> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  let last: DescribedTask | undefined;
  while (Date.now() < deadline) {
    const { taskArns } = (await call('ecs', 'ListTasks', { cluster: CLUSTER, serviceName: SERVICE })) as {
      taskArns: string[];
    };
    if (taskArns.length > 0) {
      const { tasks } = (await call('ecs', 'DescribeTasks', { cluster: CLUSTER, tasks: taskArns })) as {
        tasks: DescribedTask[];
      };
      last = tasks[0] ?? last;
      if (last !== undefined && agentOf(last)?.lastStatus === 'RUNNING') return last;
    }
    await sleep(POLL_MS);
  }
  const why = last?.stoppedReason ?? last?.containers?.[0]?.reason ?? (last && agentOf(last)?.reason) ?? '';
  throw new Error(
    `the task is ${last?.lastStatus ?? 'not there'} after ${START_TIMEOUT_MS / 1000} seconds. ${why}`.trim(),
  );
}

async function show(connection: Connection): Promise<void> {
  await createService(connection);
  const task = await enterableTask(connection);
  say(`task             ${task.taskArn}`);
  say(`managed agent    ExecuteCommandAgent ${agentOf(task)?.lastStatus ?? ''}`);
  say();
  say(`$ gangway exec ${task.taskArn.split('/').at(-1) ?? ''} -- ${quoteCommand(COMMAND)}`);
  const started = await startSession(connection.call, {
    cluster: CLUSTER,
    task: task.taskArn,
    command: quoteCommand(COMMAND),
  });
  const status = await runSession({
    session: started,
    call: connection.call,
    dial: connection.dial,
    target: () => sessionTarget(connection.call, started),
    terminal: false,
    escapeCharacter: undefined,
    stdin: Readable.from([]),
  });
  say();
  say(`session          ${started.sessionId}`);
  say(`exit code        ${status} (the command ended with exit 7)`);
  say('encryption       AES-256-GCM under the data key that the KMS key made for this session alone');
  const { places, transcript } = await deliveredRecord(connection, started.sessionId);
  for (const [index, place] of places.entries()) say(`${index === 0 ? 'record' : '      '}           ${place}`);
  say();
  for (const line of transcript.trimEnd().split('\n')) say(`  ${line}`);
  if (status !== 7) throw new Error(`the command inside the container should have ended with 7, not ${status}`);
}

/** How the user can call us: in a clone that is a path. */
function ourselves(): string {
  const program = process.argv[1] ?? 'gangway';
  const onPath = (process.env['PATH'] ?? '').split(delimiter).includes(dirname(program));
  const below = relative(process.cwd(), program);
  return quoteWord(onPath ? basename(program) : below.startsWith('..') ? program : below);
}

function instructions(directory: string): void {
  const data = quoteWord(directory);
  const gangway = ourselves();
  say();
  say('It goes on running until Ctrl-C. From another shell:');
  say();
  say(`  eval "$(${gangway} env --data ${data})"     then aws, SDKs and Terraform use it`);
  say(`  ${gangway} exec --cluster ${CLUSTER} --data ${data}     a terminal in the container`);
}

function ended(): Promise<unknown> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, resolve);
  });
}

export async function demo(argv: readonly string[]): Promise<number> {
  const command = newCommand('demo', 'Runs a command inside a container, from nothing, and cleans up.')
    .usage('[options]')
    .option('--keep', 'leave it running until Ctrl-C')
    .option('-v, --verbose', 'show the log of the endpoint');
  if (!parseCommand(command, argv)) return 0;
  const options = command.opts<{ keep?: true; verbose?: true }>();
  const interrupted = ended();
  const directory = mkdtempSync(join(tmpdir(), 'gangway-demo-'));
  let gangway: LocalGangway | undefined;
  try {
    gangway = await startLocalGangway({
      directory,
      host: '127.0.0.1',
      port: 0,
      region: 'us-east-1',
      accountId: undefined,
      limits: 'aws',
      agent: true,
      log: createOperatorLog('text', options.verbose === true, options.verbose === true ? process.stderr : silent),
    });
    if (gangway.sandboxUnavailable !== undefined) {
      throw new Error(`no container can run on this machine: ${gangway.sandboxUnavailable}`);
    }
    say(`endpoint         ${gangway.url}`);
    await Promise.race([
      show(await connect({ data: directory })),
      interrupted.then(() => Promise.reject(new Error('interrupted'))),
    ]);
    if (options.keep === true) {
      instructions(directory);
      await interrupted;
    }
    return 0;
  } finally {
    await gangway?.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The demonstration is on stdout; the endpoint's log would only stand in between. */
const silent = { write: (): void => {} };
