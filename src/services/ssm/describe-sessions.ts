import type {
  DescribeSessionsRequest,
  DescribeSessionsResponse,
  Session,
  SessionFilter,
  SessionManagerOutputUrl,
} from '@aws-sdk/client-ssm';
import { freeSession } from './free-session.js';
import { MAX_DESCRIBE_FILTERS, MAX_DESCRIBE_RESULTS } from './session-limits.js';
import type { SessionRecord } from './session-record.js';
import { SessionStatus } from './session-record.js';
import type { SessionQuery, SessionStore } from './session-store.js';
import { ssmError } from './ssm-error.js';

type Restriction = Partial<SessionQuery> & { readonly nothing?: true };

/** What each filter key restricts. Several filters must all hold. */
const FILTERS: Readonly<Record<string, (value: string) => Restriction>> = Object.freeze({
  InvokedAfter: (value) => ({ invokedAfter: timestamp(value) }),
  InvokedBefore: (value) => ({ invokedBefore: timestamp(value) }),
  Target: (value) => ({ target: value }),
  Owner: (value) => ({ owner: value }),
  SessionId: (value) => ({ sessionId: value }),
  Status: (value) => {
    if (!Object.hasOwn(SessionStatus, value)) {
      throw ssmError.validation(
        'filters.value',
        value,
        `satisfy enum value set: [${Object.keys(SessionStatus).join(', ')}]`,
      );
    }
    return { status: value };
  },
  // Every session here is of the standard kind.
  AccessType: (value) => (value === 'Standard' ? {} : { nothing: true }),
});

/** Where the output of a session has been delivered to. */
export type FindOutputUrls = (sessionId: string) => Promise<SessionManagerOutputUrl>;

export async function describeSessions(
  input: DescribeSessionsRequest,
  store: SessionStore,
  outputUrls?: FindOutputUrls,
): Promise<DescribeSessionsResponse> {
  const { State: state, MaxResults: most = MAX_DESCRIBE_RESULTS, Filters: filters = [] } = input;
  if (state !== 'Active' && state !== 'History') {
    throw ssmError.validation('state', String(state), 'satisfy enum value set: [Active, History]');
  }
  if (most < 1) throw ssmError.validation('maxResults', String(most), 'have value greater than or equal to 1');
  if (most > MAX_DESCRIBE_RESULTS) {
    throw ssmError.validation('maxResults', String(most), `have value less than or equal to ${MAX_DESCRIBE_RESULTS}`);
  }
  const restriction = restrictionOf(filters);
  const question = JSON.stringify([state, filters.map(({ key, value }) => [key, value])]);
  const after = input.NextToken === undefined ? undefined : readToken(input.NextToken, question);
  if (restriction.nothing) return { Sessions: [] };
  const found = await store.query({ ...restriction, active: state === 'Active', after, limit: most + 1 });
  const page = found.slice(0, most);
  const last = found.length > most ? page.at(-1) : undefined;
  return {
    Sessions: await Promise.all(page.map(async (session) => present(session, await outputUrls?.(session.sessionId)))),
    ...(last === undefined ? {} : { NextToken: writeToken(last, question) }),
  };
}

function restrictionOf(filters: readonly SessionFilter[]): Restriction {
  if (filters.length > MAX_DESCRIBE_FILTERS) {
    const constraint = `have length less than or equal to ${MAX_DESCRIBE_FILTERS}`;
    throw ssmError.validation('filters', `[${filters.length} filters]`, constraint);
  }
  let restriction: Restriction = {};
  const keys = new Set<string>();
  for (const { key = '', value = '' } of filters as readonly { key?: string; value?: string }[]) {
    const restrict = Object.hasOwn(FILTERS, key) ? FILTERS[key] : undefined;
    if (restrict === undefined) throw ssmError.invalidFilterKey(`The filter key ${key} is not valid.`);
    if (keys.has(key)) throw ssmError.invalidFilterKey(`The filter key ${key} is specified more than once.`);
    keys.add(key);
    restriction = { ...restriction, ...restrict(value) };
  }
  return restriction;
}

/** ISO 8601, for example `2024-08-29T00:00:00Z`. */
function timestamp(value: string): number {
  const milliseconds = /^\d{4}-\d{2}-\d{2}/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(milliseconds)) throw ssmError.validation('filters.value', value, 'be a valid timestamp');
  return milliseconds;
}

/** Opaque to the caller: where the page ended, and of which question, so that it fits no other. */
function writeToken(last: SessionRecord, question: string): string {
  return Buffer.from(JSON.stringify([last.startDate, last.sessionId, question])).toString('base64url');
}

function readToken(token: string, question: string): SessionQuery['after'] {
  try {
    const read: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (Array.isArray(read)) {
      const [startDate, sessionId, asked] = read as unknown[];
      if (typeof startDate === 'number' && typeof sessionId === 'string' && asked === question) {
        return { startDate, sessionId };
      }
    }
  } catch {
    // Not one of ours.
  }
  throw ssmError.invalidNextToken();
}

function present(session: SessionRecord, outputUrl: SessionManagerOutputUrl = {}): Session {
  return {
    SessionId: session.sessionId,
    Target: session.target,
    Status: session.status,
    StartDate: new Date(session.startDate),
    ...(session.endDate === undefined ? {} : { EndDate: new Date(session.endDate) }),
    DocumentName: session.documentName,
    Owner: session.owner,
    ...(session.reason === undefined ? {} : { Reason: session.reason }),
    ...(session.details === '' ? {} : { Details: session.details }),
    OutputUrl: outputUrl,
    AccessType: 'Standard',
    ...freeSession(session),
  };
}
