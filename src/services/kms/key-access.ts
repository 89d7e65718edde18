import type { AccessQuestion, AccessResource } from '../../platform/aws/access.js';
import type { RequestContext } from '../../platform/aws/service.js';
import { aliasStore } from './alias-store.js';
import { contextConditions, type EncryptionContext } from './encryption-context.js';
import type { Key } from './key.js';
import type { Reference } from './key-references.js';
import { keyTagStore } from './key-tag-store.js';
import type { KmsParts } from './kms-parts.js';

export type Conditions = Readonly<Record<string, string | readonly string[]>>;

type Parts = Pick<KmsParts, 'database' | 'references'>;

/** Of every key there can be here. */
const KEY_CONDITIONS: Conditions = {
  'kms:KeySpec': 'SYMMETRIC_DEFAULT',
  'kms:KeyUsage': 'ENCRYPT_DECRYPT',
  'kms:KeyOrigin': 'AWS_KMS',
  'kms:MultiRegion': 'false',
};

/** What KMS's operations ask the policies (ecs-api 7.5): the key, by whichever name it was called. */
export class KeyAccess {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** `aliases`: the operation takes an alias for a key. */
  async onKey(
    action: string,
    keyId: string,
    { caller }: RequestContext,
    { aliases = false, conditions = {} }: { aliases?: boolean; conditions?: Conditions } = {},
  ): Promise<readonly AccessQuestion[]> {
    const { database, references } = this.#parts;
    const reference = references.parse(keyId, aliases);
    const key = await references.look(database, reference);
    const requestAlias = reference.kind === 'alias' ? { 'kms:RequestAlias': reference.name } : {};
    return [
      {
        action,
        resources: [await this.#resource(reference, key)],
        conditions: {
          ...(await this.#keyConditions(key)),
          ...requestAlias,
          ...conditions,
          'kms:CallerAccount': caller.accountId,
        },
      },
    ];
  }

  /** Cryptographic work: with the encryption context. */
  withContext(
    action: string,
    keyId: string,
    encryptionContext: EncryptionContext | undefined,
    context: RequestContext,
    more: Conditions = {},
  ): Promise<readonly AccessQuestion[]> {
    const conditions = {
      ...contextConditions(encryptionContext),
      'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT',
      ...more,
    };
    return this.onKey(action, keyId, context, { aliases: true, conditions });
  }

  /** Work with an alias needs the right to it, which only identities' policies give, and to each key it concerns. */
  async onAlias(
    action: string,
    aliasName: string,
    keyIds: readonly string[],
    context: RequestContext,
  ): Promise<readonly AccessQuestion[]> {
    const { references } = this.#parts;
    const alias: AccessQuestion = {
      action,
      resources: [{ arn: references.aliasArn(aliasName) }],
      conditions: { 'kms:CallerAccount': context.caller.accountId },
    };
    const keys = await Promise.all(keyIds.map((keyId) => this.onKey(action, keyId, context)));
    return [alias, ...keys.flat()];
  }

  /** An action without a key. */
  onEverything(action: string, { caller }: RequestContext, conditions: Conditions = {}): readonly AccessQuestion[] {
    return [
      { action, resources: [{ arn: '*' }], conditions: { ...conditions, 'kms:CallerAccount': caller.accountId } },
    ];
  }

  /** A key that is not there is asked about as if it were: who is refused does not learn of it. */
  async #resource(reference: Reference, key: Key | undefined): Promise<AccessResource> {
    const { database, references } = this.#parts;
    if (key === undefined) return { arn: references.keyArn(reference.kind === 'key' ? reference.id : '*') };
    const arn = references.keyArn(key.id);
    return {
      arn,
      tags: await keyTagStore.all(database, key.id),
      policy: { name: `key policy of ${arn}`, document: key.policy, rule: 'must-allow' },
    };
  }

  async #keyConditions(key: Key | undefined): Promise<Conditions> {
    if (key === undefined) return KEY_CONDITIONS;
    const aliases = await aliasStore.namesOf(this.#parts.database, key.id);
    return { ...KEY_CONDITIONS, ...(aliases.length === 0 ? {} : { 'kms:ResourceAliases': aliases }) };
  }
}

/** `aws:RequestTag/k` and `aws:TagKeys`; nothing when the request has no tags. */
export function tagConditions(
  tags: readonly { readonly TagKey: string | undefined; readonly TagValue: string | undefined }[],
): Conditions {
  if (tags.length === 0) return {};
  return {
    ...Object.fromEntries(tags.map(({ TagKey = '', TagValue = '' }) => [`aws:RequestTag/${TagKey}`, TagValue])),
    'aws:TagKeys': tags.map(({ TagKey = '' }) => TagKey),
  };
}
