import type {
  RecordingList,
  RecordingSummary,
  SearchAnswer,
  SearchMatch,
} from '../../core/recording/recordings-api.js';
import type { Authorization } from '../../platform/aws/access.js';
import type { RequestContext } from '../../platform/aws/service.js';
import { questionOf, readPageToken, writePageToken } from './page-token.js';
import { isAllowed, recordingQuestion } from './recording-access.js';
import { recordingError } from './recording-error.js';
import type { RecordingFiles } from './recording-files.js';
import { readFilter } from './recording-filter.js';
import type { RecordingIndex, RecordingQuery, RecordingRow } from './recording-index.js';
import type { Recordings } from './recordings.js';
import { SEARCH_BUDGET, SEARCH_START, searchTranscript } from './search-transcripts.js';

/** Of one answer. */
export const PAGE_SIZE = 50;
/** Looked at for one answer, those that the caller may not read included. */
export const MAX_LOOKED_AT = 500;
export const MAX_TEXT_LENGTH = 256;

export interface ReadRecordingsOptions {
  readonly recordings: Recordings;
  readonly index: RecordingIndex;
  readonly files: RecordingFiles;
  readonly authorization: Authorization | undefined;
}

/** Lists and searches. Both show of the records only those that the caller may read (`gangway:GetRecording`). */
export function readRecordings({ recordings, index, files, authorization }: ReadRecordingsOptions) {
  function mayRead({ sessionId, session }: RecordingRow, context: RequestContext): Promise<boolean> {
    return isAllowed(authorization, recordingQuestion('gangway:GetRecording', sessionId, session, context), {
      ...context,
      operation: 'GetRecording',
    });
  }

  async function list(query: URLSearchParams, context: RequestContext): Promise<RecordingList> {
    const question = questionOf(query);
    const place = readPageToken(query.get('next'), question, ['number', 'string']) as [number, string] | undefined;
    const after = place && { startedAt: place[0], sessionId: place[1] };
    const rows = await index.query({ ...readFilter(query), after, limit: MAX_LOOKED_AT + 1 });
    const shown: RecordingSummary[] = [];
    let last: RecordingRow | undefined;
    for (const row of rows.slice(0, MAX_LOOKED_AT)) {
      if (shown.length >= PAGE_SIZE) break;
      last = row;
      if (!(await mayRead(row, context))) continue;
      const summary = await recordings.summary(row);
      if (summary !== undefined) shown.push(summary);
    }
    const next = last !== undefined && last !== rows.at(-1) ? writePageToken(placeOf(last), question) : undefined;
    return { recordings: shown, ...(next !== undefined && { next }) };
  }

  /** Newest session first, its lines in their order. */
  async function search(query: URLSearchParams, context: RequestContext): Promise<SearchAnswer> {
    const wanted = (query.get('text') ?? '').toLowerCase();
    if (wanted === '' || wanted.length > MAX_TEXT_LENGTH) {
      throw recordingError.validation(`text must have 1 to ${MAX_TEXT_LENGTH} characters.`);
    }
    const question = questionOf(query);
    const kinds = ['number', 'string', 'number', 'number'] as const;
    const place = readPageToken(query.get('next'), question, kinds) as [number, string, number, number] | undefined;
    const after = place && { startedAt: place[0], sessionId: place[1], inclusive: true };
    const filter: RecordingQuery = { ...readFilter(query), transcript: 'ready', after, limit: MAX_LOOKED_AT };
    const rows = await index.query(filter);
    const matches: SearchMatch[] = [];
    const budget = { ...SEARCH_BUDGET };
    for (const row of rows) {
      const goesOn = place !== undefined && row.sessionId === place[1];
      const from = goesOn ? { offset: place[2], line: place[3] } : SEARCH_START;
      if (budget.bytes <= 0 || budget.matches <= 0) return { matches, next: next(row, from) };
      if (!(await mayRead(row, context))) continue;
      const rest = await searchTranscript(files, row, wanted, from, budget, matches);
      if (rest !== undefined) return { matches, next: next(row, rest) };
    }
    const last = rows.at(-1);
    // Beyond the last one: no line of it is there any more.
    const isMore = rows.length === MAX_LOOKED_AT && last !== undefined;
    return { matches, ...(isMore && { next: next(last, { offset: Number.MAX_SAFE_INTEGER, line: 1 }) }) };

    function next(row: RecordingRow, { offset, line }: { offset: number; line: number }): string {
      return writePageToken([...placeOf(row), offset, line], question);
    }
  }

  return { list, search };
}

function placeOf({ header, sessionId }: RecordingRow): [number, string] {
  return [header?.startedAt ?? 0, sessionId];
}
