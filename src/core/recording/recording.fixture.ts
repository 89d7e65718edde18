// eslint-disable-next-line no-restricted-imports -- a fixture brings the platform that the floor is given
import { createHash } from 'node:crypto';
import { encodeUtf8 } from '../protocol/utf8.js';
import { RECORDING_VERSION, EventKind, type RecordingEvent, type RecordingHeader } from './recording-format.js';
import { encodeEnd, encodeHeader, encodeRecordingSize } from './recording-payloads.js';
import { RecordingWriter } from './recording-writer.js';

export const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

export const HEADER: RecordingHeader = {
  version: RECORDING_VERSION,
  sessionId: 'ecs-execute-command-0123456789abcdefg',
  target: 'ecs:demo_0123456789abcdef0123456789abcdef_0123456789abcdef0123456789abcdef-1234567890',
  taskArn: 'arn:aws:ecs:us-east-1:123456789012:task/demo/0123456789abcdef0123456789abcdef',
  containerName: 'app',
  owner: 'arn:aws:iam::123456789012:user/admin',
  sourceIp: '127.0.0.1',
  command: '/bin/sh',
  startedAt: 1_700_000_000_000,
  terminal: { columns: 80, rows: 24, term: 'xterm-256color' },
  input: false,
};

export function output(time: number, text: string | Uint8Array): RecordingEvent {
  return { kind: EventKind.Output, time, payload: typeof text === 'string' ? encodeUtf8(text) : text };
}

export function resize(time: number, columns: number, rows: number): RecordingEvent {
  return { kind: EventKind.Resize, time, payload: encodeRecordingSize({ columns, rows }) };
}

/** The events of a whole record, encoded each: a header, these, and an end that counts them. */
export function recordedEvents(
  events: readonly RecordingEvent[],
  header: RecordingHeader = HEADER,
  end: { readonly exitCode: number | null; readonly reason: string; readonly recovered?: boolean } = {
    exitCode: 0,
    reason: '',
  },
): Uint8Array[] {
  const writer = new RecordingWriter(sha256);
  const encoded: Uint8Array[] = [];
  const add = ({ kind, time, payload }: RecordingEvent): void => {
    encoded.push(Uint8Array.from(writer.encode(kind, time, payload)));
    writer.accept();
  };
  add({ kind: EventKind.Header, time: 0, payload: encodeHeader(header) });
  for (const event of events) add(event);
  const { events: count, bytes, gaps, time } = writer.state;
  const counts = { events: count, bytes, gaps };
  add({ kind: EventKind.End, time, payload: encodeEnd({ recovered: false, ...end, counts }) });
  return encoded;
}

/** A whole record. */
export function recording(...parts: Parameters<typeof recordedEvents>): Uint8Array {
  return Buffer.concat(recordedEvents(...parts));
}
