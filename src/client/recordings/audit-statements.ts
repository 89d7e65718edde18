import type { RecordingHeader } from '../../core/recording/recording-format.js';
import type { Statement } from '../../core/recording/recordings-api.js';

/** One operation of CloudTrail. */
export type LookupEvents = (input: Readonly<Record<string, unknown>>) => Promise<unknown>;

/** What the audit has of a record: event `SessionRecorded`. */
export interface AuditedStatement extends Statement {
  readonly sessionId: string;
  readonly eventId: string;
}

/** How long CloudTrail looks back. */
export const AUDIT_MS = 90 * 86_400_000;

const EVENT_NAME = 'SessionRecorded';
const PAGE = 50;

/** Of all sessions, the newest first. */
export async function* auditedStatements(lookup: LookupEvents): AsyncGenerator<AuditedStatement> {
  yield* statementsOf(lookup, { AttributeKey: 'EventName', AttributeValue: EVENT_NAME });
}

/** Of one session; more than one is one too many. */
export async function auditedStatementsOf(lookup: LookupEvents, header: RecordingHeader): Promise<AuditedStatement[]> {
  const { sessionId, taskArn } = header;
  const [, partition = 'aws', , region = '', accountId = ''] = taskArn.split(':');
  const arn = `arn:${partition}:ssm:${region}:${accountId}:session/${sessionId}`;
  const found: AuditedStatement[] = [];
  for await (const one of statementsOf(lookup, { AttributeKey: 'ResourceName', AttributeValue: arn })) found.push(one);
  return found;
}

async function* statementsOf(lookup: LookupEvents, attribute: object): AsyncGenerator<AuditedStatement> {
  let next: string | undefined;
  do {
    const input = { LookupAttributes: [attribute], MaxResults: PAGE, ...(next !== undefined && { NextToken: next }) };
    const page = (await lookup(input)) as {
      readonly Events?: readonly { readonly CloudTrailEvent?: string }[];
      readonly NextToken?: string | null;
    };
    for (const { CloudTrailEvent = '{}' } of page.Events ?? []) {
      const statement = readEvent(CloudTrailEvent);
      if (statement !== undefined) yield statement;
    }
    next = page.NextToken ?? undefined;
  } while (next !== undefined);
}

function readEvent(json: string): AuditedStatement | undefined {
  const { eventName, eventID, serviceEventDetails } = JSON.parse(json) as {
    readonly eventName?: string;
    readonly eventID?: string;
    readonly serviceEventDetails?: Readonly<Record<string, unknown>>;
  };
  if (eventName !== EVENT_NAME || serviceEventDetails === undefined) return undefined;
  const { sessionId, signed, signature, keyId } = serviceEventDetails;
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return {
    sessionId: text(sessionId),
    signed: text(signed),
    signature: text(signature),
    keyId: text(keyId),
    eventId: eventID ?? '',
  };
}
