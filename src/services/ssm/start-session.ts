import type { StartSessionRequest, StartSessionResponse } from '@aws-sdk/client-ssm';
import { refersToParameterStore } from '../../core/protocol/session-document.js';
import type { RequestContext } from '../../platform/aws/service.js';
import { SessionRefusal, sessionStarter } from '../session-ports.js';
import type { Sessions, Targets } from '../session-ports.js';
import { plainSessionPrefix } from './session-id.js';
import { MAX_REASON_LENGTH, MAX_TARGET_LENGTH } from './session-limits.js';
import { requireLength, ssmError } from './ssm-error.js';

type Parameters = NonNullable<StartSessionRequest['Parameters']>;

/** What a session without a document runs. */
export const DEFAULT_DOCUMENT = 'SSM-SessionManagerRunShell';

/** The command line of each document that can be started; empty: the agent's default shell. */
const DOCUMENTS: Readonly<Record<string, (parameters: Parameters) => string>> = Object.freeze({
  [DEFAULT_DOCUMENT]: () => '',
  'AWS-StartInteractiveCommand': ({ command }) => {
    if (command?.[0] === undefined) throw ssmError.invalidParameters('Parameter command is required.');
    return command[0];
  },
  'AmazonECS-ExecuteInteractiveCommand': ({ command }) => command?.[0] ?? '',
});

/** What the session would run, for the policies; empty: the default shell, or what will be refused. */
export function askedCommand({ DocumentName = DEFAULT_DOCUMENT, Parameters = {} }: StartSessionRequest): string {
  const command = Object.hasOwn(DOCUMENTS, DocumentName) ? Parameters['command']?.[0] : undefined;
  return DocumentName === DEFAULT_DOCUMENT ? '' : (command ?? '');
}

/** A session outside ECS Exec: counted against the container's limit, but not logged, as on AWS (ecs-api 4.4). */
export async function startSession(
  input: StartSessionRequest,
  context: RequestContext,
  sessions: Sessions,
  targets: Targets,
): Promise<StartSessionResponse> {
  const target = input.Target ?? '';
  requireLength('target', target, 1, MAX_TARGET_LENGTH);
  if (input.Reason !== undefined) requireLength('reason', input.Reason, 1, MAX_REASON_LENGTH);
  const documentName = input.DocumentName ?? DEFAULT_DOCUMENT;
  const commandOf = Object.hasOwn(DOCUMENTS, documentName) ? DOCUMENTS[documentName] : undefined;
  if (commandOf === undefined) throw ssmError.invalidDocument(documentName);
  const command = commandOf(input.Parameters ?? {});
  if (refersToParameterStore(command)) {
    throw ssmError.invalidParameters('Parameter command must not refer to Parameter Store.');
  }
  const state = await targets.find(target);
  if (state === undefined) throw ssmError.targetNotConnected(target, 'no such container');
  if (!state.enterable) {
    throw ssmError.targetNotConnected(target, state.notEnterable ?? 'the container cannot be entered');
  }
  try {
    const started = await sessions.start({
      target,
      owner: context.caller.arn,
      ownerId: context.caller.userId,
      starter: sessionStarter(context),
      idPrefix: plainSessionPrefix(context.caller.arn),
      documentName,
      command,
      ...(input.Reason === undefined ? {} : { reason: input.Reason }),
      limit: state.sessionLimit,
      ...(state.times && { times: state.times }),
      endpointUrl: context.endpointUrl,
    });
    return { SessionId: started.sessionId, TokenValue: started.tokenValue, StreamUrl: started.streamUrl };
  } catch (error) {
    if (!(error instanceof SessionRefusal)) throw error;
    throw error.code === 'limit'
      ? ssmError.sessionLimit(state.sessionLimit)
      : ssmError.targetNotConnected(target, error.message);
  }
}
