import process from 'node:process';
import type { Credentials } from '../../platform/aws/credentials.js';
import { InvalidArgumentError } from './commander.js';

/** Reads an option that says where a service is: a URL, or `aws`. */
export function serviceUrl(text: string): string {
  if (text === 'aws') return text;
  if (!isHttp(text)) {
    throw new InvalidArgumentError('It is "aws" or a URL that begins with http:// or https://.');
  }
  return text;
}

/** Reads an option that is a URL; no slash at its end. */
export function httpUrl(text: string): string {
  if (!isHttp(text)) throw new InvalidArgumentError('It is a URL that begins with http:// or https://.');
  return text.replace(/\/+$/, '');
}

function isHttp(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** The credentials of a profile: a service elsewhere does not know those that the endpoint gave out. */
export async function profileCredentials(
  profile: string | undefined,
): Promise<(() => Promise<Credentials>) | undefined> {
  if (profile === undefined) return undefined;
  const { AwsConfiguration } = await import('../../platform/aws/aws-configuration.js');
  const configuration = await AwsConfiguration.load(process.env, { profile });
  await configuration.resolveCredentials();
  return () => configuration.resolveCredentials();
}
