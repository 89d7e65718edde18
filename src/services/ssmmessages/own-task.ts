import { parseTarget } from '../../core/protocol/target.js';
import { AccessDenied } from '../../platform/aws/access.js';
import type { Caller } from '../../platform/aws/service.js';

/** How EC2 names the session of an instance profile: the role of a container host. */
const INSTANCE_ID = /^i-[0-9a-f]{8,17}$/;

/**
 * Who may play the agent of a target. A session of a task's role is named after its task and speaks for that task
 * alone: with the role of one task nobody takes the channels of another, though the action knows no resources. Hosts
 * speak for all their tasks: a user's key or the root's, and a role session that bears an instance's name. Every other
 * role session is refused.
 */
export function mayPlayAgent({ type, arn }: Pick<Caller, 'type' | 'arn'>, target: string): boolean {
  if (type !== 'assumed-role') return true;
  const sessionName = arn.slice(arn.lastIndexOf('/') + 1);
  return INSTANCE_ID.test(sessionName) || sessionName === parseTarget(target)?.taskId;
}

/** Throws {@link AccessDenied} in the words of a policy that does not allow it. */
export function requireOwnTask(caller: Caller, target: string, action: string): void {
  if (mayPlayAgent(caller, target)) return;
  throw new AccessDenied(
    `User: ${caller.arn} is not authorized to perform: ${action} because no identity-based policy allows the ${action} action`,
    {
      action,
      resource: '*',
      decision: { decision: 'implicitDeny', policyType: 'identity', reasons: [], missingContextKeys: [] },
    },
    `a role session may open channels only for the task it is named after; the target is ${target}`,
  );
}
