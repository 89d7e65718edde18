import type { AwsClient } from '../aws-client.js';
import { AwsError } from '../aws-error.js';
import type { Credentials } from '../credentials.js';
import { childOf, textOf, type XmlElement } from '../outgoing/xml-element.js';
import { Secret } from '../secret.js';
import { CredentialsError } from './credentials-error.js';
import type { ProfileRole } from './role-profile.js';

const STS_VERSION = '2011-06-15';

/** Asks STS for a session of the role, as whoever `sts` signs for. Throws {@link CredentialsError}. */
export async function assumeProfileRole(
  sts: AwsClient,
  role: ProfileRole,
  { endpoint, clock }: { readonly endpoint: string; readonly clock: () => number },
): Promise<Credentials> {
  const { roleArn, externalId, durationSeconds } = role;
  const sessionName = role.sessionName ?? `gangway-${Math.floor(clock() / 1000)}`;
  try {
    const result = await sts.query('sts', STS_VERSION, 'AssumeRole', {
      RoleArn: roleArn,
      RoleSessionName: sessionName,
      ...(externalId !== undefined && { ExternalId: externalId }),
      ...(durationSeconds !== undefined && { DurationSeconds: String(durationSeconds) }),
    });
    return credentialsIn(result);
  } catch (error) {
    if (error instanceof CredentialsError) throw error;
    const said = error instanceof AwsError ? `${error.code}: ${error.message}` : (error as Error).message;
    const message = `profile "${role.profile}": ${endpoint} gives no session of ${roleArn}: ${said}`;
    throw new CredentialsError(message, { cause: error });
  }
}

function credentialsIn(result: XmlElement): Credentials {
  const given = childOf(result, 'Credentials');
  const accessKeyId = textOf(given, 'AccessKeyId');
  const secret = textOf(given, 'SecretAccessKey');
  const token = textOf(given, 'SessionToken');
  const expires = Date.parse(textOf(given, 'Expiration') ?? '');
  if (!accessKeyId || !secret || !token || Number.isNaN(expires)) {
    throw new Error('the answer has no credentials');
  }
  return { accessKeyId, secretAccessKey: new Secret(secret), sessionToken: new Secret(token), expires };
}
