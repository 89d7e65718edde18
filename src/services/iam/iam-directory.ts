import type { AccessKeys } from '../../platform/aws/access-keys.js';
import type { Secret } from '../../platform/aws/secret.js';
import type { Service } from '../../platform/aws/service.js';
import type { Sealer } from '../../platform/crypto/sealer.js';
import type { Database } from '../../platform/store/database.js';
import type { Principals } from '../principals.js';
import { AccessKeyUses } from './access-key-uses.js';
import { entityStore } from './entity-store.js';
import { activeKey, ADMIN_USER, HOST_USER, requireFirstUser } from './first-users.js';
import { IamAccessKeys } from './iam-access-keys.js';
import { IamChanges } from './iam-changes.js';
import type { RandomBytes } from './iam-identifiers.js';
import type { IamParts } from './iam-parts.js';
import { iamPrincipals } from './iam-principals.js';
import { createIamService } from './iam-service.js';
import { sealAccessKeys } from './seal-access-keys.js';

export { iamMigrations } from './migrations.js';
export { holdsSealedKeys } from './seal-access-keys.js';
export { ADMIN_USER, HOST_USER } from './first-users.js';

export interface IamDirectoryOptions {
  readonly database: Database;
  readonly accountId: string;
  readonly partition: string;
  readonly clock: () => number;
  readonly random: RandomBytes;
  /** Under the root key of the state. */
  readonly sealer: Sealer;
}

export interface BootstrapUser {
  readonly arn: string;
  readonly userId: string;
  readonly accessKeyId: string;
  readonly secret: Secret;
}

export interface IamDirectory {
  /** For the endpoint, to verify signatures. */
  readonly accessKeys: AccessKeys;
  /** The operations of IAM. */
  readonly service: Service;
  /** For whoever decides requests. */
  readonly principals: Principals;
  /**
   * Makes the account's first users when they are not there; otherwise returns what is. Seals what older versions
   * left in the clear. Throws when the root key is not that of the state.
   */
  bootstrap(): Promise<{ readonly created: boolean; readonly user: BootstrapUser }>;
  /** Credentials of the built-in container host; after {@link bootstrap}. */
  hostKey(): Promise<{ readonly accessKeyId: string; readonly secret: Secret }>;
  /** Writes what is written late: when keys were last used. */
  close(): Promise<void>;
}

/** Users, groups, roles, policies and access keys of the account. */
export function createIamDirectory(options: IamDirectoryOptions): IamDirectory {
  const { database, clock } = options;
  const changes = new IamChanges(database);
  const uses = new AccessKeyUses(database, clock);
  const parts: IamParts = { ...options, changes, uses };

  return {
    accessKeys: new IamAccessKeys(parts),
    service: createIamService(parts),
    principals: iamPrincipals(parts),

    async bootstrap() {
      await sealAccessKeys(database, parts.sealer);
      return changes.apply(async (queries) => {
        await requireFirstUser(parts, queries, HOST_USER);
        const { user, key, created } = await requireFirstUser(parts, queries, ADMIN_USER);
        return { created, user: { arn: user.arn, userId: user.id, ...key } };
      });
    },

    async hostKey() {
      const user = await entityStore.find(database, 'user', HOST_USER);
      const key = user && (await activeKey(parts, database, user));
      if (key === undefined) throw new Error(`IAM user ${HOST_USER} has no access key; bootstrap() makes it`);
      return key;
    },

    close: () => uses.flush(),
  };
}
