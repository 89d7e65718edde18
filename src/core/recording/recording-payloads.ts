import { readFreedom } from '../protocol/interactive-shell.js';
import { encodeJson, JsonFields } from '../protocol/json-fields.js';
import { PayloadError } from '../protocol/payload-error.js';
import {
  RECORDING_VERSION,
  type RecordingCounts,
  type RecordingEnd,
  type RecordingGap,
  type RecordingHeader,
  type RecordingSize,
  type RecordingUsage,
} from './recording-format.js';

export function encodeHeader(header: RecordingHeader): Uint8Array {
  return encodeJson(header);
}

/** This and the others throw a PayloadError. */
export function parseHeader(payload: Uint8Array): RecordingHeader {
  const fields = JsonFields.parse(payload, 'header');
  const version = fields.integer('version');
  if (version !== RECORDING_VERSION) throw new PayloadError('header.version', `is not ${RECORDING_VERSION}`);
  const terminal = fields.has('terminal') ? fields.object('terminal') : undefined;
  return {
    version,
    sessionId: fields.requiredString('sessionId'),
    target: fields.string('target'),
    taskArn: fields.string('taskArn'),
    containerName: fields.string('containerName'),
    owner: fields.string('owner'),
    sourceIp: fields.string('sourceIp'),
    command: fields.string('command'),
    startedAt: fields.integer('startedAt'),
    terminal: terminal === undefined ? null : { ...sizeOf(terminal), term: terminal.string('term') },
    input: fields.boolean('input'),
    ...(fields.has('freedom') && { freedom: readFreedom(fields.object('freedom')) }),
  };
}

export function encodeRecordingSize({ columns, rows }: RecordingSize): Uint8Array {
  return encodeJson({ columns, rows } satisfies RecordingSize);
}

export function parseRecordingSize(payload: Uint8Array): RecordingSize {
  return sizeOf(JsonFields.parse(payload, 'resize'));
}

export function encodeGap(gap: RecordingGap): Uint8Array {
  return encodeJson(gap);
}

export function parseGap(payload: Uint8Array): RecordingGap {
  const fields = JsonFields.parse(payload, 'gap');
  return { bytes: fields.integer('bytes'), reason: fields.string('reason') };
}

export function encodeEnd(end: RecordingEnd): Uint8Array {
  return encodeJson(end);
}

export function parseEnd(payload: Uint8Array): RecordingEnd {
  const fields = JsonFields.parse(payload, 'end');
  const counts = fields.object('counts');
  return {
    exitCode: fields.has('exitCode') ? fields.integer('exitCode') : null,
    reason: fields.string('reason'),
    recovered: fields.boolean('recovered'),
    counts: {
      events: counts.integer('events'),
      bytes: counts.integer('bytes'),
      gaps: counts.integer('gaps'),
    } satisfies RecordingCounts,
    ...(fields.has('usage') && { usage: usageOf(fields.object('usage')) }),
  };
}

function usageOf(fields: JsonFields): RecordingUsage {
  return {
    cpuMilliseconds: fields.integer('cpuMilliseconds'),
    peakMemoryBytes: fields.integer('peakMemoryBytes'),
  };
}

function sizeOf(fields: JsonFields): RecordingSize {
  return { columns: fields.integer('columns'), rows: fields.integer('rows') };
}
