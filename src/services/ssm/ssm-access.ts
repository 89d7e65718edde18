import type {
  GetConnectionStatusRequest,
  ResumeSessionRequest,
  StartSessionRequest,
  TerminateSessionRequest,
} from '@aws-sdk/client-ssm';
import type { Decision, StatementReason } from '../../core/policy/policy-api.js';
import { parseTarget } from '../../core/protocol/target.js';
import {
  AccessDenied,
  type AccessQuestion,
  type AccessResource,
  type Authorization,
  type DecidedAccess,
} from '../../platform/aws/access.js';
import { formatArn, parseArn } from '../../platform/aws/arn.js';
import type { Caller, RequestContext } from '../../platform/aws/service.js';
import { sessionConditions } from '../session-conditions.js';
import type { Targets } from '../session-ports.js';
import { MAX_SESSION_ID_LENGTH, MAX_TARGET_LENGTH } from './session-limits.js';
import type { SessionRecord } from './session-record.js';
import { requireLength } from './ssm-error.js';
import { askedCommand, DEFAULT_DOCUMENT } from './start-session.js';

type Questions = Promise<readonly AccessQuestion[]>;

export interface SsmAccessOptions {
  readonly find: (sessionId: string) => Promise<SessionRecord | undefined>;
  readonly targets: () => Targets;
  /** The endpoint's, asked in advance where one answer decides the next question. Absent: the strictest one is put. */
  readonly authorization: Authorization | undefined;
  /** Whoever started a session may resume and end it unless a policy says no (ecs-api 7.5). */
  readonly ownersMayResume: boolean;
}

/** What Session Manager's operations ask the policies (ecs-api 7.5). */
export function ssmAccess(options: SsmAccessOptions) {
  const { find, targets, authorization, ownersMayResume } = options;

  async function targetResource(target: string, context: RequestContext): Promise<AccessResource> {
    const tags = (await targets().tagsOf?.(target)) ?? {};
    return { arn: targetArn(target, context), tags };
  }

  /**
   * `ssm:SessionDocumentAccessCheck` is a statement's wish that the document be allowed as well, also the default one.
   * Where none is named, both are asked for; a caller who may not use the default document is asked for the target
   * alone, as one whose document was not checked: which statements without that wish allow.
   */
  async function startSession(input: StartSessionRequest, context: RequestContext): Questions {
    const target = input.Target ?? '';
    requireLength('target', target, 1, MAX_TARGET_LENGTH);
    const resource = await targetResource(target, context);
    // A session straight into a container is always root's, without a toolbox.
    const own = parseTarget(target) === undefined ? {} : sessionConditions({ command: askedCommand(input) });
    const document = { arn: ssmArn(context, `document/${input.DocumentName ?? DEFAULT_DOCUMENT}`) };
    const checked: AccessQuestion = {
      action: 'ssm:StartSession',
      resources: [resource, document],
      conditions: { ...own, 'ssm:SessionDocumentAccessCheck': 'true' },
    };
    if (input.DocumentName !== undefined) return [checked];
    if (authorization !== undefined && (await refusalOf(authorization, checked, context)) === undefined) {
      return [checked];
    }
    return [{ ...checked, resources: [resource], conditions: { ...own, 'ssm:SessionDocumentAccessCheck': 'false' } }];
  }

  async function onSession(action: string, sessionId: string, context: RequestContext): Questions {
    requireLength('sessionId', sessionId, 1, MAX_SESSION_ID_LENGTH);
    const session = await find(sessionId);
    const arn = ssmArn(context, `session/${sessionId}`);
    const question = { action, resources: [{ arn, tags: sessionTags(session) }] };
    if (!ownersMayResume || session === undefined || !isOwner(context.caller, session)) return [question];
    const refused = authorization && (await refusalOf(authorization, question, context));
    if (refused?.access.decision.decision !== 'implicitDeny') return [question];
    context.decided?.(allowedAsOwner(action, arn));
    return [];
  }

  return {
    StartSession: startSession,
    GetConnectionStatus: async ({ Target: target = '' }: GetConnectionStatusRequest, context: RequestContext) => {
      requireLength('target', target, 1, MAX_TARGET_LENGTH);
      return [{ action: 'ssm:GetConnectionStatus', resources: [await targetResource(target, context)] }];
    },
    ResumeSession: ({ SessionId: sessionId = '' }: ResumeSessionRequest, context: RequestContext): Questions =>
      onSession('ssm:ResumeSession', sessionId, context),
    TerminateSession: ({ SessionId: sessionId = '' }: TerminateSessionRequest, context: RequestContext): Questions =>
      onSession('ssm:TerminateSession', sessionId, context),
    DescribeSessions: (): readonly AccessQuestion[] => [{ action: 'ssm:DescribeSessions', resources: [{ arn: '*' }] }],
  };
}

/** Why the policies would refuse; the answer does not go to the audit. */
async function refusalOf(
  authorization: Authorization,
  question: AccessQuestion,
  context: RequestContext,
): Promise<AccessDenied | undefined> {
  const silent: { decided?: unknown } & RequestContext = { ...context };
  delete silent.decided;
  try {
    await authorization.require(question, silent);
    return undefined;
  } catch (error) {
    if (error instanceof AccessDenied) return error;
    throw error;
  }
}

/** For the audit: no policy has allowed it, and none was asked. */
function allowedAsOwner(action: string, resource: string): DecidedAccess {
  const reason: StatementReason = {
    policyType: 'resource',
    policy: 'right of the owner of the session',
    statement: 0,
    effect: 'Allow',
    line: 1,
    outcome: 'matched',
    conditions: [],
  };
  const decision: Decision = { decision: 'allowed', policyType: 'resource', reasons: [reason], missingContextKeys: [] };
  return { action, resource, decision };
}

/** A user who was deleted and made again under the same name has another id, and is another one. */
function isOwner({ arn, userId }: Caller, { owner, ownerId }: SessionRecord): boolean {
  return arn === owner && (ownerId === undefined || ownerId === userId);
}

/** The tags that Session Manager itself gives a session: the id of its owner, as `${aws:userid}` has it, and its target. */
function sessionTags(session: SessionRecord | undefined): Readonly<Record<string, string>> {
  if (session === undefined) return {};
  return {
    ...(session.ownerId !== undefined && { 'aws:ssmmessages:session-id': session.ownerId }),
    'aws:ssmmessages:target-id': session.target,
  };
}

/** A container's is its task's; anything else would be a machine, which is not here. */
function targetArn(target: string, context: RequestContext): string {
  const container = parseTarget(target);
  if (container !== undefined) return arnOf(context, 'ecs', `task/${container.clusterName}/${container.taskId}`);
  return target.startsWith('mi-')
    ? ssmArn(context, `managed-instance/${target}`)
    : arnOf(context, 'ec2', `instance/${target}`);
}

function ssmArn(context: RequestContext, resource: string): string {
  return arnOf(context, 'ssm', resource);
}

function arnOf({ caller, region }: RequestContext, service: string, resource: string): string {
  const partition = parseArn(caller.arn)?.partition ?? 'aws';
  return formatArn({ partition, service, region, accountId: caller.accountId, resource });
}
