import { recordingError } from './recording-error.js';
import type { RecordingQuery } from './recording-index.js';

const MAX_VALUE_LENGTH = 2_048;

export type RecordingFilter = Omit<RecordingQuery, 'after' | 'limit' | 'transcript'>;

/** What a list or a search is restricted to. Times: milliseconds since the epoch, or ISO 8601. */
export function readFilter(query: URLSearchParams): RecordingFilter {
  const state = text(query, 'state');
  if (state !== undefined && state !== 'live' && state !== 'ended') {
    throw recordingError.validation("state must be 'live' or 'ended'.");
  }
  return {
    owner: text(query, 'owner'),
    container: text(query, 'container'),
    cluster: clusterName(text(query, 'cluster')),
    since: time(query, 'since'),
    until: time(query, 'until'),
    state,
  };
}

function text(query: URLSearchParams, name: string): string | undefined {
  const value = query.get(name) ?? '';
  if (value.length > MAX_VALUE_LENGTH) throw recordingError.validation(`${name} is too long.`);
  return value === '' ? undefined : value;
}

/** An ARN names it too. */
function clusterName(value: string | undefined): string | undefined {
  return value?.startsWith('arn:') === true ? value.slice(value.lastIndexOf('/') + 1) : value;
}

function time(query: URLSearchParams, name: string): number | undefined {
  const value = text(query, name);
  if (value === undefined) return undefined;
  const milliseconds = /^\d{1,15}$/.test(value) ? Number(value) : isoTime(value);
  if (Number.isNaN(milliseconds)) throw recordingError.validation(`${name} must be a time.`);
  return milliseconds;
}

function isoTime(value: string): number {
  return /^\d{4}-\d{2}-\d{2}/.test(value) ? Date.parse(value) : Number.NaN;
}

/** A whole number that is not negative; `otherwise` where it is not given. */
export function readNumber(query: URLSearchParams, name: string, otherwise?: number): number {
  const value = query.get(name);
  if (value === null && otherwise !== undefined) return otherwise;
  const number = value !== null && /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw recordingError.validation(`${name} must be a whole number, 0 or more.`);
  return number;
}
