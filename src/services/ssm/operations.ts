import {
  DescribeSessionsRequest$,
  GetConnectionStatusRequest$,
  GetConnectionStatusResponse$,
  ResumeSessionRequest$,
  ResumeSessionResponse$,
  StartSessionRequest$,
  StartSessionResponse$,
  TerminateSessionRequest$,
  TerminateSessionResponse$,
} from '@aws-sdk/client-ssm';
import type {
  DescribeSessionsRequest,
  GetConnectionStatusRequest,
  GetConnectionStatusResponse,
  ResumeSessionRequest,
  ResumeSessionResponse,
  TerminateSessionRequest,
  TerminateSessionResponse,
} from '@aws-sdk/client-ssm';
import { AwsError } from '../../platform/aws/aws-error.js';
import type { Operation, RequestContext, Service } from '../../platform/aws/service.js';
import type { Access, Authorization } from '../../platform/aws/access.js';
import type { Targets } from '../session-ports.js';
import { SessionText } from '../ssmmessages/session-text.js';
import { describeSessions, type FindOutputUrls } from './describe-sessions.js';
import { FreeDescribeSessionsResponse$ } from './free-session.js';
import { MAX_SESSION_ID_LENGTH, MAX_TARGET_LENGTH } from './session-limits.js';
import type { SessionStore } from './session-store.js';
import { requireLength, ssmError } from './ssm-error.js';
import { ssmAccess } from './ssm-access.js';
import { startSession } from './start-session.js';
import type { StoredSessions } from './stored-sessions.js';

export interface SsmOperationsOptions {
  readonly store: SessionStore;
  readonly sessions: StoredSessions;
  readonly targets: () => Targets;
  readonly isConnected: (target: string) => boolean;
  readonly authorization?: Authorization | undefined;
  readonly ownersMayResume: boolean;
  readonly outputUrls?: FindOutputUrls | undefined;
}

/** The operations of Session Manager. */
export function ssmService(options: SsmOperationsOptions): Service {
  const { store, sessions, targets, isConnected, authorization, ownersMayResume } = options;
  const access = ssmAccess({ find: (id) => sessions.find(id), targets, authorization, ownersMayResume });
  return {
    name: 'ssm',
    protocol: 'json-1.1',
    targetPrefix: 'AmazonSSM',
    version: '2014-11-06',
    missingMember: (path) => ssmError.missing(path),
    operations: [
      operation('StartSession', StartSessionRequest$, StartSessionResponse$, access.StartSession, (input, context) =>
        startSession(input, context, sessions, targets()),
      ),
      operation('ResumeSession', ResumeSessionRequest$, ResumeSessionResponse$, access.ResumeSession, resumeSession),
      operation(
        'TerminateSession',
        TerminateSessionRequest$,
        TerminateSessionResponse$,
        access.TerminateSession,
        terminateSession,
      ),
      operation(
        'DescribeSessions',
        DescribeSessionsRequest$,
        FreeDescribeSessionsResponse$,
        access.DescribeSessions,
        (input: DescribeSessionsRequest) => describeSessions(input, store, options.outputUrls),
      ),
      operation(
        'GetConnectionStatus',
        GetConnectionStatusRequest$,
        GetConnectionStatusResponse$,
        access.GetConnectionStatus,
        getConnectionStatus,
      ),
    ],
  };

  async function resumeSession(
    { SessionId: sessionId = '' }: ResumeSessionRequest,
    context: RequestContext,
  ): Promise<ResumeSessionResponse> {
    requireLength('sessionId', sessionId, 1, MAX_SESSION_ID_LENGTH);
    const resumed = await sessions.resume(sessionId, context.endpointUrl, context.caller.arn);
    if (resumed === undefined) throw ssmError.doesNotExist(sessionId);
    return { SessionId: sessionId, TokenValue: resumed.tokenValue, StreamUrl: resumed.streamUrl };
  }

  async function terminateSession(
    { SessionId: sessionId = '' }: TerminateSessionRequest,
    { caller }: RequestContext,
  ): Promise<TerminateSessionResponse> {
    requireLength('sessionId', sessionId, 1, MAX_SESSION_ID_LENGTH);
    if (!(await sessions.terminate(sessionId, SessionText.Terminated, caller.arn)))
      throw ssmError.doesNotExist(sessionId);
    return { SessionId: sessionId };
  }

  async function getConnectionStatus({
    Target: target = '',
  }: GetConnectionStatusRequest): Promise<GetConnectionStatusResponse> {
    requireLength('target', target, 1, MAX_TARGET_LENGTH);
    return Promise.resolve({ Target: target, Status: isConnected(target) ? 'connected' : 'notconnected' });
  }
}

/** One row of the table. What is not an AWS error becomes one here, with its cause for the operator. */
function operation<Input, Output>(
  name: string,
  input: unknown,
  output: unknown,
  access: Access<Input>,
  run: (input: Input, context: RequestContext) => Promise<Output>,
): Operation<Input, Output> {
  return {
    name,
    input,
    output,
    access,
    async run(value, context) {
      try {
        return await run(value, context);
      } catch (error) {
        throw error instanceof AwsError ? error : ssmError.internal(error);
      }
    },
  };
}
