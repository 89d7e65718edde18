import { AwsError } from '../../platform/aws/aws-error.js';
import { missingText } from '../constraints.js';

/** KMS's refusals, code and text (ecs-api 6.4). */
export const kmsError = Object.freeze({
  keyNotFound: (arn: string) => new AwsError('NotFoundException', `Key '${arn}' does not exist`),
  invalidKeyId: (keyId: string) => new AwsError('NotFoundException', `Invalid keyId '${keyId}'`),
  invalidArn: (part: string) => new AwsError('NotFoundException', `Invalid arn ${part}`),
  aliasNotFound: (arn: string) => new AwsError('NotFoundException', `Alias ${arn} is not found.`),
  noSuchPolicy: () => new AwsError('NotFoundException', 'No such policy exists'),
  disabled: (arn: string) => new AwsError('DisabledException', `${arn} is disabled.`),
  pendingDeletion: (arn: string) => new AwsError('KMSInvalidStateException', `${arn} is pending deletion.`),
  notPendingDeletion: (arn: string) => new AwsError('KMSInvalidStateException', `${arn} is not pending deletion.`),
  /** AWS says nothing of why; the operator reads it. */
  invalidCiphertext: (reason: string) => new AwsError('InvalidCiphertextException', '', { reason }),
  unknownCiphertextKey: () =>
    new AwsError(
      'AccessDeniedException',
      'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
    ),
  incorrectKey: () =>
    new AwsError(
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    ),
  invalidKeyUsage: (message: string) => new AwsError('InvalidKeyUsageException', message),
  invalidGrantToken: () => new AwsError('InvalidGrantTokenException', 'The grant token is not valid.'),
  dryRun: () =>
    new AwsError('DryRunOperationException', 'The request would have succeeded, but the DryRun option is set.', {
      status: 412,
    }),
  aliasExists: (arn: string) => new AwsError('AlreadyExistsException', `An alias with the name ${arn} already exists`),
  reservedAlias: () => new AwsError('NotAuthorizedException', ''),
  invalidAlias: (message: string) => new AwsError('InvalidAliasNameException', message),
  invalidMarker: () => new AwsError('InvalidMarkerException', 'Could not deserialize marker'),
  malformedPolicy: (message: string, reason?: string) =>
    new AwsError('MalformedPolicyDocumentException', message, reason === undefined ? {} : { reason }),
  limitExceeded: (message: string) => new AwsError('LimitExceededException', message),
  tag: (message: string) => new AwsError('TagException', message),
  unsupported: (message: string) => new AwsError('UnsupportedOperationException', message),
  validation: (message: string) => new AwsError('ValidationException', message),
  internal: (cause: unknown) =>
    new AwsError('KMSInternalException', 'The request was rejected because an internal exception occurred.', {
      fault: 'server',
      cause,
    }),
  missing: (path: string) => new AwsError('ValidationException', missingText(path)),
});
