import { LOGS_TARGET_PREFIX } from '../../platform/aws/logs-client.js';
import type { Service } from '../../platform/aws/service.js';
import type { Sealer } from '../../platform/crypto/sealer.js';
import type { Database } from '../../platform/store/database.js';
import { Limits, type LimitsOption } from '../limits.js';
import type { DataKeys } from '../data-key-ports.js';
import type { Clock, Log, Timers } from '../ecs/ports.js';
import { BatchKeys } from './batch-keys.js';
import { filterLogEvents } from './filter-log-events.js';
import { getLogEvents } from './get-log-events.js';
import { groupOperations } from './group-operations.js';
import { groupSettingOperations } from './group-setting-operations.js';
import { keyOperations } from './key-operations.js';
import { LogArns } from './log-arns.js';
import { logsError } from './logs-error.js';
import type { LogsParts } from './logs-parts.js';
import { putLogEvents } from './put-log-events.js';
import { retentionOperations } from './retention-operations.js';
import { RetentionSweep } from './retention-sweep.js';
import { streamOperations } from './stream-operations.js';
import { tagOperations } from './tag-operations.js';

export { logsMigrations } from './migrations.js';

/**
 * Of a request: a full batch (1 MiB) of characters that JSON writes with six, and what is written around each of its
 * 10 000 messages.
 */
const MAX_BODY_BYTES = 8 * 1024 * 1024;

export interface LogsServiceOptions {
  readonly database: Database;
  /** Seals the events of groups without a KMS key. */
  readonly sealer: Sealer;
  /** Of the KMS of this endpoint. */
  readonly dataKeys: DataKeys;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  readonly log: Log;
  /** `open`: a key's policy need not allow the service, and any number of days is a retention. */
  readonly limits: LimitsOption;
}

export interface LogsService {
  readonly service: Service;
  /** Deletes what expired while nothing ran, and from then on what expires. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Amazon CloudWatch Logs: groups, streams, events, their retention and encryption. */
export function createLogsService(options: LogsServiceOptions): LogsService {
  const { database, sealer, dataKeys, clock } = options;
  const limits = Limits.of(options.limits);
  const arns = new LogArns(options);
  const keys = new BatchKeys({ database, sealer, dataKeys, arns, limits });
  const parts: LogsParts = { database, clock, arns, keys, limits };
  const sweep = new RetentionSweep(database, clock, options.timers, options.log);
  return {
    service: {
      name: 'logs',
      protocol: 'json-1.1',
      targetPrefix: LOGS_TARGET_PREFIX,
      version: '2014-03-28',
      maxBodyBytes: MAX_BODY_BYTES,
      missingMember: (path) => logsError.missing(path),
      operations: [
        ...groupOperations(parts),
        ...groupSettingOperations(parts),
        ...streamOperations(parts),
        putLogEvents(parts),
        getLogEvents(parts),
        filterLogEvents(parts),
        ...retentionOperations(parts, sweep),
        ...keyOperations(parts),
        ...tagOperations(parts),
      ],
    },
    start: () => sweep.start(),
    stop: () => sweep.stop(),
  };
}
