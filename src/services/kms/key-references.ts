import { AwsError } from '../../platform/aws/aws-error.js';
import type { Queries } from '../../platform/store/database.js';
import type { Clock } from '../ecs/ports.js';
import { aliasStore } from './alias-store.js';
import type { Key } from './key.js';
import { keyStore } from './key-store.js';
import { kmsError } from './kms-error.js';

const KEY_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$|^mrk-[0-9a-f]{32}$/;

/** A `KeyId` as a caller wrote it, taken apart. */
export type Reference =
  { readonly kind: 'key'; readonly id: string } | { readonly kind: 'alias'; readonly name: string };

/** Whose keys these are. */
export interface KeyHome {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
}

/** The four names of a key: id, ARN, alias name, alias ARN. */
export class KeyReferences {
  readonly #prefix: string;
  readonly #home: KeyHome;
  readonly #clock: Clock;

  constructor(home: KeyHome, clock: Clock) {
    this.#home = home;
    this.#clock = clock;
    this.#prefix = `arn:${home.partition}:kms:${home.region}:${home.accountId}:`;
  }

  keyArn(id: string): string {
    return `${this.#prefix}key/${id}`;
  }

  /** `name` has `alias/` in front. */
  aliasArn(name: string): string {
    return `${this.#prefix}${name}`;
  }

  /** `aliases` false: the operation takes no alias. Throws NotFoundException for what cannot be a name of a key here. */
  parse(keyId: string, aliases: boolean): Reference {
    const resource = keyId.startsWith('arn:') ? this.#resourceOf(keyId) : keyId;
    if (aliases && resource.startsWith('alias/')) return { kind: 'alias', name: resource };
    const id = keyId.startsWith('arn:') ? resource.replace(/^key\//, '') : resource;
    if (!KEY_ID.test(id)) throw kmsError.invalidKeyId(keyId);
    return { kind: 'key', id };
  }

  /** Undefined when there is none. */
  async look(queries: Queries, reference: Reference): Promise<Key | undefined> {
    const id = reference.kind === 'key' ? reference.id : (await aliasStore.find(queries, reference.name))?.keyId;
    return id === undefined ? undefined : keyStore.find(queries, id, this.#clock());
  }

  /** Throws NotFoundException, in the words for the name that was used. */
  async find(queries: Queries, keyId: string, aliases: boolean): Promise<Key> {
    const reference = this.parse(keyId, aliases);
    const key = await this.look(queries, reference);
    if (key !== undefined) return key;
    throw reference.kind === 'key'
      ? kmsError.keyNotFound(this.keyArn(reference.id))
      : kmsError.aliasNotFound(this.aliasArn(reference.name));
  }

  #resourceOf(arn: string): string {
    const [, partition, service, region, account, ...rest] = arn.split(':');
    const resource = rest.join(':');
    if (service !== 'kms' || resource === '') throw new AwsError('InvalidArnException', `Invalid arn ${arn}`);
    if (partition !== this.#home.partition) throw kmsError.invalidArn(partition ?? '');
    if (region !== this.#home.region) throw kmsError.invalidArn(region ?? '');
    if (account !== this.#home.accountId) throw kmsError.unknownCiphertextKey();
    return resource;
  }
}

/** For work with the key: it must be enabled. */
export function requireEnabled(key: Key, arn: string): void {
  requireNotPending(key, arn);
  if (key.state === 'Disabled') throw kmsError.disabled(arn);
}

/** For changes to a key: it must not be about to be destroyed. */
export function requireNotPending(key: Key, arn: string): void {
  if (key.state === 'PendingDeletion') throw kmsError.pendingDeletion(arn);
}
