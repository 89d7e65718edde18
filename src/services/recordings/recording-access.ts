import { parseTarget } from '../../core/protocol/target.js';
import { AccessDenied, type AccessQuestion, type Authorization, refusedByRule } from '../../platform/aws/access.js';
import { formatArn, parseArn } from '../../platform/aws/arn.js';
import type { RequestContext } from '../../platform/aws/service.js';
import { isHost } from '../ssmmessages/own-task.js';
import type { RecordedSession } from '../session-ports.js';

/** What the policies are asked of a record. The condition keys say whose session it was, and of what. */
export function recordingQuestion(
  action: string,
  sessionId: string,
  session: RecordedSession | undefined,
  context: RequestContext,
): AccessQuestion {
  const { caller, region } = context;
  const partition = parseArn(caller.arn)?.partition ?? 'aws';
  const { accountId } = caller;
  const arn = formatArn({ partition, service: 'ssm', region, accountId, resource: `session/${sessionId}` });
  return { action, resources: [{ arn }], ...(session && { conditions: conditionsOf(session) }) };
}

function conditionsOf({ owner, containerName, target, taskArn }: RecordedSession): Record<string, string> {
  const cluster = parseTarget(target)?.clusterName;
  const task = parseArn(taskArn);
  return {
    'gangway:owner': owner,
    'gangway:container-name': containerName,
    'gangway:task': taskArn,
    ...(task && cluster !== undefined && { 'gangway:cluster': formatArn({ ...task, resource: `cluster/${cluster}` }) }),
  };
}

/** Whether the policies allow it; the answer does not go to the audit. */
export async function isAllowed(
  authorization: Authorization | undefined,
  question: AccessQuestion,
  context: RequestContext,
): Promise<boolean> {
  if (authorization === undefined) return true;
  const silent: { decided?: unknown } & RequestContext = { ...context };
  delete silent.decided;
  try {
    await authorization.require(question, silent);
    return true;
  } catch (error) {
    if (error instanceof AccessDenied) return false;
    throw error;
  }
}

/**
 * Records are a host's to bring. A task must not, whatever its role may do: it would write its own record. Throws
 * {@link AccessDenied} in the words of a policy that does not allow it.
 */
export function requireHost(context: RequestContext, action: string, resource: string): void {
  if (isHost(context.caller)) return;
  const reason = 'a session of a role is no host unless it bears the name of an instance (i-… or mi-…)';
  throw refusedByRule(context, action, resource, reason);
}
