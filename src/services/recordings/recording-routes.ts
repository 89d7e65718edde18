import {
  MAX_PART_BYTES,
  MAX_WAIT_SECONDS,
  RECORDINGS_PATH,
  type EndRequest,
} from '../../core/recording/recordings-api.js';
import type { Access, Authorization } from '../../platform/aws/access.js';
import type { RequestContext, RestRequest, RestResponse, RestRoute } from '../../platform/aws/service.js';
import { type Deliveries, readDelivery } from './deliveries.js';
import type { RecordedSession } from '../session-ports.js';
import { isSessionId, type FindRecordedSession } from './recorded-session.js';
import { recordingQuestion, requireHost } from './recording-access.js';
import { recordingError } from './recording-error.js';
import { readNumber } from './recording-filter.js';
import type { RecordingIndex, RecordingRow } from './recording-index.js';
import type { Recordings } from './recordings.js';
import type { RoleForDelivery } from './role-for-delivery.js';
import type { RecordingSigningKey } from './signing-key.js';

type Target = Pick<RestRequest, 'path' | 'query'>;

export interface RecordingRoutesOptions {
  readonly recordings: Recordings;
  readonly index: RecordingIndex;
  readonly deliveries: Deliveries;
  readonly signingKey: RecordingSigningKey;
  readonly roles: RoleForDelivery;
  readonly findSession: FindRecordedSession;
  readonly list: (query: URLSearchParams, context: RequestContext) => Promise<unknown>;
  readonly search: (query: URLSearchParams, context: RequestContext) => Promise<unknown>;
  readonly authorization: Authorization | undefined;
}

const SIGNED = Object.freeze({ service: 'gangway', errors: 'json-1.1' } as const);
/** Words that stand where a session's id stands elsewhere; no id is so short. */
const COLLECTION = new RegExp(`^${RECORDINGS_PATH}/?$`);

/** The REST paths of `recordings-api.ts`. */
export function recordingRoutes(options: RecordingRoutesOptions): readonly RestRoute[] {
  const { recordings, index, deliveries, signingKey, roles, list, search } = options;

  async function look(sessionId: string): Promise<{ row?: RecordingRow; session?: RecordedSession }> {
    if (!isSessionId(sessionId)) return {};
    const row = await index.find(sessionId);
    if (row !== undefined) return { row, session: row.session };
    const session = await options.findSession(sessionId);
    return { ...(session && { session }) };
  }

  const onSession =
    (action: string): Access<Target> =>
    async ({ path }, context) => {
      const sessionId = sessionIdOf(path);
      return [recordingQuestion(action, sessionId, (await look(sessionId)).session, context)];
    };

  /** A record is one host's; another one needs a right of its own to go on with it. */
  const put: Access<Target> = async ({ path }, context) => {
    const sessionId = sessionIdOf(path);
    const { row, session } = await look(sessionId);
    const question = recordingQuestion('gangway:PutRecording', sessionId, session, context);
    if (row === undefined || row.writer === context.caller.userId) return [question];
    return [question, { ...question, action: 'gangway:TakeOverRecording' }];
  };

  const onAll =
    (action: string): Access<Target> =>
    () => [{ action, resources: [{ arn: '*' }] }];

  /** The host's record, begun when this is the first that is heard of it. */
  async function written({ path, context }: RestRequest): Promise<RecordingRow> {
    const sessionId = requireSessionId(path);
    const { arn } = recordingQuestion('', sessionId, undefined, context).resources[0] ?? { arn: '*' };
    requireHost(context, 'gangway:PutRecording', arn);
    const writer = context.caller.userId;
    const row = await recordings.require(sessionId, writer);
    if (row.writer !== writer) await index.setWriter(sessionId, writer);
    return row;
  }

  async function known(path: string): Promise<RecordingRow> {
    const row = await index.find(requireSessionId(path));
    if (row === undefined) throw recordingError.notFound('There is no record of this session.');
    return row;
  }

  return [
    route('PUT', '', { access: put, dataEvent: true }, async (request) => {
      const offset = readNumber(request.query, 'offset', 0);
      const { body } = request;
      if (body.length > MAX_PART_BYTES) throw recordingError.validation(`A part has at most ${MAX_PART_BYTES} bytes.`);
      return json(await recordings.put(await written(request), offset, body));
    }),
    route('POST', '/end', { access: put }, async (request) => {
      const end = readEnd(jsonBody(request));
      return json(await recordings.end(await written(request), end));
    }),
    route('POST', '/deliveries', { access: put, dataEvent: true }, async (request) => {
      const delivery = readDelivery(jsonBody(request));
      await deliveries.put(await written(request), delivery);
      return json({});
    }),
    route('POST', '/credentials', { access: put }, async (request) =>
      json(await roles.credentials(await written(request))),
    ),
    {
      ...SIGNED,
      method: 'GET',
      path: COLLECTION,
      access: onAll('gangway:ListRecordings'),
      handle: async ({ query, context }) => json(await list(query, context)),
    },
    {
      ...SIGNED,
      method: 'GET',
      path: new RegExp(`^${RECORDINGS_PATH}/search$`),
      access: onAll('gangway:SearchRecordings'),
      handle: async ({ query, context }) => json(await search(query, context)),
    },
    {
      ...SIGNED,
      method: 'GET',
      path: new RegExp(`^${RECORDINGS_PATH}/signing-key$`),
      access: onAll('gangway:GetSigningKey'),
      handle: async () => json(await signingKey.public()),
    },
    route('GET', '/data', { access: onSession('gangway:GetRecording'), dataEvent: true }, async ({ path, query }) => {
      const offset = readNumber(query, 'offset', 0);
      const wait = Math.min(readNumber(query, 'wait', 0), MAX_WAIT_SECONDS) * 1000;
      const { bytes, ended } = await recordings.data(await known(path), offset, MAX_PART_BYTES, wait);
      return {
        ...{ status: 200, contentType: 'application/octet-stream', body: bytes },
        headers: { 'x-gangway-ended': String(ended) },
      };
    }),
    route('GET', '', { access: onSession('gangway:GetRecording') }, async ({ path }) => {
      const summary = await recordings.summary(await known(path));
      if (summary === undefined) throw recordingError.notFound('There is no record of this session yet.');
      return json(summary);
    }),
  ];
}

function route(
  method: string,
  after: string,
  more: Pick<RestRoute, 'access' | 'dataEvent'>,
  handle: RestRoute['handle'],
): RestRoute {
  return { ...SIGNED, method, path: new RegExp(`^${RECORDINGS_PATH}/[^/]+${after}$`), ...more, handle };
}

function sessionIdOf(path: string): string {
  return path.slice(RECORDINGS_PATH.length + 1).replace(/\/.*$/s, '');
}

function requireSessionId(path: string): string {
  const sessionId = sessionIdOf(path);
  if (!isSessionId(sessionId)) throw recordingError.validation('The path holds no session id.');
  return sessionId;
}

function json(value: unknown): RestResponse {
  return { status: 200, contentType: 'application/json', body: JSON.stringify(value) };
}

function jsonBody({ body }: RestRequest): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    throw recordingError.validation('The request body is not JSON.');
  }
}

function readEnd(value: unknown): EndRequest {
  const { length, digest } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 0) {
    throw recordingError.validation('length must be a whole number, 0 or more.');
  }
  if (typeof digest !== 'string' || !/^[0-9a-f]{64}$/.test(digest)) {
    throw recordingError.validation('digest must be 64 hex digits.');
  }
  return { length, digest };
}
