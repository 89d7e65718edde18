import type { Sealer } from '../../platform/crypto/sealer.js';
import type { Database } from '../../platform/store/database.js';
import type { AccessKeyUses } from './access-key-uses.js';
import type { IamChanges } from './iam-changes.js';
import type { RandomBytes } from './iam-identifiers.js';

/** What the operations of IAM work with. */
export interface IamParts {
  readonly database: Database;
  /** Every change goes through here. */
  readonly changes: IamChanges;
  readonly uses: AccessKeyUses;
  readonly accountId: string;
  readonly partition: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly random: RandomBytes;
  readonly sealer: Sealer;
}
