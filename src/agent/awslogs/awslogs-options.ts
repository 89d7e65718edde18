import type { LogConfiguration } from '../../core/protocol/agent-service.js';

/** Of a definition that names no `max-buffer-size`. */
export const DEFAULT_BUFFER_BYTES = 10 * 1024 * 1024;
/** A buffer is never smaller: one batch shall fit in it. */
export const LEAST_BUFFER_BYTES = 1024 * 1024;
/** A buffer is never larger, whatever is asked for: it is the host's memory, not the task's. */
export const MOST_BUFFER_BYTES = 256 * 1024 * 1024;

export interface AwslogsOptions {
  readonly group: string;
  readonly region: string;
  readonly streamPrefix: string | undefined;
  readonly createGroup: boolean;
  /** The container waits when the buffer is full; else what finds no room is dropped. */
  readonly blocking: boolean;
  readonly bufferBytes: number;
  /** Asked for, and not done here: every line is an event. */
  readonly multiline: boolean;
}

/**
 * The options of an awslogs driver; undefined for other drivers, and when there is no group. Without a `mode` it is
 * `non-blocking`, as on ECS since June 2025.
 */
export function readAwslogsOptions({ logDriver, options }: LogConfiguration): AwslogsOptions | undefined {
  const group = options['awslogs-group'];
  if (logDriver !== 'awslogs' || group === undefined || group === '') return undefined;
  const prefix = options['awslogs-stream-prefix'];
  return {
    group,
    region: options['awslogs-region'] ?? '',
    streamPrefix: prefix === '' ? undefined : prefix,
    createGroup: options['awslogs-create-group'] === 'true',
    blocking: options['mode'] === 'blocking',
    bufferBytes: bytesOf(options['max-buffer-size']),
    multiline: 'awslogs-multiline-pattern' in options || 'awslogs-datetime-format' in options,
  };
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** `25m`; Docker's units. */
function bytesOf(size: string | undefined): number {
  const [, number, unit = ''] = /^(\d+)\s*([kmg]?)b?$/i.exec(size ?? '') ?? [];
  if (number === undefined) return DEFAULT_BUFFER_BYTES;
  const bytes = Number(number) * (UNITS[unit.toLowerCase()] ?? 1);
  return Math.min(Math.max(bytes, LEAST_BUFFER_BYTES), MOST_BUFFER_BYTES);
}
