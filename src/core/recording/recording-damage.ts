/** Where a record is not what was written, and how. */
export interface RecordingDamage {
  /**
   * `changed`: at least one byte of this event is another. `missing`: events before it are not there. `added`: it, or
   * others before it, were not written. `reordered`: the same events in another order. `cut`: the record stops before
   * its end. `trailing`: something stands behind its end.
   */
  readonly what: 'changed' | 'missing' | 'added' | 'reordered' | 'cut' | 'trailing';
  /** Of the first byte of the first event that is not as it was written. */
  readonly offset: number;
  /** Number of that event; 1 is the header. */
  readonly event: number;
  /** Of the last event before it, in microseconds since the session's start: up to there all is well. */
  readonly time: number;
  readonly detail: string;
}

/** One line for a person. */
export function describeDamage({ what, offset, event, time, detail }: RecordingDamage): string {
  return `${what} at byte ${offset}, event ${event}, after ${(time / 1e6).toFixed(6)} s: ${detail}`;
}
