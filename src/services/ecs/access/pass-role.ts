import type { AccessQuestion } from '../../../platform/aws/access.js';

/** Who takes the roles of tasks. */
export const TASKS_SERVICE = 'ecs-tasks.amazonaws.com';

/** Handing a role to a service is an action of its own. `associatedArn` is what will work with the role. */
export function passRoles(
  roleArns: readonly (string | undefined)[],
  associatedArn: string,
  service = TASKS_SERVICE,
): readonly AccessQuestion[] {
  return [...new Set(roleArns)]
    .filter((arn): arn is string => arn !== undefined && arn !== '')
    .map((arn) => ({
      action: 'iam:PassRole',
      resources: [{ arn }],
      conditions: { 'iam:PassedToService': service, 'iam:AssociatedResourceArn': associatedArn },
    }));
}
