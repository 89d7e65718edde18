import { refusedByRule } from '../../../platform/aws/access.js';
import type { RequestContext } from '../../../platform/aws/service.js';
import type { Queries } from '../../../platform/store/database.js';
import { managedInstanceOf } from '../../managed-instance-caller.js';
import { containerInstanceStore } from '../container-instance-store.js';
import { taskStore } from '../task-store.js';

/**
 * Managed instances of one role have the same policies: a host that was taken over must not speak for the others, nor be
 * given their tasks. Throws AccessDenied when the caller is a managed instance and one of the container instances is
 * another's. What is not there is the operation's to refuse.
 */
export async function requireOwnInstances(
  queries: Queries,
  context: RequestContext,
  action: string,
  arns: readonly (string | undefined)[],
): Promise<void> {
  const own = managedInstanceOf(context.caller);
  if (own === undefined) return;
  for (const arn of arns) {
    if (arn === undefined) continue;
    const instance = await containerInstanceStore.find(queries, arn);
    if (instance === undefined || instance.ec2InstanceId === own) continue;
    const reason = `the managed instance ${own} speaks only for itself; ${arn} is ${instance.ec2InstanceId}`;
    throw refusedByRule(context, action, arn, reason);
  }
}

/** The same of a report: of a task on its own container instance. Looked up for managed instances alone. */
export async function requireOwnTask(
  queries: Queries,
  context: RequestContext,
  action: string,
  taskArn: string,
): Promise<void> {
  if (managedInstanceOf(context.caller) === undefined) return;
  const task = await taskStore.find(queries, taskArn);
  await requireOwnInstances(queries, context, action, [task?.host]);
}

/** Fargate capacity is given tasks of every cluster: a managed instance has joined one, and offers none. */
export function requireMayOfferFargate(context: RequestContext, action: string): void {
  const own = managedInstanceOf(context.caller);
  if (own === undefined) return;
  throw refusedByRule(context, action, '*', `the managed instance ${own} cannot offer Fargate capacity`);
}
