import type { AccessKey, AccessKeys } from '../../platform/aws/access-keys.js';
import { accessKeyStore } from './access-key-store.js';
import { entityStore } from './entity-store.js';
import type { IamParts } from './iam-parts.js';
import { openedKey } from './seal-access-keys.js';

/** Keys that are remembered, opened, until something changes. */
export const MAX_REMEMBERED_KEYS = 10_000;

/** The users' access keys for the endpoint: Active ones only. */
export class IamAccessKeys implements AccessKeys {
  readonly #parts: IamParts;
  #version = 0;
  #known = new Map<string, AccessKey>();

  constructor(parts: IamParts) {
    this.#parts = parts;
  }

  async find(accessKeyId: string): Promise<AccessKey | undefined> {
    const version = this.#parts.changes.version();
    if (version !== this.#version) {
      this.#version = version;
      this.#known.clear();
    }
    const known = this.#known.get(accessKeyId);
    if (known !== undefined) return known;
    const found = await this.#read(accessKeyId);
    // Unknown ids are not remembered: anybody can make up as many as they like.
    if (found !== undefined && this.#parts.changes.version() === version) {
      if (this.#known.size >= MAX_REMEMBERED_KEYS) this.#known.clear();
      this.#known.set(accessKeyId, found);
    }
    return found;
  }

  used(accessKeyId: string, service: string, region: string): void {
    this.#parts.uses.record(accessKeyId, service, region);
  }

  async #read(accessKeyId: string): Promise<AccessKey | undefined> {
    const { database, sealer, accountId } = this.#parts;
    const key = await accessKeyStore.find(database, accessKeyId);
    if (key?.status !== 'Active') return undefined;
    const user = await entityStore.findById(database, key.userId);
    if (user === undefined) return undefined;
    const { arn, id: userId } = user;
    return { secret: openedKey(sealer, key), caller: { accountId, arn, userId, accessKeyId, type: 'user' } };
  }
}
