import { Readable } from 'node:stream';
import { quoteCommand } from '../../../client/quote-command.js';
import { sessionTarget, startSession } from '../../../client/start-session.js';
import { createTaskRole } from '../../create-task-role.js';
import type { Connection } from '../connect.js';
import { DEFAULT_ACCOUNT } from '../local-gangway.js';
import { taskRole } from '../policy-examples.js';
import { runSession } from '../run-session.js';
import { BUCKET, createDestinations, deliveredRecord, keyPolicy, LOG_GROUP, PREFIX } from './demo-record.js';
import { agentOf, awaitTask } from './demo-task.js';
import type { Narration } from './demo-terminal.js';

export const CLUSTER = 'demo';
const SERVICE = 'web';
const ROLE = 'demo-task';
const COMMAND = ['sh', '-c', 'echo "hello from $(id -un) inside $(hostname)"; exit 7'];

/** A key for sessions and logs, and a role for the tasks that may open channels, use the key and write records. */
async function createKeyAndRole(connection: Connection, narration: Narration): Promise<{ key: string; role: string }> {
  const { call, query, region } = connection;
  const { KeyMetadata } = (await call('kms', 'CreateKey', {
    Description: 'sessions of the demo',
    Policy: keyPolicy(region, DEFAULT_ACCOUNT),
  })) as { KeyMetadata: { Arn: string; AWSAccountId: string } };
  narration.tell('key', KeyMetadata.Arn);
  await createDestinations(connection, KeyMetadata.Arn);
  narration.tell('log group', LOG_GROUP);
  narration.tell('bucket', BUCKET);
  const { AWSAccountId: account, Arn: kmsKey } = KeyMetadata;
  const statements = taskRole({ region, account, kmsKey, logGroup: LOG_GROUP, bucket: BUCKET });
  const role = await createTaskRole(query, ROLE, statements);
  narration.tell('task role', role);
  return { key: KeyMetadata.Arn, role };
}

/** Cluster, task definition and service, as anybody would make them over the API. */
async function createService(connection: Connection, narration: Narration): Promise<void> {
  const { call } = connection;
  const { key, role } = await createKeyAndRole(connection, narration);
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
  narration.tell('cluster', cluster.clusterArn);
  const { taskDefinition } = (await call('ecs', 'RegisterTaskDefinition', {
    family: SERVICE,
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    taskRoleArn: role,
    containerDefinitions: [{ name: 'app', image: 'host', essential: true, command: ['sleep', 'infinity'] }],
  })) as { taskDefinition: { taskDefinitionArn: string } };
  narration.tell('task definition', taskDefinition.taskDefinitionArn);
  const { service } = (await call('ecs', 'CreateService', {
    cluster: CLUSTER,
    serviceName: SERVICE,
    taskDefinition: SERVICE,
    desiredCount: 1,
    launchType: 'FARGATE',
    enableExecuteCommand: true,
    networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-0123456789abcdef0'] } },
  })) as { service: { serviceArn: string } };
  narration.tell('service', service.serviceArn);
}

/** The main job: a service, a command inside its container, and the record of it. */
export async function sandboxDemo(connection: Connection, narration: Narration): Promise<void> {
  await createService(connection, narration);
  const tasks = async (): Promise<readonly string[]> => {
    const listed = await connection.call('ecs', 'ListTasks', { cluster: CLUSTER, serviceName: SERVICE });
    return (listed as { taskArns: string[] }).taskArns;
  };
  const task = await awaitTask(
    connection,
    CLUSTER,
    tasks,
    ({ containers }) => agentOf(containers?.[0])?.lastStatus === 'RUNNING',
  );
  narration.tell('task', task.taskArn);
  narration.tell('managed agent', `ExecuteCommandAgent ${agentOf(task.containers?.[0])?.lastStatus ?? ''}`);
  narration.say();
  narration.say(`$ gangway exec ${task.taskArn.split('/').at(-1) ?? ''} -- ${quoteCommand(COMMAND)}`);
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
  narration.say();
  narration.tell('session', started.sessionId);
  narration.tell('exit code', `${status} (the command ended with exit 7)`);
  narration.tell('encryption', 'AES-256-GCM under the data key that the KMS key made for this session alone');
  const { places, transcript } = await deliveredRecord(connection, started.sessionId);
  for (const [index, place] of places.entries())
    narration.say(`${index === 0 ? 'record' : '      '}           ${place}`);
  narration.say();
  for (const line of transcript.trimEnd().split('\n')) narration.say(`  ${line}`);
  if (status !== 7) throw new Error(`the command inside the container should have ended with 7, not ${status}`);
}
