import type { AwsClient } from '../platform/aws/aws-client.js';
import { childOf, textOf } from '../platform/aws/outgoing/xml-element.js';
import { policyDocument } from './cli/policy-examples.js';

/** Version of IAM's API, which every request names. */
export const IAM_VERSION = '2010-05-08';

/** Makes a role that ECS may take for its tasks, with one inline policy. Resolves to its ARN. */
export async function createTaskRole(
  query: AwsClient['query'],
  name: string,
  statements: readonly object[],
): Promise<string> {
  const iam = (action: string, parameters: Record<string, string>): ReturnType<AwsClient['query']> =>
    query('iam', IAM_VERSION, action, { RoleName: name, ...parameters });
  const Principal = { Service: 'ecs-tasks.amazonaws.com' };
  const trust = policyDocument([{ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' }]);
  const created = await iam('CreateRole', { AssumeRolePolicyDocument: JSON.stringify(trust) });
  await iam('PutRolePolicy', { PolicyName: 'exec', PolicyDocument: JSON.stringify(policyDocument(statements)) });
  const arn = textOf(childOf(created, 'Role'), 'Arn');
  if (arn === undefined) throw new Error(`CreateRole answered without the ARN of ${name}`);
  return arn;
}
