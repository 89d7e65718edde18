import { parseTarget } from '../../core/protocol/target.js';
import { refusedByRule } from '../../platform/aws/access.js';
import type { Caller, RequestContext } from '../../platform/aws/service.js';

/** How EC2 names the session of an instance profile, and Systems Manager a managed instance's: a container host's. */
const INSTANCE_ID = /^(?:i-[0-9a-f]{8,17}|mi-[0-9a-f]{17})$/;

/**
 * Who may play the agent of a target. A session of a task's role is named after its task and speaks for that task
 * alone: with the role of one task nobody takes the channels of another, though the action knows no resources. Hosts
 * speak for all their tasks: a user's key or the root's, and a role session that bears an instance's name. Every other
 * role session is refused.
 */
export function mayPlayAgent({ type, arn }: Pick<Caller, 'type' | 'arn'>, target: string): boolean {
  return isHost({ type, arn }) || sessionNameOf(arn) === parseTarget(target)?.taskId;
}

/** Who speaks for all the tasks of a machine: a user, the root, or an instance's session of its role. */
export function isHost({ type, arn }: Pick<Caller, 'type' | 'arn'>): boolean {
  return type === 'user' || type === 'root' || (type === 'assumed-role' && INSTANCE_ID.test(sessionNameOf(arn)));
}

function sessionNameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

/** Throws {@link AccessDenied} in the words of a policy that does not allow it; the answer goes to the audit. */
export function requireOwnTask(context: RequestContext, target: string, action: string): void {
  if (mayPlayAgent(context.caller, target)) return;
  const reason = `a role session may open channels only for the task it is named after; the target is ${target}`;
  throw refusedByRule(context, action, '*', reason);
}
