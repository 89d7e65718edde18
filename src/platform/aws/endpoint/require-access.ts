import { AccessDenied, type Access, type Authorization } from '../access.js';
import type { RequestContext } from '../service.js';

/** Asks the policies all that a request needs. Where there are policies, what no table speaks of is refused. */
export async function requireAccess<Input>(
  authorization: Authorization | undefined,
  access: Access<Input> | undefined,
  input: Input,
  context: RequestContext,
): Promise<void> {
  if (authorization === undefined) return;
  if (access === undefined) throw unlisted(context);
  for (const question of await access(input, context)) await authorization.require(question, context);
}

function unlisted({ caller, service = '', operation = '' }: RequestContext): AccessDenied {
  const action = `${service}:${operation}`;
  return new AccessDenied(
    `User: ${caller.arn} is not authorized to perform: ${action}`,
    {
      action,
      resource: '*',
      decision: { decision: 'implicitDeny', policyType: 'identity', reasons: [], missingContextKeys: [] },
    },
    `the operation's table does not say what it needs; this is a fault of the endpoint`,
  );
}
