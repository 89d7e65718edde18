import type { Authorization } from '../../platform/aws/access.js';
import type { Sealer } from '../../platform/crypto/sealer.js';
import type { Database } from '../../platform/store/database.js';
import type { DataKeys } from '../data-key-ports.js';
import type { Clock, Log, RandomBytes } from '../ecs/ports.js';
import type { ObjectFiles } from './storage/object-files.js';

/** What S3's operations share. */
export interface S3Parts {
  readonly database: Database;
  readonly files: ObjectFiles;
  readonly sealer: Sealer;
  readonly dataKeys: DataKeys;
  /** Absent: whoever can sign may do everything. */
  readonly authorization: Authorization | undefined;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  readonly log: Log;
}
