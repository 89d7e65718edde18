import type { AccessKey, AccessKeys } from '../../platform/aws/access-keys.js';
import type { Secret } from '../../platform/aws/secret.js';
import type { Database, Queries } from '../../platform/store/database.js';
import { iamId, secretAccessKey, type RandomBytes } from './iam-identifiers.js';
import { userStore, type UserKey } from './user-store.js';
import type { User } from './user.js';

export { iamMigrations } from './migrations.js';

/** Made at the first start: an IAM user, because the ECS Exec checker refuses the root user. */
export const ADMIN_USER = 'gangway-admin';
/** Signs what the built-in container host says. */
export const HOST_USER = 'gangway-host';

export interface IamDirectoryOptions {
  readonly database: Database;
  readonly accountId: string;
  readonly partition: string;
  readonly clock: () => number;
  readonly random: RandomBytes;
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
  /** Makes the account's first users when they are not there; otherwise returns what is. */
  bootstrap(): Promise<{ readonly created: boolean; readonly user: BootstrapUser }>;
  /** Credentials of the built-in container host; after {@link bootstrap}. */
  hostKey(): Promise<{ readonly accessKeyId: string; readonly secret: Secret }>;
}

/** Users and access keys of the account. */
export function createIamDirectory(options: IamDirectoryOptions): IamDirectory {
  const { database, accountId, partition, clock, random } = options;

  async function require(queries: Queries, name: string): Promise<{ user: User; key: UserKey; created: boolean }> {
    const found = await userStore.find(queries, name);
    const user = found ?? { name, id: iamId(random, 'AIDA'), arn: `arn:${partition}:iam::${accountId}:user/${name}` };
    if (found === undefined) await userStore.put(queries, user, clock());
    const known = await userStore.activeKey(queries, name);
    if (known !== undefined) return { user, key: known, created: false };
    const key = { accessKeyId: iamId(random, 'AKIA'), secret: secretAccessKey(random) };
    await userStore.putKey(queries, name, key, clock());
    return { user, key, created: true };
  }

  return {
    accessKeys: {
      async find(accessKeyId): Promise<AccessKey | undefined> {
        const found = await userStore.findKey(database, accessKeyId);
        if (found === undefined) return undefined;
        const { arn, id: userId } = found.user;
        return { secret: found.secret, caller: { accountId, arn, userId, accessKeyId, type: 'user' } };
      },
    },

    bootstrap() {
      return database.transaction(async (queries) => {
        await require(queries, HOST_USER);
        const { user, key, created } = await require(queries, ADMIN_USER);
        return { created, user: { arn: user.arn, userId: user.id, ...key } };
      });
    },

    async hostKey() {
      const key = await userStore.activeKey(database, HOST_USER);
      if (key === undefined) throw new Error(`IAM user ${HOST_USER} has no access key; bootstrap() makes it`);
      return key;
    },
  };
}
