import { AwsError } from '../../platform/aws/aws-error.js';

/** Session Manager's refusals, code and text (ecs-api 6.1). */
export const ssmError = Object.freeze({
  targetNotConnected: (target: string, reason: string) =>
    new AwsError('TargetNotConnected', `${target} is not connected.`, { reason }),
  invalidDocument: (name: string) =>
    new AwsError('InvalidDocument', `Document with name ${name} does not exist or cannot be used for this target.`),
  invalidParameters: (message: string) => new AwsError('InvalidParameters', message),
  doesNotExist: (sessionId: string) => new AwsError('DoesNotExistException', `Session ${sessionId} does not exist.`),
  sessionLimit: (limit: number) =>
    new AwsError(
      'ServiceQuotaExceededException',
      `Unable to start new execute sessions because the maximum session limit of ${limit} has been reached.`,
    ),
  invalidFilterKey: (message: string) => new AwsError('InvalidFilterKey', message),
  invalidNextToken: () => new AwsError('InvalidNextToken', 'The specified token is not valid.'),
  internal: (cause: unknown) =>
    new AwsError('InternalServerError', 'An error occurred on the server side.', { fault: 'server', cause }),
  /** A constraint of the service model is violated; the wording is that of AWS's validator. */
  validation: (field: string, value: string, constraint: string) =>
    new AwsError(
      'ValidationException',
      `1 validation error detected: Value '${value}' at '${field}' failed to satisfy constraint: Member must ${constraint}`,
    ),
  /** A required member is absent; `path` has the model's names, the text begins each in lower case. */
  missing: (path: string) => {
    const field = path.replace(/(^|\.)[A-Z]/g, (start) => start.toLowerCase());
    return new AwsError(
      'ValidationException',
      `1 validation error detected: Value null at '${field}' failed to satisfy constraint: Member must not be null`,
    );
  },
});

/** Throws ValidationException unless the text has between `least` and `most` characters. */
export function requireLength(field: string, value: string, least: number, most: number): void {
  if (value.length < least) {
    throw ssmError.validation(field, value, `have length greater than or equal to ${least}`);
  }
  if (value.length > most) throw ssmError.validation(field, value, `have length less than or equal to ${most}`);
}
