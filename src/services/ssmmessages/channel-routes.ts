import { JsonFields } from '../../core/protocol/json-fields.js';
import { PayloadError } from '../../core/protocol/payload-error.js';
import type { RestRequest, RestResponse, RestRoute } from '../../platform/aws/service.js';
import { MAX_SESSION_ID_LENGTH, MAX_TARGET_LENGTH } from '../ssm/session-limits.js';
import { TokenKind } from '../ssm/session-tokens.js';
import { controlChannelAccess, dataChannelAccess } from './channel-access.js';
import { CONTROL_CHANNEL_PATH, DATA_CHANNEL_PATH, SIGNING_NAME, subjectOf } from './channel-paths.js';
import { requireOwnTask } from './own-task.js';
import type { SessionLedger } from './session-ledger.js';
import { badRequestResponse, tokenResponse } from './token-response.js';

/** CreateControlChannel and CreateDataChannel: a signed request buys a token for one WebSocket. */
export function channelRoutes(ledger: SessionLedger): RestRoute[] {
  return [
    {
      method: 'POST',
      path: CONTROL_CHANNEL_PATH,
      service: SIGNING_NAME,
      access: controlChannelAccess('CreateControlChannel'),
      handle: checked(async (request) => {
        const target = subjectOf(request.path, CONTROL_CHANNEL_PATH);
        if (target.length > MAX_TARGET_LENGTH) return badRequestResponse('The target is too long.');
        // Also where no policies are asked: a token is what opens the channel.
        requireOwnTask(request.context.caller, target, 'ssmmessages:CreateControlChannel');
        const principal = request.context.caller.arn;
        const token = await ledger.issueToken({ kind: TokenKind.Control, subject: target, principal });
        return tokenResponse('CreateControlChannel', token);
      }),
    },
    {
      method: 'POST',
      path: DATA_CHANNEL_PATH,
      service: SIGNING_NAME,
      access: dataChannelAccess('CreateDataChannel', ledger),
      handle: checked(async (request) => {
        const sessionId = subjectOf(request.path, DATA_CHANNEL_PATH);
        const session = sessionId.length > MAX_SESSION_ID_LENGTH ? undefined : await ledger.find(sessionId);
        if (session === undefined) return badRequestResponse('Session does not exist.');
        requireOwnTask(request.context.caller, session.target, 'ssmmessages:CreateDataChannel');
        // Also when it has ended: an agent that missed the end is told on the channel, and then stops the command.
        const principal = request.context.caller.arn;
        const token = await ledger.issueToken({ kind: TokenKind.Agent, subject: sessionId, principal });
        return tokenResponse('CreateDataChannel', token);
      }),
    },
  ];
}

/** The body says nothing that is needed, but it must be the JSON object that it claims to be. */
function checked(handle: RestRoute['handle']): RestRoute['handle'] {
  return async (request: RestRequest): Promise<RestResponse> => {
    try {
      JsonFields.parse(request.body, 'request').string('MessageSchemaVersion');
    } catch (error) {
      if (error instanceof PayloadError) return badRequestResponse('The request body could not be read.');
      throw error;
    }
    return handle(request);
  };
}
