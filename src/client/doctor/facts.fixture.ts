import { known } from './fact.js';
import type { Container, ContainerDefinition, Facts, Task, TaskDefinition } from './facts.js';
import { CHANNEL_ACTIONS } from './permissions.js';
import type { Verdict } from './simulate.js';

export const TASK_ARN = 'arn:aws:ecs:eu-central-1:111122223333:task/demo/0123456789abcdef0123456789abcdef';
export const ROLE_ARN = 'arn:aws:iam::111122223333:role/app';

export const verdict = (action: string, more: Partial<Verdict> = {}): Verdict => ({
  ...{ action, resource: '*', decision: 'allowed', missingKeys: [] },
  ...more,
});

export const healthyTask: Task = {
  ...{ taskArn: TASK_ARN, taskDefinitionArn: 'arn:aws:ecs:eu-central-1:111122223333:task-definition/app:3' },
  ...{ launchType: 'FARGATE', platformVersion: '1.4.0', platformFamily: 'Linux' },
  ...{ lastStatus: 'RUNNING', desiredStatus: 'RUNNING', enableExecuteCommand: true },
  containers: [healthyContainer('app')],
};

function healthyContainer(name: string): Container {
  const managedAgents = [{ name: 'ExecuteCommandAgent', lastStatus: 'RUNNING' }];
  return { name, lastStatus: 'RUNNING', runtimeId: 'r-1', managedAgents };
}

const definition: TaskDefinition = {
  ...{ family: 'app', revision: 3, taskRoleArn: ROLE_ARN },
  containerDefinitions: [{ name: 'app', linuxParameters: { initProcessEnabled: true } }],
};

/** Nothing to complain of. */
export const healthy: Facts = {
  ...{ region: 'eu-central-1', clusterName: 'demo', taskReference: TASK_ARN, containerName: 'app', asked: {} },
  ...{ awsCli: 'aws-cli/2.15.1 Python/3.11', plugin: '1.2.650.0' },
  identity: known({
    ...{ accountId: '111122223333', arn: 'arn:aws:iam::111122223333:user/ann', userId: 'AIDA', partition: 'aws' },
  }),
  caller: known({ arn: 'arn:aws:iam::111122223333:user/ann' }),
  cluster: known({
    ...{ clusterArn: 'arn:aws:ecs:eu-central-1:111122223333:cluster/demo', clusterName: 'demo', status: 'ACTIVE' },
    configuration: {
      executeCommandConfiguration: { logging: 'OVERRIDE', logConfiguration: { cloudWatchLogGroupName: '/exec' } },
    },
  }),
  otherClusters: [],
  task: known(healthyTask),
  taskElsewhere: undefined,
  definition: known(definition),
  containers: healthyTask.containers ?? [],
  connections: new Map([['app', known('connected')]]),
  logTarget: { name: '/exec', mustBeEncrypted: false, from: 'cluster' },
  logGroup: known({ logGroupName: '/exec' }),
  role: known({ arn: ROLE_ARN, from: 'task definition' as const }),
  callerMay: {
    executeCommand: known([verdict('ecs:ExecuteCommand')]),
    startSession: known([verdict('ssm:StartSession', { decision: 'implicitDeny' })]),
  },
  roleMay: {
    channels: known(CHANNEL_ACTIONS.map((action) => verdict(action))),
    logs: known([verdict('logs:DescribeLogGroups'), verdict('logs:PutLogEvents')]),
  },
  subnet: known({ subnetId: 'subnet-12344321', vpcId: 'vpc-12344321', ownerId: '111122223333', ipv6Native: false }),
  vpcEndpoints: known([]),
};

export const withTask = (more: Partial<Task>): Partial<Facts> => ({ task: known({ ...healthyTask, ...more }) });

export const withDefinition = (more: Partial<TaskDefinition>): Partial<Facts> => ({
  definition: known({ ...definition, ...more }),
});

export const withContainer = (more: Partial<ContainerDefinition>): Partial<Facts> =>
  withDefinition({ containerDefinitions: definition.containerDefinitions.map((one) => ({ ...one, ...more })) });
