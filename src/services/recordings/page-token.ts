import { recordingError } from './recording-error.js';

/** Where an answer stopped: opaque to the caller, and good only for the question that it belongs to. */
export function writePageToken(place: readonly (string | number)[], question: string): string {
  return Buffer.from(JSON.stringify([...place, question])).toString('base64url');
}

/** `kinds` says what {@link writePageToken} was given. Undefined: from the beginning. */
export function readPageToken(
  token: string | null,
  question: string,
  kinds: readonly ('string' | 'number')[],
): readonly unknown[] | undefined {
  if (token === null || token === '') return undefined;
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch {
    read = undefined;
  }
  if (Array.isArray(read) && read.length === kinds.length + 1 && read.at(-1) === question) {
    const place = read.slice(0, -1) as unknown[];
    if (place.every((value, index) => typeof value === kinds[index])) return place;
  }
  throw recordingError.validation('next is not valid.');
}

/** The question of a request: all of its query but the token itself. */
export function questionOf(query: URLSearchParams): string {
  return JSON.stringify([...query].filter(([name]) => name !== 'next').sort());
}
