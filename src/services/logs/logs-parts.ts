import type { Database } from '../../platform/store/database.js';
import type { Limits } from '../limits.js';
import type { Clock } from '../ecs/ports.js';
import type { BatchKeys } from './batch-keys.js';
import type { LogArns } from './log-arns.js';

/** What the operations are made of. Each takes the parts it uses. */
export interface LogsParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly arns: LogArns;
  readonly keys: BatchKeys;
  readonly limits: Limits;
}
