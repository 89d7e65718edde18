import { awsvpc, fargateDefinition } from '../ecs.fixture.js';
import { capacityTable } from './capacity-access-table.fixture.js';
import {
  api,
  CLUSTER,
  ECS,
  type Expected,
  ID,
  inDefault,
  INSTANCE,
  OTHER,
  passed,
  plainRun,
  plainService,
  requested,
  ROLE,
  service,
  subnet,
  tags,
  TASK,
  web,
} from './expected-question.fixture.js';
import { taskTable } from './task-access-table.fixture.js';

export const table: [operation: string, input: object, expected: Expected[]][] = [
  ...taskTable,
  ['CreateCluster', {}, [['ecs:CreateCluster', [[CLUSTER, { tier: 'one' }]], {}]]],
  [
    'CreateCluster',
    { clusterName: 'new', tags, capacityProviders: ['FARGATE'] },
    [
      [
        'ecs:CreateCluster',
        [`${ECS}:cluster/new`],
        { ...requested, 'ecs:capacity-provider': [`${ECS}:capacity-provider/FARGATE`] },
      ],
      ['ecs:TagResource', [`${ECS}:cluster/new`], { ...requested, 'ecs:CreateAction': 'CreateCluster' }],
    ],
  ],
  ['DeleteCluster', { cluster: 'other' }, [['ecs:DeleteCluster', [OTHER]]]],
  ['UpdateCluster', { cluster: OTHER }, [['ecs:UpdateCluster', [OTHER]]]],
  ['UpdateClusterSettings', { cluster: 'other', settings: [] }, [['ecs:UpdateClusterSettings', [OTHER]]]],
  [
    'PutClusterCapacityProviders',
    { cluster: 'default', capacityProviders: [], defaultCapacityProviderStrategy: [] },
    [['ecs:PutClusterCapacityProviders', [[CLUSTER, { tier: 'one' }]]]],
  ],
  ['DescribeClusters', {}, [['ecs:DescribeClusters', [[CLUSTER, { tier: 'one' }]]]]],
  [
    'DescribeClusters',
    { clusters: ['default', CLUSTER, 'other'] },
    [['ecs:DescribeClusters', [[CLUSTER, { tier: 'one' }], OTHER]]],
  ],
  ['ListClusters', {}, [['ecs:ListClusters', ['*']]]],
  ['ListContainerInstances', { cluster: 'other' }, [['ecs:ListContainerInstances', [OTHER]]]],
  [
    'RegisterContainerInstance',
    { cluster: 'other', tags },
    [
      ['ecs:RegisterContainerInstance', [OTHER], requested],
      [
        'ecs:TagResource',
        [`${ECS}:container-instance/other/*`],
        { ...requested, 'ecs:CreateAction': 'RegisterContainerInstance' },
      ],
    ],
  ],
  [
    'DeregisterContainerInstance',
    { containerInstance: INSTANCE.replace('default', 'other') },
    [['ecs:DeregisterContainerInstance', [OTHER]]],
  ],
  // The cluster of the request is the one that is acted on, whatever the ARN says.
  [
    'DeregisterContainerInstance',
    { cluster: 'other', containerInstance: INSTANCE },
    [['ecs:DeregisterContainerInstance', [OTHER]]],
  ],
  [
    'DescribeContainerInstances',
    { containerInstances: [ID, INSTANCE.replace('default', 'other')] },
    [['ecs:DescribeContainerInstances', [INSTANCE, INSTANCE.replace('default', 'other')], inDefault]],
  ],
  ...capacityTable,
  ['DiscoverPollEndpoint', {}, [['ecs:DiscoverPollEndpoint', ['*']]]],
  ['SubmitTaskStateChange', { task: `${ECS}:task/other/${ID}` }, [['ecs:SubmitTaskStateChange', [OTHER]]]],
  ['SubmitContainerStateChange', { cluster: 'other', task: ID }, [['ecs:SubmitContainerStateChange', [OTHER]]]],
  [
    'RegisterTaskDefinition',
    {
      ...fargateDefinition,
      tags,
      cpu: '1 vCPU',
      memory: '2 GB',
      executionRoleArn: `${ROLE}/path/exec`,
      containerDefinitions: [{ name: 'app', image: 'host', privileged: true }],
    },
    [
      [
        'ecs:RegisterTaskDefinition',
        [`${ECS}:task-definition/web:*`],
        {
          ...requested,
          'ecs:compute-compatibility': ['FARGATE'],
          'ecs:privileged': 'true',
          'ecs:task-cpu': '1024',
          'ecs:task-memory': '2048',
        },
      ],
      [
        'ecs:TagResource',
        [`${ECS}:task-definition/web:*`],
        { ...requested, 'ecs:CreateAction': 'RegisterTaskDefinition' },
      ],
      ['iam:PassRole', [`${ROLE}/task-role`], passed(`${ECS}:task-definition/web:*`)],
      ['iam:PassRole', [`${ROLE}/path/exec`], passed(`${ECS}:task-definition/web:*`)],
    ],
  ],
  ['DeregisterTaskDefinition', { taskDefinition: 'web:1' }, [['ecs:DeregisterTaskDefinition', ['*']]]],
  ['DescribeTaskDefinition', { taskDefinition: 'web:1' }, [['ecs:DescribeTaskDefinition', ['*']]]],
  ['ListTaskDefinitions', {}, [['ecs:ListTaskDefinitions', ['*']]]],
  ['ListTaskDefinitionFamilies', {}, [['ecs:ListTaskDefinitionFamilies', ['*']]]],
  [
    'RunTask',
    { taskDefinition: 'web:1' },
    [
      ['ecs:RunTask', [[web, { app: 'web' }]], plainRun],
      ['iam:PassRole', [`${ROLE}/task-role`], passed(`${ECS}:task/default/*`)],
    ],
  ],
  [
    'RunTask',
    {
      ...awsvpc,
      taskDefinition: web,
      cluster: 'other',
      tags,
      enableExecuteCommand: true,
      capacityProviderStrategy: [{ capacityProvider: 'FARGATE_SPOT' }],
      overrides: { taskRoleArn: 'mine', executionRoleArn: `${ROLE}/exec`, cpu: '512', memory: '1024' },
    },
    [
      [
        'ecs:RunTask',
        [[web, { app: 'web' }]],
        {
          ...requested,
          'ecs:cluster': OTHER,
          'ecs:enable-execute-command': 'true',
          'ecs:enable-ebs-volumes': 'false',
          'ecs:task-cpu': '512',
          'ecs:task-memory': '1024',
          ...subnet,
          'ecs:capacity-provider': [`${ECS}:capacity-provider/FARGATE_SPOT`],
        },
      ],
      ['ecs:TagResource', [`${ECS}:task/other/*`], { ...requested, 'ecs:CreateAction': 'RunTask' }],
      ['iam:PassRole', [`${ROLE}/mine`], passed(`${ECS}:task/other/*`)],
      ['iam:PassRole', [`${ROLE}/exec`], passed(`${ECS}:task/other/*`)],
    ],
  ],
  [
    'RunTask',
    { taskDefinition: 'absent:7' },
    [
      [
        'ecs:RunTask',
        [`${ECS}:task-definition/absent:7`],
        {
          ...inDefault,
          'ecs:enable-execute-command': 'false',
          'ecs:enable-ebs-volumes': 'false',
        },
      ],
    ],
  ],
  [
    'StartTask',
    { taskDefinition: 'web:1', containerInstances: [ID] },
    [
      ['ecs:StartTask', [[web, { app: 'web' }]], { ...plainRun, 'ecs:container-instances': [INSTANCE] }],
      ['iam:PassRole', [`${ROLE}/task-role`], passed(`${ECS}:task/default/*`)],
    ],
  ],
  ['StopTask', { task: ID }, [['ecs:StopTask', [[TASK, { owner: 'ann' }]], inDefault]]],
  [
    'StopTask',
    { task: TASK, cluster: 'other' },
    [['ecs:StopTask', [`${ECS}:task/other/${ID}`], { 'ecs:cluster': OTHER }]],
  ],
  [
    'DescribeTasks',
    { tasks: [ID, TASK, TASK.replace('default', 'other')] },
    [
      [
        'ecs:DescribeTasks',
        [[TASK, { owner: 'ann' }], [TASK, { owner: 'ann' }], TASK.replace('default', 'other')],
        inDefault,
      ],
    ],
  ],
  ['ListTasks', {}, [['ecs:ListTasks', ['*'], inDefault]]],
  ['ListTasks', { containerInstance: ID }, [['ecs:ListTasks', [INSTANCE], inDefault]]],
  ['ExecuteCommand', { task: ID, command: 'sh', interactive: true }, []],
  [
    'CreateService',
    service,
    [
      ['ecs:CreateService', [[api, { tier: 'two' }]], plainService],
      ['iam:PassRole', [`${ROLE}/task-role`], passed(api)],
    ],
  ],
  [
    'CreateService',
    {
      ...awsvpc,
      ...service,
      tags,
      role: 'lb',
      enableExecuteCommand: true,
      enableECSManagedTags: true,
      propagateTags: 'SERVICE',
      serviceConnectConfiguration: { enabled: true, namespace: 'arn:aws:servicediscovery:x' },
    },
    [
      [
        'ecs:CreateService',
        [[api, { tier: 'two' }]],
        {
          ...plainService,
          ...requested,
          ...subnet,
          'ecs:enable-execute-command': 'true',
          'ecs:enable-ecs-managed-tags': 'true',
          'ecs:propagate-tags': 'SERVICE',
          'ecs:enable-service-connect': 'true',
          'ecs:namespace': 'arn:aws:servicediscovery:x',
        },
      ],
      ['ecs:TagResource', [[api, { tier: 'two' }]], { ...requested, 'ecs:CreateAction': 'CreateService' }],
      ['iam:PassRole', [`${ROLE}/task-role`], passed(api)],
      [
        'iam:PassRole',
        [`${ROLE}/lb`],
        { 'iam:PassedToService': 'ecs.amazonaws.com', 'iam:AssociatedResourceArn': api },
      ],
    ],
  ],
  // It has exec: leaving it out starts tasks with exec.
  [
    'UpdateService',
    { service: 'api', forceNewDeployment: true },
    [
      [
        'ecs:UpdateService',
        [[api, { tier: 'two' }]],
        { ...plainService, ...subnet, 'ecs:enable-execute-command': 'true' },
      ],
    ],
  ],
  [
    'UpdateService',
    { service: api, enableExecuteCommand: false, taskDefinition: 'web:1' },
    [
      ['ecs:UpdateService', [[api, { tier: 'two' }]], { ...plainService, ...subnet }],
      ['iam:PassRole', [`${ROLE}/task-role`], passed(api)],
    ],
  ],
  ['DeleteService', { service: 'api' }, [['ecs:DeleteService', [[api, { tier: 'two' }]], inDefault]]],
  [
    'DescribeServices',
    { services: ['api', 'none'] },
    [['ecs:DescribeServices', [[api, { tier: 'two' }], `${ECS}:service/default/none`], inDefault]],
  ],
  ['ListServices', { cluster: 'other' }, [['ecs:ListServices', ['*'], { 'ecs:cluster': OTHER }]]],
  ['TagResource', { resourceArn: TASK, tags }, [['ecs:TagResource', [[TASK, { owner: 'ann' }]], requested]]],
  [
    'UntagResource',
    { resourceArn: TASK, tagKeys: ['owner'] },
    [['ecs:UntagResource', [[TASK, { owner: 'ann' }]], { 'aws:TagKeys': ['owner'] }]],
  ],
  ['ListTagsForResource', { resourceArn: CLUSTER }, [['ecs:ListTagsForResource', [[CLUSTER, { tier: 'one' }]]]]],
  ['ListAccountSettings', {}, [['ecs:ListAccountSettings', ['*'], {}]]],
  ...['PutAccountSetting', 'PutAccountSettingDefault', 'DeleteAccountSetting'].map(
    (operation): [string, object, Expected[]] => [
      operation,
      { name: 'containerInsights', value: 'enabled' },
      [[`ecs:${operation}`, ['*'], { 'ecs:account-setting': 'containerInsights' }]],
    ],
  ),
];
