import type { Secret } from '../../platform/aws/secret.js';
import type { Queries } from '../../platform/store/database.js';
import { accessKeyStore } from './access-key-store.js';
import { attachmentStore } from './attachment-store.js';
import type { Entity } from './entity.js';
import { createEntity } from './entity-lookup.js';
import { entityStore } from './entity-store.js';
import { accessKeyId, secretAccessKey } from './iam-identifiers.js';
import type { IamParts } from './iam-parts.js';
import { openedKey, sealedFor } from './seal-access-keys.js';

/** Made at the first start: an IAM user, because the ECS Exec checker refuses the root user. */
export const ADMIN_USER = 'gangway-admin';
/** Signs what the built-in container host says. */
export const HOST_USER = 'gangway-host';

/** What each is given once; whoever takes it away later is obeyed. */
const FIRST_POLICIES: Readonly<Record<string, readonly string[]>> = Object.freeze({
  [ADMIN_USER]: ['AdministratorAccess'],
  [HOST_USER]: ['service-role/AmazonEC2ContainerServiceforEC2Role', 'service-role/GangwayContainerHost'],
});

export interface UserKey {
  readonly accessKeyId: string;
  readonly secret: Secret;
}

/** The user and a key of theirs, made where it is not there. Users of older versions get their policy too. */
export async function requireFirstUser(
  parts: IamParts,
  queries: Queries,
  name: string,
): Promise<{ user: Entity; key: UserKey; created: boolean }> {
  const user =
    (await entityStore.find(queries, 'user', name)) ?? (await createEntity(parts, queries, 'user', { name }));
  await givePolicies(parts, queries, user);
  const known = await activeKey(parts, queries, user);
  if (known !== undefined) return { user, key: known, created: false };
  const id = accessKeyId(parts.random);
  const secret = secretAccessKey(parts.random);
  const sealed = sealedFor(parts.sealer, id, secret);
  const createdAt = parts.clock();
  await accessKeyStore.insert(queries, { id, userId: user.id, secret: sealed, status: 'Active', createdAt });
  return { user, key: { accessKeyId: id, secret }, created: true };
}

/** The oldest key that is Active. */
export async function activeKey(parts: IamParts, queries: Queries, { id }: Entity): Promise<UserKey | undefined> {
  const key = (await accessKeyStore.ofUser(queries, id)).find(({ status }) => status === 'Active');
  return key && { accessKeyId: key.id, secret: openedKey(parts.sealer, key) };
}

async function givePolicies({ partition }: IamParts, queries: Queries, { id, name }: Entity): Promise<void> {
  for (const policy of FIRST_POLICIES[name] ?? []) {
    const known = 'SELECT user_id FROM iam_given_policies WHERE user_id = ? AND policy = ?';
    if ((await queries.get(known, id, policy)) !== undefined) continue;
    await attachmentStore.attach(queries, id, `arn:${partition}:iam::aws:policy/${policy}`);
    await queries.run('INSERT INTO iam_given_policies (user_id, policy) VALUES (?, ?)', id, policy);
  }
}
