import type { Command } from 'commander';
import type { RecordingFilter } from '../../../client/recordings/recordings-client.js';
import { momentOption } from './time-option.js';

export interface FilterOptions {
  readonly user?: string;
  readonly container?: string;
  readonly cluster?: string;
  readonly since?: number;
  readonly until?: number;
}

export function addFilterOptions(command: Command): Command {
  const moment = momentOption(Date.now());
  return command
    .option('--user <name>', 'only sessions of this user, role session, or ARN')
    .option('--container <name>', 'only sessions in containers of this name')
    .option('--cluster <name>', 'only sessions in this cluster')
    .option('--since <time>', 'only sessions that started at or after it: an ISO time, or 2h, 3d ago', moment)
    .option('--until <time>', 'only sessions that started before it', moment);
}

export function recordingFilter({ user, container, cluster, since, until }: FilterOptions): RecordingFilter {
  return {
    // Endpoints look for the whole ARN, or for what stands behind its last slashes.
    ...(user !== undefined && { owner: user.replace(/^user\//, '') }),
    ...(container !== undefined && { container }),
    ...(cluster !== undefined && { cluster }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
}

/** What a filter is applied to. */
export interface FilteredSession {
  /** ARN. */
  readonly owner: string;
  readonly cluster: string;
  /** Undefined: not known. */
  readonly container: string | undefined;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** DescribeSessions has none of these filters as they are meant here. */
export function passes(session: FilteredSession, filter: RecordingFilter): boolean {
  const { owner, container, cluster, since = -Infinity, until = Infinity } = filter;
  return (
    (owner === undefined || isOwner(session.owner, owner)) &&
    (container === undefined || session.container === container) &&
    (cluster === undefined || session.cluster === cluster) &&
    session.startedAt >= since &&
    session.startedAt < until
  );
}

/** `ann` of `arn:aws:iam::123456789012:user/ann`. */
function isOwner(arn: string, wanted: string): boolean {
  return arn === wanted || arn.endsWith(`/${wanted}`);
}
