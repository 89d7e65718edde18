import { AwsError } from '../../platform/aws/aws-error.js';
import { mayPass } from '../../platform/aws/outgoing/retry.js';
import { causeOf } from '../log.js';

/** Of names that no bucket, key, group or stream can have: whatever an operator does, they stay so. */
const NEVER: ReadonlySet<string> = new Set(['InvalidBucketName', 'KeyTooLongError', 'InvalidParameterException']);

/** Whether a service has said no, rather than not answered, or not now. */
export function isRefusal(error: unknown): error is AwsError {
  return error instanceof AwsError && !mayPass(error);
}

/** Whether no later attempt can succeed. */
export function isFinal(error: unknown): boolean {
  return error instanceof AwsError && NEVER.has(error.code);
}

/** The code first, as AWS's agent quotes errors. */
export function failureText(error: unknown): string {
  return error instanceof AwsError ? `${error.code}: ${error.message}` : causeOf(error);
}
