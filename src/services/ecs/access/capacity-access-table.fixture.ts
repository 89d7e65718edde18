import {
  api,
  ECS,
  type Expected,
  ID,
  inDefault,
  INSTANCE,
  OTHER,
  requested,
  tags,
} from './expected-question.fixture.js';

/** Rows of container instances, capacity providers and service deployments. */
export const capacityTable: [operation: string, input: object, expected: Expected[]][] = [
  [
    'UpdateContainerInstancesState',
    { containerInstances: [ID, INSTANCE], status: 'DRAINING' },
    [['ecs:UpdateContainerInstancesState', [INSTANCE], inDefault]],
  ],
  ['UpdateContainerAgent', { containerInstance: INSTANCE }, [['ecs:UpdateContainerAgent', [INSTANCE], inDefault]]],
  ['ListAttributes', { cluster: 'other', targetType: 'container-instance' }, [['ecs:ListAttributes', [OTHER]]]],
  // As in DeregisterContainerInstance: the cluster of the request is the one that is acted on.
  [
    'PutAttributes',
    {
      cluster: 'other',
      attributes: [
        { name: 'a', targetId: INSTANCE },
        { name: 'b', targetId: ID },
      ],
    },
    [['ecs:PutAttributes', [INSTANCE.replace('default', 'other')], { 'ecs:cluster': OTHER }]],
  ],
  [
    'DeleteAttributes',
    { attributes: [{ name: 'a', targetId: ID }] },
    [['ecs:DeleteAttributes', [INSTANCE], inDefault]],
  ],
  [
    'CreateCapacityProvider',
    { name: 'mine', tags },
    [
      ['ecs:CreateCapacityProvider', [`${ECS}:capacity-provider/mine`], requested],
      [
        'ecs:TagResource',
        [`${ECS}:capacity-provider/mine`],
        { ...requested, 'ecs:CreateAction': 'CreateCapacityProvider' },
      ],
    ],
  ],
  ['UpdateCapacityProvider', { name: 'mine' }, [['ecs:UpdateCapacityProvider', [`${ECS}:capacity-provider/mine`]]]],
  [
    'DeleteCapacityProvider',
    { capacityProvider: `${ECS}:capacity-provider/mine` },
    [['ecs:DeleteCapacityProvider', [`${ECS}:capacity-provider/mine`]]],
  ],
  [
    'DescribeCapacityProviders',
    {},
    [['ecs:DescribeCapacityProviders', [`${ECS}:capacity-provider/FARGATE`, `${ECS}:capacity-provider/FARGATE_SPOT`]]],
  ],
  [
    'DescribeCapacityProviders',
    { capacityProviders: ['x'] },
    [['ecs:DescribeCapacityProviders', [`${ECS}:capacity-provider/x`]]],
  ],
  [
    'ListServiceDeployments',
    { service: 'none', cluster: 'other' },
    [['ecs:ListServiceDeployments', [`${ECS}:service/other/none`], { 'ecs:cluster': OTHER }]],
  ],
  [
    'DescribeServiceDeployments',
    { serviceDeploymentArns: [`${ECS}:service-deployment/default/api/x`] },
    [
      [
        'ecs:DescribeServiceDeployments',
        [`${ECS}:service-deployment/default/api/x`],
        { ...inDefault, 'ecs:service': api },
      ],
    ],
  ],
  [
    'DescribeServiceRevisions',
    { serviceRevisionArns: [`${ECS}:service-revision/default/api/1`] },
    [['ecs:DescribeServiceRevisions', [`${ECS}:service-revision/default/api/1`], { ...inDefault, 'ecs:service': api }]],
  ],
];
