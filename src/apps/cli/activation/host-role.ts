import { AwsError } from '../../../platform/aws/aws-error.js';
import { childOf, textOf } from '../../../platform/aws/outgoing/xml-element.js';
import { IAM_VERSION } from '../../create-task-role.js';
import type { Query } from '../connect.js';
import { policyDocument } from '../policy-examples.js';

export interface HostRole {
  readonly name: string;
  readonly cluster: string;
  readonly region: string;
}

const STS_VERSION = '2011-06-15';

/**
 * Makes the role of a cluster's hosts: one that Systems Manager may take, and that allows what `gangway agent` asks for,
 * in this cluster alone. A role that is there is left as it is; resolves to whether it was made.
 */
export async function ensureHostRole(query: Query, { name, cluster, region }: HostRole): Promise<boolean> {
  const iam = (action: string, parameters: Record<string, string>): ReturnType<Query> =>
    query('iam', IAM_VERSION, action, { RoleName: name, ...parameters });
  const caller = await query('sts', STS_VERSION, 'GetCallerIdentity', {});
  const [, partition = 'aws', , , account = ''] = (textOf(caller, 'Arn') ?? '').split(':');
  const Condition = { StringEquals: { 'aws:SourceAccount': account } };
  const Principal = { Service: 'ssm.amazonaws.com' };
  const trust = policyDocument([{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole', Condition }]);
  try {
    const created = await iam('CreateRole', { AssumeRolePolicyDocument: JSON.stringify(trust) });
    if (childOf(created, 'Role') === undefined) throw new Error(`CreateRole answered without the role ${name}`);
  } catch (error) {
    if (error instanceof AwsError && error.code === 'EntityAlreadyExists') return false;
    throw error;
  }
  const arn = (service: string, rest: string): string => `arn:${partition}:${service}:${region}:${account}:${rest}`;
  const clusterArn = arn('ecs', `cluster/${cluster}`);
  const inCluster = { ArnEquals: { 'ecs:cluster': clusterArn } };
  const statements = [
    {
      Effect: 'Allow',
      Action: ['ecs:RegisterContainerInstance', 'ecs:DeregisterContainerInstance', 'ecs:Submit*'],
      Resource: clusterArn,
    },
    { Effect: 'Allow', Action: ['ecs:DiscoverPollEndpoint'], Resource: '*' },
    {
      Effect: 'Allow',
      Action: ['ecs:Poll', 'ecs:UpdateContainerInstancesState'],
      Resource: arn('ecs', `container-instance/${cluster}/*`),
      Condition: inCluster,
    },
    {
      Effect: 'Allow',
      Action: 'ssm:UpdateInstanceInformation',
      Resource: arn('ssm', 'managed-instance/*'),
    },
    // Records of sessions in the cluster's tasks, which its hosts bring.
    {
      Effect: 'Allow',
      Action: 'gangway:PutRecording',
      Resource: arn('ssm', 'session/*'),
      Condition: { ArnEquals: { 'gangway:cluster': clusterArn } },
    },
    { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: '*' },
  ];
  await iam('PutRolePolicy', { PolicyName: 'host', PolicyDocument: JSON.stringify(policyDocument(statements)) });
  return true;
}
