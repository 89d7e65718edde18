import type { Event, LookupAttribute, LookupEventsRequest, LookupEventsResponse } from '@aws-sdk/client-cloudtrail';
import { AwsError } from '../../platform/aws/aws-error.js';
import type { EventQuery, EventStore, FoundEvent } from './event-store.js';

/** Events of one page; also what is given when nobody says how many. */
export const MAX_RESULTS = 50;

type Restriction = Pick<EventQuery, 'match' | 'resource' | 'readOnly'>;

/** What can be looked up, and how. */
const ATTRIBUTES: Readonly<Record<string, (value: string) => Restriction>> = Object.freeze({
  EventId: (value) => ({ match: { column: 'event_id', value } }),
  EventName: (value) => ({ match: { column: 'event_name', value } }),
  EventSource: (value) => ({ match: { column: 'event_source', value } }),
  Username: (value) => ({ match: { column: 'user_name', value } }),
  AccessKeyId: (value) => ({ match: { column: 'access_key_id', value } }),
  ResourceName: (value) => ({ resource: { column: 'resource_name', value } }),
  ResourceType: (value) => ({ resource: { column: 'resource_type', value } }),
  ReadOnly: (value) => {
    if (value !== 'true' && value !== 'false') throw invalidAttributes('ReadOnly takes true or false.');
    return { readOnly: value === 'true' };
  },
});

/** Newest first, as CloudTrail has them. */
export async function lookupEvents(input: LookupEventsRequest, store: EventStore): Promise<LookupEventsResponse> {
  const { MaxResults: most = MAX_RESULTS } = input;
  // The codec does not look at enumerations.
  const category: string | undefined = input.EventCategory;
  if (category !== undefined && category !== 'insight') {
    throw new AwsError('InvalidEventCategoryException', `Invalid event category: ${category}`);
  }
  if (!Number.isInteger(most) || most < 1 || most > MAX_RESULTS) {
    throw new AwsError('InvalidMaxResultsException', `MaxResults should be between 1 and ${MAX_RESULTS}.`);
  }
  const from = input.StartTime?.getTime();
  const to = input.EndTime?.getTime();
  if (from !== undefined && to !== undefined && from > to) {
    throw new AwsError('InvalidTimeRangeException', 'The start time is after the end time.');
  }
  const restriction = restrictionOf(input.LookupAttributes ?? []);
  const question = JSON.stringify([restriction, from ?? 0, to ?? 0, category ?? '']);
  const after = input.NextToken === undefined ? undefined : readToken(input.NextToken, question);
  // Nothing here looks for unusual activity.
  if (category === 'insight') return { Events: [] };
  const found = await store.query({ ...restriction, from, to, after, limit: most + 1 });
  const page = found.slice(0, most);
  const last = found.length > most ? page.at(-1) : undefined;
  return {
    Events: page.map(present),
    ...(last !== undefined && { NextToken: writeToken(last.position, question) }),
  };
}

function restrictionOf(attributes: readonly LookupAttribute[]): Restriction {
  const [first, second] = attributes;
  if (first === undefined) return {};
  if (second !== undefined) throw invalidAttributes('Only one lookup attribute can be specified.');
  const { AttributeKey: key = '', AttributeValue: value = '' } = first as {
    AttributeKey?: string;
    AttributeValue?: string;
  };
  const restrict = Object.hasOwn(ATTRIBUTES, key) ? ATTRIBUTES[key] : undefined;
  if (restrict === undefined) {
    throw invalidAttributes(`The attribute key ${key} is not one of ${Object.keys(ATTRIBUTES).join(', ')}.`);
  }
  if (value === '' || value.length > 2000) throw invalidAttributes(`The value of ${key} has 1 to 2000 characters.`);
  return restrict(value);
}

function invalidAttributes(message: string): AwsError {
  return new AwsError('InvalidLookupAttributesException', message);
}

/** Opaque to the caller: where the page ended, and of which question, so that it fits no other. */
function writeToken(position: number, question: string): string {
  return Buffer.from(JSON.stringify([position, question])).toString('base64url');
}

function readToken(token: string, question: string): number {
  try {
    const read: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (Array.isArray(read)) {
      const [position, asked] = read as unknown[];
      if (typeof position === 'number' && asked === question) return position;
    }
  } catch {
    // Not one of ours.
  }
  throw new AwsError('InvalidNextTokenException', 'The specified token is not valid.');
}

function present({ time, userName, document, record }: FoundEvent): Event {
  const { accessKeyId } = record.userIdentity;
  return {
    EventId: record.eventID,
    EventName: record.eventName,
    ReadOnly: String(record.readOnly),
    ...(accessKeyId !== undefined && { AccessKeyId: accessKeyId }),
    EventTime: new Date(Math.floor(time / 1000) * 1000),
    EventSource: record.eventSource,
    ...(userName !== '' && { Username: userName }),
    Resources: (record.resources ?? []).map(({ type, ARN }) => ({ ResourceType: type, ResourceName: ARN })),
    CloudTrailEvent: document,
  };
}
