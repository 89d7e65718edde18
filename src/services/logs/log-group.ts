/** A log group as it is stored. */
export interface LogGroup {
  readonly id: number;
  readonly name: string;
  readonly groupClass: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Undefined: events are kept for ever. */
  readonly retentionDays: number | undefined;
  readonly kmsKeyArn: string | undefined;
  /** The data key that new batches are sealed with; undefined: the endpoint's own. */
  readonly dataKeyId: number | undefined;
  readonly deletionProtected: boolean;
  readonly storedBytes: number;
  /** No batch of the group spans more; bounds where batches of a moment can begin. */
  readonly longestBatchMs: number;
}

export interface LogStream {
  readonly id: number;
  readonly groupId: number;
  readonly name: string;
  readonly createdAt: number;
  readonly firstEventAt: number | undefined;
  readonly lastEventAt: number | undefined;
  readonly lastIngestionAt: number | undefined;
}

export const DAY_MS = 86_400_000;

/** Events before this moment have expired. */
export function expiryOf({ retentionDays }: Pick<LogGroup, 'retentionDays'>, now: number): number {
  return retentionDays === undefined ? 0 : now - retentionDays * DAY_MS;
}
