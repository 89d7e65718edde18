import { verdictFinding } from './check-caller.js';
import { checkRecordingRole } from './check-recording.js';
import type { Facts } from './facts.js';
import { Check, type Finding } from './finding.js';
import { CHANNEL_ACTIONS } from './permissions.js';
import { allow, aws, startAgain } from './repair.js';

/** The role that the agent in the container acts as. */
export function checkTaskRole(facts: Facts): readonly Finding[] {
  const { role, task } = facts;
  const check = new Check('task-role', 'Task role');
  if (task.known && task.value === undefined) return [];
  if (!role.known) return [check.notChecked(role.why)];
  if (role.value === undefined) return [missing(check, facts)];
  const { arn, from } = role.value;
  return [check.ok(`${arn} (of the ${from})`), channels(facts, arn), ...checkRecordingRole(facts)];
}

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

function missing(check: Check, facts: Facts): Finding {
  const { identity } = facts;
  const { partition = 'aws', accountId = 'ACCOUNT' } = identity.known ? identity.value : {};
  const name = 'ecs-exec-task';
  const arn = `arn:${partition}:iam::${accountId}:role/${name}`;
  return check.failed(
    'neither the task nor its definition has a task role, which the agent needs to connect',
    aws('iam', 'create-role', '--role-name', name, '--assume-role-policy-document', TRUST),
    ...allow(check, arn, [{ actions: CHANNEL_ACTIONS, resources: ['*'] }]),
    ...startAgain(facts, arn),
  );
}

function channels({ roleMay: { channels: fact } }: Facts, arn: string): Finding {
  const check = new Check('role-channels', 'Role may open the channels of Session Manager');
  if (fact.known) return verdictFinding(check, fact.value, arn);
  if (fact.code !== 'NoSuchEntity') return check.notChecked(fact.why);
  return check.failed(
    `there is no role ${arn}`,
    aws(
      'iam',
      'create-role',
      '--role-name',
      arn.slice(arn.lastIndexOf('/') + 1),
      '--assume-role-policy-document',
      TRUST,
    ),
    ...allow(check, arn, [{ actions: CHANNEL_ACTIONS, resources: ['*'] }]),
  );
}
