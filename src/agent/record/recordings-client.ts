import { AwsError } from '../../platform/aws/aws-error.js';
import { readJsonAnswer } from '../../platform/aws/outgoing/json-answer.js';
import { type EndpointAccess, endpointClient } from '../endpoint-access.js';
import {
  GANGWAY_SERVICE,
  RECORDINGS_PATH,
  type EndRequest,
  type PartAnswer,
  type Statement,
} from '../../core/recording/recordings-api.js';

/** The endpoint, as a record is brought to it. Rejects with an AwsError, or the system's error when it is away. */
export interface RecordingsEndpoint {
  put(sessionId: string, offset: number, bytes: Uint8Array, signal: AbortSignal): Promise<PartAnswer>;
  end(sessionId: string, request: EndRequest, signal: AbortSignal): Promise<Statement>;
}

/** As the host. */
export function createRecordingsClient(access: EndpointAccess): RecordingsEndpoint {
  const client = endpointClient(access);
  const path = (sessionId: string): string => `${RECORDINGS_PATH}/${encodeURIComponent(sessionId)}`;
  return {
    async put(sessionId, offset, bytes, signal) {
      const headers = { 'content-type': 'application/octet-stream' };
      const request = { method: 'PUT', path: `${path(sessionId)}?offset=${offset}`, headers, body: bytes };
      const answer = membersOf(readJsonAnswer(await client.rest(GANGWAY_SERVICE, request, { signal })));
      const length = lengthOf(answer);
      if (length === undefined) throw new Error('the endpoint answered a part without a length');
      return { length, watched: answer['watched'] === true };
    },
    async end(sessionId, request, signal) {
      const post = { method: 'POST', path: `${path(sessionId)}/end`, body: JSON.stringify(request) };
      const statement = membersOf(readJsonAnswer(await client.rest(GANGWAY_SERVICE, post, { signal })));
      const { signed, signature, keyId } = statement;
      if (typeof signed !== 'string' || typeof signature !== 'string' || typeof keyId !== 'string') {
        throw new Error('the endpoint answered the end of a record without a statement');
      }
      return { signed, signature, keyId };
    },
  };
}

/** What the endpoint has of a record, from its refusal of a part that does not fit; undefined: it says nothing of it. */
export function lengthAtEndpoint(error: unknown): number | undefined {
  if (!(error instanceof AwsError) || error.code !== 'RecordingConflictException') return undefined;
  return lengthOf(membersOf(error.members['detail']));
}

function lengthOf(members: Readonly<Record<string, unknown>>): number | undefined {
  const { length } = members;
  return typeof length === 'number' && Number.isSafeInteger(length) && length >= 0 ? length : undefined;
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
