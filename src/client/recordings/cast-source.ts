import { open } from 'node:fs/promises';
import { encodeRecordingSize } from '../../core/recording/recording-payloads.js';
import { EventKind, type RecordingEvent, type RecordingSize } from '../../core/recording/recording-format.js';
import { printable } from './printable.js';
import type { ReplaySource } from './replay-source.js';

/** A longer line of a file is refused. */
export const MAX_LINE_CHARACTERS = 16 * 1024 * 1024;

const READ_BYTES = 64 * 1024;

interface CastHeader extends RecordingSize {
  readonly title: string;
}

/** An asciicast v2 file, of ours or of somebody else's. */
export async function castSource(file: string): Promise<ReplaySource> {
  const header = await readHeader(file);
  return {
    title: printable(header.title),
    terminal: { columns: header.columns, rows: header.rows },
    duration: undefined,
    events: (signal) => castEvents(file, signal),
  };
}

async function readHeader(file: string): Promise<CastHeader> {
  for await (const lines of fileLines(file)) {
    const [first] = lines;
    if (first !== undefined) return parseHeader(file, first);
  }
  throw new Error(`${file} is empty`);
}

function parseHeader(file: string, line: string): CastHeader {
  const value = parseLine(line);
  const { version, width, height, title, command } =
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  if (version !== 2) throw new Error(`${file} is no asciicast of version 2`);
  if (!isSize(width) || !isSize(height)) throw new Error(`${file}:1: the header has no width and height`);
  const name = [title, command].find((one): one is string => typeof one === 'string') ?? file;
  return { columns: width, rows: height, title: name };
}

async function* castEvents(file: string, signal: AbortSignal): AsyncGenerator<RecordingEvent[]> {
  let number = 0;
  let last = 0;
  for await (const lines of fileLines(file)) {
    if (signal.aborted) return;
    const events: RecordingEvent[] = [];
    for (const line of lines) {
      number += 1;
      if (number === 1 || line.trim() === '') continue;
      const event = parseEvent(line, last);
      if (event === undefined) throw new Error(`${file}:${number}: it is no event of an asciicast`);
      last = event.time;
      events.push(event);
    }
    if (events.length > 0) yield events;
  }
}

/** Undefined: it is none. Kinds that nobody has to know become empty output, as the format wants it. */
function parseEvent(line: string, last: number): RecordingEvent | undefined {
  const value = parseLine(line);
  if (!Array.isArray(value)) return undefined;
  const [seconds, code, data] = value as unknown[];
  if (typeof seconds !== 'number' || typeof code !== 'string' || typeof data !== 'string') return undefined;
  // Time that goes back is time that stands still.
  const time = Math.max(last, Math.round(seconds * 1e6));
  if (code === 'r') {
    const [columns, rows] = data.split('x').map(Number);
    if (!isSize(columns) || !isSize(rows)) return undefined;
    return { kind: EventKind.Resize, time, payload: encodeRecordingSize({ columns, rows }) };
  }
  return { kind: EventKind.Output, time, payload: Buffer.from(code === 'o' ? data : '') };
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}

function isSize(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0;
}

/** Lines of a file, those of each piece that is read together; a last one without its line feed too. */
async function* fileLines(file: string): AsyncGenerator<string[]> {
  const handle = await open(file);
  try {
    const decoder = new TextDecoder();
    const buffer = new Uint8Array(READ_BYTES);
    let rest = '';
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, READ_BYTES);
      if (bytesRead === 0) break;
      const [first = '', ...others] = decoder.decode(buffer.subarray(0, bytesRead), { stream: true }).split('\n');
      rest += first;
      if (rest.length > MAX_LINE_CHARACTERS) throw new Error(`${file} has a line that is too long`);
      if (others.length === 0) continue;
      const lines = [rest, ...others];
      rest = lines.pop() ?? '';
      yield lines;
    }
    if (rest !== '') yield [rest];
  } finally {
    await handle.close();
  }
}
