import process from 'node:process';
import type { KeyService } from '../../core/channel/channel-api.js';
import type { Credentials } from '../../platform/aws/credentials.js';
import { InvalidArgumentError } from './commander.js';
import type { Connection } from './connect.js';
import { UsageError } from './usage-error.js';

export interface KmsOptions {
  /** URL, or `aws`. */
  readonly kms?: string;
  readonly kmsProfile?: string;
}

/** Reads `--kms`. */
export function kmsOption(text: string): string {
  if (text === 'aws') return text;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError('It is "aws" or a URL that begins with http:// or https://.');
  }
  return text;
}

/** Says what cannot be meant before anything is asked of anybody. */
export function checkKmsOptions({ kms, kmsProfile }: KmsOptions): void {
  if (kmsProfile !== undefined && kms === undefined) throw new UsageError('--kms-profile belongs to --kms');
}

/** The credentials of `--kms-profile`: a KMS elsewhere does not know those that the endpoint gave out. */
export async function kmsCredentials({
  kmsProfile: profile,
}: KmsOptions): Promise<(() => Promise<Credentials>) | undefined> {
  if (profile === undefined) return undefined;
  const { AwsConfiguration } = await import('../../platform/aws/aws-configuration.js');
  const configuration = await AwsConfiguration.load(process.env, { profile });
  await configuration.resolveCredentials();
  return () => configuration.resolveCredentials();
}

/** The KMS that `--kms` names, or the `gangway up` that is used; undefined when neither does. */
export async function otherKms(options: KmsOptions, connection: Connection): Promise<KeyService | undefined> {
  const endpointUrl = options.kms ?? connection.kms;
  if (endpointUrl === undefined) return undefined;
  const own = await kmsCredentials(options);
  const { createKmsClient } = await import('../../platform/aws/kms-client.js');
  const { region, ca } = connection;
  return createKmsClient({
    endpointUrl,
    region,
    credentials: own ?? connection.credentials,
    ...(ca !== undefined && { ca }),
  });
}
