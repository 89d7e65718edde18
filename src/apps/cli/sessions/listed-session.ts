import type { RecordingSummary } from '../../../core/recording/recordings-api.js';
import { type FilteredSession } from './filter-options.js';
import type { DescribedSession } from './describe-sessions.js';

/** What is known of a session: by Session Manager, by its record, or by both. */
export interface ListedSession extends FilteredSession {
  readonly sessionId: string;
  readonly described: DescribedSession | undefined;
  readonly recording: RecordingSummary | undefined;
  readonly status: string;
  /** Milliseconds since the epoch. */
  readonly endedAt: number | undefined;
  readonly task: string;
}

/** All sessions of both sources, the newest first. */
export function joinSessions(
  described: readonly DescribedSession[],
  recordings: readonly RecordingSummary[],
): ListedSession[] {
  const byId = new Map(recordings.map((recording) => [recording.header.sessionId, recording]));
  const rows = described.map((session) => {
    const recording = byId.get(session.SessionId ?? '');
    byId.delete(session.SessionId ?? '');
    return listedSession(session, recording);
  });
  rows.push(...[...byId.values()].map((recording) => listedSession(undefined, recording)));
  return rows.sort((one, other) => other.startedAt - one.startedAt);
}

function listedSession(
  described: DescribedSession | undefined,
  recording: RecordingSummary | undefined,
): ListedSession {
  const { header } = recording ?? {};
  const target = described?.Target ?? header?.target ?? '';
  // `ecs:<cluster>_<task id>_<runtime id>`; a cluster's name may have underscores itself.
  const [, cluster = '', task = target] = /^ecs:(.+)_([0-9a-f]{32})_[^_]+$/.exec(target) ?? [];
  return {
    sessionId: described?.SessionId ?? header?.sessionId ?? '',
    described,
    recording,
    // Session Manager forgets a session long before its record goes.
    status: described?.Status ?? (recording?.state === 'live' ? 'Unknown' : 'Terminated'),
    owner: described?.Owner ?? header?.owner ?? '',
    startedAt: milliseconds(described?.StartDate) ?? header?.startedAt ?? 0,
    endedAt: milliseconds(described?.EndDate) ?? recording?.endedAt,
    cluster,
    task,
    container: header?.containerName,
  };
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}

/** `live`, `kept`, or what is the matter with one of its copies. */
export function recordState({ state, deliveries, deletedAt }: RecordingSummary): string {
  if (deletedAt !== undefined) return 'deleted';
  if (state === 'live') return 'live';
  const worst =
    deliveries.find(({ status }) => status === 'failed') ?? deliveries.find(({ status }) => status === 'late');
  if (worst === undefined) return 'kept';
  return `${worst.status}: ${worst.reason ?? worst.place}`;
}
