import {
  type RecordingList,
  RECORDINGS_PATH,
  type RecordingSummary,
  type SearchAnswer,
  type SearchMatch,
  type SigningKey,
} from '../../core/recording/recordings-api.js';
import { AwsError } from '../../platform/aws/aws-error.js';
import type { HttpAnswer } from '../../platform/aws/outgoing/http-exchange.js';
import { readJsonAnswer } from '../../platform/aws/outgoing/json-answer.js';
import { printable } from './printable.js';

/** One signed request of the service `gangway`, answered with whatever status. */
export type Rest = (
  request: { readonly method: string; readonly path: string },
  options: { readonly signal?: AbortSignal },
) => Promise<HttpAnswer>;

/** Which records; what is absent does not restrict. */
export interface RecordingFilter {
  readonly owner?: string;
  readonly container?: string;
  readonly cluster?: string;
  /** Milliseconds since the epoch, of the session's start. */
  readonly since?: number;
  readonly until?: number;
}

export interface RecordPart {
  readonly bytes: Uint8Array;
  /** Nothing more will come behind it. */
  readonly ended: boolean;
}

export interface RecordPartRequest {
  /** Bytes from the beginning of the record. */
  readonly offset: number;
  /** How long the endpoint may wait for the next byte of a live session. */
  readonly waitSeconds?: number;
  readonly signal?: AbortSignal;
}

/** The records of an endpoint, for whoever may read them. Rejects with AwsErrors whose messages are printable. */
export class RecordingsClient {
  readonly #rest: Rest;

  constructor(rest: Rest) {
    this.#rest = rest;
  }

  async *list(filter: RecordingFilter & { readonly state?: 'live' | 'ended' }): AsyncGenerator<RecordingSummary> {
    let next: string | undefined;
    do {
      const page = (await this.#json(`/${query({ ...filter, next })}`)) as RecordingList;
      yield* page.recordings;
      ({ next } = page);
    } while (next !== undefined);
  }

  async *search(text: string, filter: RecordingFilter): AsyncGenerator<SearchMatch> {
    let next: string | undefined;
    do {
      const page = (await this.#json(`/search${query({ text, ...filter, next })}`)) as SearchAnswer;
      yield* page.matches;
      ({ next } = page);
    } while (next !== undefined);
  }

  async summary(sessionId: string): Promise<RecordingSummary> {
    return (await this.#json(`/${encodeURIComponent(sessionId)}`)) as RecordingSummary;
  }

  async signingKey(): Promise<SigningKey> {
    return (await this.#json('/signing-key')) as SigningKey;
  }

  async part(sessionId: string, { offset, waitSeconds, signal }: RecordPartRequest): Promise<RecordPart> {
    const path = `/${encodeURIComponent(sessionId)}/data${query({ offset, wait: waitSeconds })}`;
    const answer = await this.#get(path, signal);
    if (answer.status !== 200) refused(() => readJsonAnswer(answer));
    return { bytes: answer.bytes, ended: answer.headers['x-gangway-ended'] === 'true' };
  }

  async #json(path: string): Promise<unknown> {
    const answer = await this.#get(path);
    return refused(() => readJsonAnswer(answer));
  }

  #get(path: string, signal?: AbortSignal): Promise<HttpAnswer> {
    return this.#rest({ method: 'GET', path: `${RECORDINGS_PATH}${path}` }, signal === undefined ? {} : { signal });
  }
}

/** What an endpoint says may repeat what somebody else has chosen. */
function refused(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const { code, status, fault, members } = error;
    throw new AwsError(printable(code), printable(error.message), { status, fault, members, cause: error.cause });
  }
}

function query(members: Readonly<Record<string, string | number | undefined>>): string {
  const given = Object.entries(members).flatMap(([name, value]) => {
    // Not URLSearchParams, whose `+` for a space is not what a signature is made over.
    return value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`];
  });
  return given.length === 0 ? '' : `?${given.join('&')}`;
}
