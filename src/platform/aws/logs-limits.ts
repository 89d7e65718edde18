/** What CloudWatch Logs takes in one PutLogEvents (ecs-api 6.5). Whoever writes to it must cut by the same numbers. */
export const MAX_BATCH_EVENTS = 10_000;
/** UTF-8 of all messages, and {@link EVENT_OVERHEAD_BYTES} for each. */
export const MAX_BATCH_BYTES = 1_048_576;
/** Counted for an event beside its message. */
export const EVENT_OVERHEAD_BYTES = 26;
/** UTF-8 of one message; with its overhead it fills a batch. 262 144 with the overhead before 2025. */
export const MAX_MESSAGE_BYTES = MAX_BATCH_BYTES - EVENT_OVERHEAD_BYTES;
/** Between the first and the last event of a batch. */
export const MAX_BATCH_SPAN_MS = 24 * 3_600_000;
/** Events further ahead of the service's clock are rejected. */
export const MAX_AHEAD_MS = 2 * 3_600_000;
/** Events older than this, or than the group's retention, are rejected. */
export const MAX_AGE_MS = 14 * 24 * 3_600_000;

/** What an event counts for in its batch. */
export function eventBytes(message: string): number {
  return Buffer.byteLength(message) + EVENT_OVERHEAD_BYTES;
}
