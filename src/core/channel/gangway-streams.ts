import { ActionType } from '../protocol/handshake-request.js';
import type { RequestedClientAction } from '../protocol/handshake-request.js';
import { JsonFields } from '../protocol/json-fields.js';
import { PayloadError } from '../protocol/payload-error.js';
import type { StreamsRequest } from './channel-api.js';

/** Version of our own addition to the handshake. */
export const GANGWAY_STREAMS_VERSION = 1;

const MAX_SIDE = 0xffff;
const TERM = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/;

/** Always the last of the requested actions: an official client answers it with "unsupported" and goes on. */
export function gangwayStreamsAction(): RequestedClientAction {
  return { actionType: ActionType.GangwayStreams, actionParameters: { Version: GANGWAY_STREAMS_VERSION } };
}

/** Whether this client speaks the version that the agent offers. */
export function speaksGangwayStreams(actionParameters: unknown): boolean {
  return (
    new JsonFields(actionParameters ?? {}, ActionType.GangwayStreams).integer('Version') === GANGWAY_STREAMS_VERSION
  );
}

/** `NoDigests`: a client of ours looks at none from here on. An agent of before that field goes on making them. */
export function encodeStreamsResult(streams: StreamsRequest): unknown {
  return {
    Mode: streams.mode,
    NoDigests: true,
    ...(streams.columns === undefined ? {} : { Columns: streams.columns }),
    ...(streams.rows === undefined ? {} : { Rows: streams.rows }),
    ...(streams.term === undefined ? {} : { Term: streams.term }),
  };
}

function readSide(fields: JsonFields, name: string): number | undefined {
  if (!fields.has(name)) return undefined;
  const side = fields.integer(name);
  if (side < 0 || side > MAX_SIDE) throw new PayloadError(`${ActionType.GangwayStreams}.${name}`, 'is out of range');
  return side;
}

/** Throws a PayloadError. */
export function parseStreamsResult(actionResult: unknown): StreamsRequest {
  const fields = new JsonFields(actionResult, ActionType.GangwayStreams);
  const mode = fields.string('Mode');
  if (mode !== 'terminal' && mode !== 'pipes') {
    throw new PayloadError(`${ActionType.GangwayStreams}.Mode`, 'is neither terminal nor pipes');
  }
  const columns = readSide(fields, 'Columns');
  const rows = readSide(fields, 'Rows');
  const term = fields.string('Term');
  if (term !== '' && !TERM.test(term))
    throw new PayloadError(`${ActionType.GangwayStreams}.Term`, 'is no terminal name');
  return {
    mode,
    ...(columns === undefined ? {} : { columns }),
    ...(rows === undefined ? {} : { rows }),
    ...(term === '' ? {} : { term }),
    ...(fields.boolean('NoDigests') && { noDigests: true }),
  };
}
