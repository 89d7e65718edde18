import { AwsError } from '../../platform/aws/aws-error.js';
import { Sealer } from '../../platform/crypto/sealer.js';
import type { Database, Queries } from '../../platform/store/database.js';
import type { Limits } from '../limits.js';
import type { DataKey, DataKeys } from '../data-key-ports.js';
import type { LogArns } from './log-arns.js';
import type { LogGroup } from './log-group.js';
import { logsError } from './logs-error.js';
import { nextOf } from './sequence.js';

interface BatchKeysOptions {
  readonly database: Database;
  /** Of groups without a KMS key. */
  readonly sealer: Sealer;
  readonly dataKeys: DataKeys;
  readonly arns: LogArns;
  readonly limits: Limits;
}

/** Opens the batches of one group; made anew for each request, so that a key that was disabled opens nothing more. */
export type Opener = (dataKeyId: number | undefined) => Promise<Sealer>;

/**
 * What batches are sealed with. A group with a KMS key has data keys of it, one for each time that it was associated,
 * bound to the group by the encryption context `aws:logs:arn`, as on AWS. With open limits the key's policy is not asked.
 */
export class BatchKeys {
  readonly #options: BatchKeysOptions;

  constructor(options: BatchKeysOptions) {
    this.#options = options;
  }

  /** A new data key under a KMS key, for the group of this name. Throws what AssociateKmsKey says. */
  async generate(groupName: string, kmsKeyId: string): Promise<DataKey> {
    const arn = this.#options.arns.group(groupName);
    try {
      return await this.#options.dataKeys.generate({ keyId: kmsKeyId, ...this.#purpose(arn) });
    } catch (error) {
      if (!(error instanceof AwsError) || error.fault === 'server') throw error;
      const unusable = error.code === 'DisabledException' || error.code === 'KMSInvalidStateException';
      throw unusable ? logsError.keyDisabled(kmsKeyId, error) : logsError.keyNotAllowed(arn, error);
    }
  }

  /** Keeps the wrapped key; its id. Within a transaction. */
  async keep(queries: Queries, groupId: number, { ciphertext }: DataKey): Promise<number> {
    const id = await nextOf(queries, 'ids');
    await queries.run('INSERT INTO logs_data_keys (id, group_id, wrapped) VALUES (?, ?, ?)', id, groupId, ciphertext);
    return id;
  }

  /** Throws AccessDeniedException when KMS does not let the service use the group's key any more. */
  opener(group: Pick<LogGroup, 'name'>): Opener {
    const opened = new Map<number, Promise<Sealer>>();
    return (dataKeyId) => {
      if (dataKeyId === undefined) return Promise.resolve(this.#options.sealer);
      let sealer = opened.get(dataKeyId);
      if (sealer === undefined) opened.set(dataKeyId, (sealer = this.#open(group.name, dataKeyId)));
      return sealer;
    };
  }

  async #open(groupName: string, dataKeyId: number): Promise<Sealer> {
    const { database, dataKeys, arns } = this.#options;
    const arn = arns.group(groupName);
    const row = await database.get<{ wrapped: Uint8Array }>(
      'SELECT wrapped FROM logs_data_keys WHERE id = ?',
      dataKeyId,
    );
    if (row === undefined) throw logsError.groupNotFound();
    try {
      return new Sealer(await dataKeys.open(this.#purpose(arn), new Uint8Array(row.wrapped)));
    } catch (error) {
      throw error instanceof AwsError && error.fault === 'client' ? logsError.keyNotAllowed(arn, error) : error;
    }
  }

  #purpose(arn: string) {
    return {
      service: 'logs',
      encryptionContext: { 'aws:logs:arn': arn },
      unasked: this.#options.limits.isOpen('log-keys'),
    };
  }
}
