import type { DecidedAccess } from '../../platform/aws/access.js';
import type { AuditRecord } from '../../platform/aws/endpoint/audit-record.js';
import { EVENT_VERSION } from './cloudtrail-record.js';
import type { CloudTrailRecord, RecordedDecision } from './cloudtrail-record.js';
import { resourcesOf } from './event-resources.js';
import { withoutSecrets } from './hide-secrets.js';
import { userIdentity, wholeSeconds } from './user-identity.js';

/** Statements kept of a refusal: the deciding one and those that came near. */
export const MAX_REASONS = 20;

/** Decisions kept of one request. */
const MAX_DECISIONS = 20;

/** Of `errorMessage` and the operator's reason, in characters. */
const MAX_TEXT_LENGTH = 4096;

const READ_ONLY = /^(GET |Describe|Get|List|Lookup|Simulate|Head|BatchGet|Discover|Filter|Poll)/;

/** Names that do not say that they change nothing; CloudTrail counts them as reading all the same. */
const ALSO_READ_ONLY: ReadonlySet<string> = new Set([
  'AssumeRole',
  'Encrypt',
  'Decrypt',
  'ReEncrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateRandom',
]);

export function isReadOnly(operation: string): boolean {
  return READ_ONLY.test(operation) || ALSO_READ_ONLY.has(operation);
}

/** Operations that read and whose answer CloudTrail keeps nevertheless: what was handed out is their point. */
const ANSWER_KEPT: ReadonlySet<string> = new Set(['AssumeRole', 'GetSessionToken']);

/** A request that was answered, as CloudTrail has it. Its event id is the request id, which is what the caller knows. */
export function requestRecord(record: AuditRecord, accountId: string): CloudTrailRecord {
  const { caller, code, message, reason, operation } = record;
  const readOnly = isReadOnly(operation);
  const answer = readOnly && !ANSWER_KEPT.has(operation) ? undefined : record.output;
  const decisions = keptDecisions(record.decisions);
  const resources = resourcesOf(record.decisions);
  return {
    eventVersion: EVENT_VERSION,
    userIdentity: userIdentity(caller),
    eventTime: wholeSeconds(record.time),
    eventSource: `${record.service}.amazonaws.com`,
    eventName: operation,
    awsRegion: record.region,
    sourceIPAddress: record.sourceIp,
    userAgent: record.userAgent,
    ...(code !== undefined && { errorCode: errorCode(code), errorMessage: cut(message ?? '') }),
    requestParameters: withoutSecrets(record.input) ?? null,
    responseElements: withoutSecrets(answer) ?? null,
    ...((reason !== undefined || decisions.length > 0) && {
      additionalEventData: {
        ...(reason !== undefined && { reason: cut(reason) }),
        ...(decisions.length > 0 && { decisions }),
      },
    }),
    requestID: record.id,
    eventID: record.id,
    readOnly,
    ...(resources.length > 0 && { resources }),
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: accountId,
    eventCategory: 'Management',
  };
}

/** CloudTrail has one name for a refusal by policy, whatever the service calls it. */
function errorCode(code: string): string {
  return code === 'AccessDeniedException' ? 'AccessDenied' : code;
}

/** Of what was allowed the statement that allowed it; of a refusal also what came near. Refusals are kept before others. */
function keptDecisions(decided: readonly DecidedAccess[]): RecordedDecision[] {
  const refused = decided.filter(({ decision }) => decision.decision !== 'allowed');
  const allowed = decided.filter(({ decision }) => decision.decision === 'allowed');
  return [...refused, ...allowed].slice(0, MAX_DECISIONS).map(({ action, resource, decision }) => {
    const most = decision.decision === 'allowed' ? 1 : MAX_REASONS;
    return { action, resource, decision: { ...decision, reasons: decision.reasons.slice(0, most) } };
  });
}

function cut(text: string): string {
  return text.slice(0, MAX_TEXT_LENGTH);
}
