import type { SessionInputs } from '../../core/protocol/session-document.js';
import type { Log } from '../log.js';
import { bucketNotValidated, GROUP_NOT_ENCRYPTED } from './encryption-refusals.js';
import { SessionFailure } from './session-failure.js';

/**
 * The checks of wire-protocol 7.4 for a host that records nothing, and so reaches no log group and no bucket. It answers
 * as AWS's agent does where they do not exist: a demand for encryption that cannot be checked refuses the session;
 * without that demand the session runs unlogged, and the operator reads so. Throws {@link SessionFailure}.
 */
export function checkLogDestinations(sessionId: string, inputs: SessionInputs, log: Log): void {
  const { cloudWatchLogGroupName, s3BucketName } = inputs;
  if (cloudWatchLogGroupName !== '' && inputs.cloudWatchEncryptionEnabled) {
    throw new SessionFailure(GROUP_NOT_ENCRYPTED, { bare: true });
  }
  if (s3BucketName !== '' && inputs.s3EncryptionEnabled) {
    throw new SessionFailure(bucketNotValidated('NoSuchBucket: The specified bucket does not exist'), { bare: true });
  }
  if (cloudWatchLogGroupName !== '' || s3BucketName !== '') {
    const reason = 'this host keeps no records';
    log.warn({ sessionId, cloudWatchLogGroupName, s3BucketName, reason }, 'session is not logged');
  }
}
