import { userCondition } from '../../core/protocol/session-document.js';
import type { DoctorApi } from './doctor-api.js';
import { type Fact, known, whenKnown, unknown } from './fact.js';
import type { Facts } from './facts.js';
import { lastPart } from './find-task.js';
import { joined, type Question, simulate, type Verdict } from './simulate.js';

export const CHANNEL_ACTIONS: readonly string[] = [
  'ssmmessages:CreateControlChannel',
  'ssmmessages:CreateDataChannel',
  'ssmmessages:OpenControlChannel',
  'ssmmessages:OpenDataChannel',
];

type Known = Omit<Facts, 'callerMay' | 'roleMay' | 'vpcEndpoints'>;
type Verdicts = Fact<readonly Verdict[]>;

const ROOT_MAY: Verdicts = known([]);

/** What the caller may do, with the condition keys that the request would have. */
export async function callerMay(api: DoctorApi, facts: Known): Promise<Facts['callerMay']> {
  const { identity, caller, region, clusterName, taskReference, containerName, key, asked } = facts;
  const cluster = facts.cluster.known ? facts.cluster.value : undefined;
  const task = facts.task.known ? facts.task.value : undefined;
  const ofCaller = (question: (account: string) => Question): Promise<Verdicts> =>
    whenKnown(identity, ({ partition, accountId }) =>
      whenKnown(caller, (source) =>
        source === undefined
          ? ROOT_MAY
          : simulate(api, source.arn, question(`arn:${partition}:ecs:${region}:${accountId}`)),
      ),
    );
  const clusterArn = (ecs: string): string => cluster?.clusterArn ?? `${ecs}:cluster/${clusterName}`;
  const taskArn = (ecs: string): string => task?.taskArn ?? `${ecs}:task/${clusterName}/${lastPart(taskReference)}`;
  const request = (ecs: string): Record<string, string> => ({
    'ecs:cluster': clusterArn(ecs),
    'ecs:task': taskArn(ecs),
    'aws:RequestedRegion': region,
    ...(containerName !== undefined && { 'ecs:container-name': containerName }),
    ...(task?.enableExecuteCommand !== undefined && {
      'ecs:enable-execute-command': String(task.enableExecuteCommand),
    }),
    ...ownKeys(asked),
  });
  const keyArn = key?.known === true ? key.value?.arn : undefined;
  const [onCluster, onTask, generateDataKey] = await Promise.all([
    ofCaller((ecs) => ({
      actions: ['ecs:ExecuteCommand'],
      resource: clusterArn(ecs),
      context: { ...request(ecs), ...tagKeys(cluster?.tags) },
    })),
    ofCaller((ecs) => ({
      actions: ['ecs:ExecuteCommand', 'ssm:StartSession'],
      resource: taskArn(ecs),
      context: { ...request(ecs), ...tagKeys(task?.tags) },
    })),
    keyArn === undefined
      ? undefined
      : ofCaller(() => ({ actions: ['kms:GenerateDataKey'], resource: keyArn, context: viaKms(facts) })),
  ]);
  return {
    executeCommand: joined([onCluster, only(onTask, 'ecs:ExecuteCommand')]),
    startSession: only(onTask, 'ssm:StartSession'),
    ...(key && { generateDataKey: generateDataKey ?? noKey(key) }),
  };
}

/** Gangway's condition keys of a session (AWS has none of them, and ignores what it does not know). */
function ownKeys({ command, user }: Known['asked']): Record<string, string> {
  return {
    'gangway:user': userCondition(user),
    'gangway:debug': 'false',
    ...(command !== undefined && { 'gangway:command': command }),
  };
}

/** What the role may do that the agent in the container acts as (ecs-api 5). */
export async function roleMay(api: DoctorApi, facts: Known): Promise<Facts['roleMay']> {
  const { identity, role, region, key, logTarget, bucketTarget } = facts;
  const ofRole = (...questions: readonly Question[]): Promise<Verdicts> =>
    whenKnown(role, async (value) =>
      value === undefined
        ? unknown('there is no role')
        : joined(await Promise.all(questions.map((question) => simulate(api, value.arn, question)))),
    );
  const { partition = 'aws', accountId = '' } = identity.known ? identity.value : {};
  const keyArn = key?.known === true ? key.value?.arn : undefined;
  const [channels, decrypt, logs, bucket] = await Promise.all([
    ofRole({ actions: CHANNEL_ACTIONS }),
    keyArn === undefined ? undefined : ofRole({ actions: ['kms:Decrypt'], resource: keyArn, context: viaKms(facts) }),
    logTarget &&
      ofRole(
        { actions: ['logs:DescribeLogGroups'] },
        {
          actions: ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
          resource: `arn:${partition}:logs:${region}:${accountId}:log-group:${logTarget.name}:*`,
        },
      ),
    bucketTarget &&
      ofRole(
        { actions: ['s3:PutObject'], resource: `arn:${partition}:s3:::${bucketTarget.name}/${objectKey(facts)}` },
        {
          actions: ['s3:GetBucketLocation', ...(bucketTarget.mustBeEncrypted ? ['s3:GetEncryptionConfiguration'] : [])],
          resource: `arn:${partition}:s3:::${bucketTarget.name}`,
        },
      ),
  ]);
  return {
    channels,
    ...(key && { decrypt: decrypt ?? noKey(key) }),
    ...(logs && { logs }),
    ...(bucket && { bucket }),
  };
}

function only(verdicts: Verdicts, action: string): Verdicts {
  return verdicts.known ? known(verdicts.value.filter((one) => one.action === action)) : verdicts;
}

function noKey(key: NonNullable<Facts['key']>): Verdicts {
  return key.known ? unknown('there is no such key') : key;
}

/** Tags are looked at under both of their names. */
function tagKeys(tags: readonly { readonly key?: string; readonly value?: string }[] = []): Record<string, string> {
  return Object.fromEntries(
    tags.flatMap(({ key = '', value = '' }) => [
      [`aws:ResourceTag/${key}`, value],
      [`ecs:ResourceTag/${key}`, value],
    ]),
  );
}

/** The encryption context of a session, as far as it is known before there is one (wire-protocol 4.2). */
function viaKms({ clusterName, task, containers, containerName }: Known): Record<string, string> {
  const found = task.known ? task.value : undefined;
  const runtimeId = containers.find(({ name }) => name === containerName)?.runtimeId;
  if (found === undefined || runtimeId === undefined) return {};
  return {
    'kms:EncryptionContext:aws:ssm:TargetId': `ecs:${clusterName}_${lastPart(found.taskArn)}_${runtimeId}`,
  };
}

/** Of the record that a session would leave in the bucket. */
function objectKey({ bucketTarget }: Known): string {
  const name = 'ecs-execute-command-0123456789abcdef0.log';
  const prefix = (bucketTarget?.prefix ?? '').replace(/\/+$/, '');
  return prefix === '' ? name : `${prefix}/${name}`;
}
