import type { SearchMatch } from '../../core/recording/recordings-api.js';
import type { RecordingFiles } from './recording-files.js';
import type { RecordingRow } from './recording-index.js';

/** What one request may cost; whoever wants more asks again with `next`. */
export interface SearchBudget {
  /** Of transcripts, to be gone through. */
  bytes: number;
  matches: number;
}

export const SEARCH_BUDGET: Readonly<SearchBudget> = Object.freeze({ bytes: 16 * 1024 * 1024, matches: 200 });

const READ_BYTES = 256 * 1024;
/** Of a line that is shown: around what was found. */
export const MAX_SHOWN_LENGTH = 500;

/** Where a search goes on in a transcript: at the beginning of a line. */
export interface SearchPosition {
  readonly offset: number;
  /** 1 is the transcript's first. */
  readonly line: number;
}

export const SEARCH_START: SearchPosition = Object.freeze({ offset: 0, line: 1 });

/** Goes through one transcript. Answers where the budget ran out; undefined: it is through. */
export async function searchTranscript(
  files: RecordingFiles,
  { sessionId, sealedKey }: RecordingRow,
  wanted: string,
  from: SearchPosition,
  budget: SearchBudget,
  matches: SearchMatch[],
): Promise<SearchPosition | undefined> {
  const file = await files.open(sessionId, sealedKey, 'transcript');
  let { offset, line } = from;
  let carried = Buffer.alloc(0);
  while (offset + carried.length < file.length) {
    const read = await file.read(offset + carried.length, READ_BYTES);
    budget.bytes -= read.length;
    const bytes = Buffer.concat([carried, read]);
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      if (budget.matches <= 0) return { offset: offset + start, line };
      const match = matchIn(bytes.subarray(start, end).toString('utf8'), wanted);
      if (match !== undefined) {
        matches.push({ sessionId, line, ...match });
        budget.matches -= 1;
      }
      start = end + 1;
      line += 1;
    }
    offset += start;
    carried = bytes.subarray(start);
    if (budget.bytes <= 0 && offset < file.length) return { offset, line };
  }
  return undefined;
}

/** `wanted` in lower case. */
function matchIn(stored: string, wanted: string): Pick<SearchMatch, 'time' | 'text'> | undefined {
  const space = stored.indexOf(' ');
  const text = stored.slice(space + 1);
  const at = text.toLowerCase().indexOf(wanted);
  if (at < 0) return undefined;
  const first = Math.max(0, Math.min(at - MAX_SHOWN_LENGTH / 4, text.length - MAX_SHOWN_LENGTH));
  return { time: Number(stored.slice(0, space)), text: text.slice(first, first + MAX_SHOWN_LENGTH) };
}
