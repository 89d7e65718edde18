import type { Credentials } from '@aws-sdk/client-sts';
import type { SessionCredentials } from './sts-sessions.js';

/** The only place where they are told. */
export function sessionOutput(made: SessionCredentials): Credentials {
  return {
    AccessKeyId: made.accessKeyId,
    SecretAccessKey: made.secretAccessKey.reveal(),
    SessionToken: made.sessionToken.reveal(),
    Expiration: new Date(made.expiration),
  };
}
