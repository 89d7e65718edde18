import type { Access } from '../../platform/aws/access.js';
import { CONTROL_CHANNEL_PATH, DATA_CHANNEL_PATH, subjectOf } from './channel-paths.js';
import { requireOwnTask } from './own-task.js';
import type { SessionLedger } from './session-ledger.js';

type ChannelAccess = Access<{ readonly path: string }>;

/** The four actions have no resources (ecs-api 7.5); whose task it is, is asked beside them. */
export function controlChannelAccess(action: 'CreateControlChannel' | 'OpenControlChannel'): ChannelAccess {
  const name = `ssmmessages:${action}`;
  return ({ path }, { caller }) => {
    requireOwnTask(caller, subjectOf(path, CONTROL_CHANNEL_PATH), name);
    return [{ action: name, resources: [{ arn: '*' }] }];
  };
}

/** Clients do not sign: their token is all they have, and they are never asked. */
export function dataChannelAccess(
  action: 'CreateDataChannel' | 'OpenDataChannel',
  ledger: Pick<SessionLedger, 'find'>,
): ChannelAccess {
  const name = `ssmmessages:${action}`;
  return async ({ path }, { caller }) => {
    const session = await ledger.find(subjectOf(path, DATA_CHANNEL_PATH));
    // One that is not there is refused by the policies in the same words, or told to be absent behind them.
    if (session !== undefined) requireOwnTask(caller, session.target, name);
    return [{ action: name, resources: [{ arn: '*' }] }];
  };
}
