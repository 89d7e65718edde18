import { quoteWord } from '../quote-command.js';
import type { Facts } from './facts.js';
import { lastPart } from './find-task.js';
import type { Check } from './finding.js';

/** A command of the AWS CLI. */
export function aws(...words: readonly string[]): string {
  return ['aws', ...words].map(quoteWord).join(' ');
}

/**
 * A policy of their own for a user or a role, which allows just this; nothing for anybody else. Each check has a policy
 * under its name: what was pasted for another stays.
 */
export function allow(check: Check, principalArn: string, statements: readonly Statement[]): readonly string[] {
  const [, kind, path = ''] = /:(user|role)\/(.+)$/.exec(principalArn) ?? [];
  if (kind === undefined) return [];
  const document = JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map(({ actions, resources }) => ({ Effect: 'Allow', Action: actions, Resource: resources })),
  });
  const names = [
    `--${kind}-name`,
    lastPart(path),
    '--policy-name',
    `ecs-exec-${check.name}`,
    '--policy-document',
    document,
  ];
  return [aws('iam', `put-${kind}-policy`, ...names)];
}

/** Commands that show where the statements of a user or a role are. */
export function listPolicies(principalArn: string): readonly string[] {
  const [, kind, path = ''] = /:(user|role)\/(.+)$/.exec(principalArn) ?? [];
  if (kind === undefined) return [];
  const name = [`--${kind}-name`, lastPart(path)];
  return [aws('iam', `list-${kind}-policies`, ...name), aws('iam', `list-attached-${kind}-policies`, ...name)];
}

export interface Statement {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
}

/** A task like this one, with exec: by its service where it has one. `roleArn` instead of the role that it has. */
export function startAgain(facts: Facts, roleArn?: string): readonly string[] {
  const task = facts.task.known ? facts.task.value : undefined;
  if (task === undefined) return [];
  const { clusterName } = facts;
  const service = /^service:(.+)$/.exec(task.group ?? '')?.[1];
  if (service !== undefined && roleArn === undefined) {
    const names = ['--cluster', clusterName, '--service', service];
    return [aws('ecs', 'update-service', ...names, '--enable-execute-command', '--force-new-deployment')];
  }
  const taskRoleArn = roleArn ?? task.overrides?.taskRoleArn;
  const subnet = facts.subnet.known ? facts.subnet.value?.subnetId : undefined;
  return [
    aws(
      ...['ecs', 'run-task', '--cluster', clusterName, '--task-definition', lastPart(task.taskDefinitionArn)],
      ...(task.launchType === undefined ? [] : ['--launch-type', task.launchType]),
      '--enable-execute-command',
      ...(subnet === undefined ? [] : ['--network-configuration', `awsvpcConfiguration={subnets=[${subnet}]}`]),
      ...(taskRoleArn === undefined ? [] : ['--overrides', JSON.stringify({ taskRoleArn })]),
    ),
  ];
}
