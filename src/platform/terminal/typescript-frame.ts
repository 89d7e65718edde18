import type { RecordingEnd, RecordingHeader } from '../../core/recording/recording-format.js';

/** First line of a transcript, as `script` of util-linux writes it. */
export function scriptStarted({ startedAt, terminal }: Pick<RecordingHeader, 'startedAt' | 'terminal'>): string {
  const where =
    terminal === null
      ? '<not executed on terminal>'
      : `TERM="${terminal.term.replaceAll(/["\p{Cc}]/gu, '')}" COLUMNS="${terminal.columns}" LINES="${terminal.rows}"`;
  return `Script started on ${isoTime(startedAt)} [${where}]`;
}

/** Last line; `script` leaves an empty one before it. */
export function scriptDone(endedAt: number, end: RecordingEnd | undefined): string {
  const { exitCode = null } = end ?? {};
  const how = exitCode === null ? '<exit code not known>' : `COMMAND_EXIT_CODE="${exitCode}"`;
  return `Script done on ${isoTime(endedAt)} [${how}]`;
}

/** `2026-01-02 03:04:05+00:00`, of milliseconds since the epoch. */
function isoTime(time: number): string {
  const [date, clock = ''] = new Date(time).toISOString().split('T');
  return `${date} ${clock.slice(0, 8)}+00:00`;
}
