import type { SessionInputs } from '../../core/protocol/session-document.js';
import type { Log } from '../log.js';
import { SessionFailure } from './session-failure.js';

const GROUP_NOT_ENCRYPTED =
  "We couldn't start the session because encryption is not set up on the selected CloudWatch Logs log group. " +
  'Either encrypt the log group or choose an option to enable logging without encryption.';

/**
 * The checks of wire-protocol 7.4 for a host that records nothing, and so reaches no log group and no bucket. It answers as AWS's agent does
 * where they do not exist: a demand for encryption that cannot be checked refuses the session; without that demand
 * the session runs unlogged, and the operator reads so. Throws {@link SessionFailure}.
 */
export function checkLogDestinations(sessionId: string, inputs: SessionInputs, log: Log): void {
  const { cloudWatchLogGroupName, s3BucketName } = inputs;
  if (cloudWatchLogGroupName !== '' && inputs.cloudWatchEncryptionEnabled) {
    throw new SessionFailure(GROUP_NOT_ENCRYPTED, { bare: true });
  }
  if (s3BucketName !== '' && inputs.s3EncryptionEnabled) {
    const cause = 'NoSuchBucket: The specified bucket does not exist';
    throw new SessionFailure(
      `Couldn't start the session because we are unable to validate encryption on Amazon S3 bucket. Error: ${cause}`,
      { bare: true },
    );
  }
  if (cloudWatchLogGroupName !== '' || s3BucketName !== '') {
    const reason = 'this host keeps no records';
    log.warn({ sessionId, cloudWatchLogGroupName, s3BucketName, reason }, 'session is not logged');
  }
}
