import type { KeyService } from '../../core/channel/channel-api.js';
import type { Connection } from './connect.js';
import { profileCredentials } from './service-option.js';
import { UsageError } from './usage-error.js';

export interface KmsOptions {
  /** URL, or `aws`. */
  readonly kms?: string;
  readonly kmsProfile?: string;
}

/** Says what cannot be meant before anything is asked of anybody. */
export function checkKmsOptions({ kms, kmsProfile }: KmsOptions): void {
  if (kmsProfile !== undefined && kms === undefined) throw new UsageError('--kms-profile belongs to --kms');
}

/** The KMS that `--kms` names, or the `gangway up` that is used; undefined when neither does. */
export async function otherKms(options: KmsOptions, connection: Connection): Promise<KeyService | undefined> {
  const endpointUrl = options.kms ?? connection.kms;
  if (endpointUrl === undefined) return undefined;
  const own = await profileCredentials(options.kmsProfile);
  const { createKmsClient } = await import('../../platform/aws/kms-client.js');
  const { region, ca } = connection;
  return createKmsClient({
    endpointUrl,
    region,
    credentials: own ?? connection.credentials,
    ...(ca !== undefined && { ca }),
  });
}
