import type { AccessQuestion } from '../../../platform/aws/access.js';

export const ECS = 'arn:aws:ecs:eu-central-1:111122223333';
export const ROLE = 'arn:aws:iam::111122223333:role';
export const CLUSTER = `${ECS}:cluster/default`;
export const OTHER = `${ECS}:cluster/other`;
export const ID = '0123456789abcdef0123456789abcdef';
export const TASK = `${ECS}:task/default/${ID}`;
export const INSTANCE = `${ECS}:container-instance/default/${ID}`;
export const inDefault = { 'ecs:cluster': CLUSTER };

/** Resources without tags are `arn`, with tags `[arn, tags]`. */
export type Expected = [action: string, resources: (string | [string, Record<string, string>])[], conditions?: object];

export function question([action, resources, conditions]: Expected): AccessQuestion {
  return {
    action,
    resources: resources.map((resource) => {
      const [arn, tags] = typeof resource === 'string' ? [resource, {}] : resource;
      return arn === '*' || arn.includes(':role/') || arn.includes('*') ? { arn } : { arn, tags };
    }),
    ...(conditions !== undefined && { conditions: conditions as Record<string, string> }),
  };
}

export const passed = (associated: string) => ({
  'iam:PassedToService': 'ecs-tasks.amazonaws.com',
  'iam:AssociatedResourceArn': associated,
});
export const tags = [{ key: 'team', value: 'blue' }];
export const requested = { 'aws:RequestTag/team': 'blue', 'aws:TagKeys': ['team'] };
export const subnet = { 'ecs:subnet': ['subnet-12344321'], 'ecs:auto-assign-public-ip': 'false' };
export const size = { 'ecs:task-cpu': '256', 'ecs:task-memory': '512' };
export const plainRun = {
  ...inDefault,
  'ecs:enable-execute-command': 'false',
  'ecs:enable-ebs-volumes': 'false',
  ...size,
};
export const plainService = {
  ...inDefault,
  'ecs:task-definition': `${ECS}:task-definition/web:1`,
  'ecs:enable-execute-command': 'false',
  'ecs:enable-ecs-managed-tags': 'false',
  'ecs:propagate-tags': 'NONE',
  'ecs:enable-service-connect': 'false',
  'ecs:enable-vpc-lattice': 'false',
  'ecs:enable-ebs-volumes': 'false',
  ...size,
};
export const web = `${ECS}:task-definition/web:1`;
export const api = `${ECS}:service/default/api`;
export const service = { taskDefinition: 'web:1', serviceName: 'api', desiredCount: 1 };
