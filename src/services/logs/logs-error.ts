import { AwsError } from '../../platform/aws/aws-error.js';
import { missingText } from '../constraints.js';

/** CloudWatch Logs' refusals, code and text (ecs-api 6.5). */
export const logsError = Object.freeze({
  groupNotFound: () => new AwsError('ResourceNotFoundException', 'The specified log group does not exist.'),
  streamNotFound: () => new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.'),
  /** Of the tag operations that take an ARN. */
  resourceNotFound: () => new AwsError('ResourceNotFoundException', 'The specified resource does not exist.'),
  groupExists: () => new AwsError('ResourceAlreadyExistsException', 'The specified log group already exists'),
  streamExists: () => new AwsError('ResourceAlreadyExistsException', 'The specified log stream already exists'),
  invalid: (message: string, reason?: string) =>
    new AwsError('InvalidParameterException', message, reason === undefined ? {} : { reason }),
  /** The code is one of the API reference's of DeleteLogGroup; the text is not known. */
  deletionProtected: () =>
    new AwsError('ValidationException', 'The log group has deletion protection enabled and cannot be deleted.'),
  tooManyTags: (resourceName: string) =>
    new AwsError('TooManyTagsException', 'The resource has too many tags', { members: { resourceName } }),
  /** The key's policy does not let the service use it, or it is not there (users' reports of 2024). */
  keyNotAllowed: (groupArn: string, cause?: unknown) =>
    new AwsError(
      'AccessDeniedException',
      `The specified KMS key does not exist or is not allowed to be used with Arn '${groupArn}'`,
      { cause, ...reasonOf(cause) },
    ),
  /** The code is the API reference's of AssociateKmsKey; the text is not known. */
  keyDisabled: (keyArn: string, cause: unknown) =>
    new AwsError('InvalidParameterException', `The specified KMS key is disabled: ${keyArn}`, {
      cause,
      ...reasonOf(cause),
    }),
  unavailable: (cause: unknown) =>
    new AwsError('ServiceUnavailableException', 'The service cannot complete the request.', {
      fault: 'server',
      cause,
    }),
  missing: (path: string) => new AwsError('InvalidParameterException', missingText(path)),
});

function reasonOf(cause: unknown): { reason?: string } {
  if (!(cause instanceof AwsError)) return {};
  return { reason: [`KMS: ${cause.code}: ${cause.message}`, cause.reason].filter(Boolean).join('; ') };
}
