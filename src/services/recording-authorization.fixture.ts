import { AccessDenied, type AccessQuestion, type Authorization } from '../platform/aws/access.js';
import type { RequestContext } from '../platform/aws/service.js';

/** Writes down what it is asked; refuses the actions named. */
export class RecordingAuthorization implements Authorization {
  readonly asked: AccessQuestion[] = [];
  readonly refused: Set<string>;

  constructor(...refused: string[]) {
    this.refused = new Set(refused);
  }

  require(question: AccessQuestion, { caller }: RequestContext): Promise<void> {
    this.asked.push(question);
    const { action, resources } = question;
    if (!this.refused.has(action)) return Promise.resolve();
    const { arn, shown = arn } = resources[0]!;
    const on = shown === '*' ? '' : ` on resource: ${shown}`;
    const decision = {
      decision: 'implicitDeny' as const,
      policyType: 'identity' as const,
      reasons: [],
      missingContextKeys: [],
    };
    throw new AccessDenied(
      `User: ${caller.arn} is not authorized to perform: ${action}${on} because no identity-based policy allows the ${action} action`,
      { action, resource: arn, decision },
      'refused by the test',
    );
  }
}
