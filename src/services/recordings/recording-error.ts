import type { PartAnswer } from '../../core/recording/recordings-api.js';
import { AwsError } from '../../platform/aws/aws-error.js';

/** What callers of the recordings API read. Codes are AWS's where AWS has one for it. */
export const recordingError = Object.freeze({
  /** What is there is not what the caller takes it for. */
  conflict: (message: string, detail: PartAnswer) =>
    new AwsError('RecordingConflictException', message, { status: 409, members: { detail } }),
  validation: (message: string) => new AwsError('ValidationException', message),
  notFound: (message: string, reason?: string) =>
    new AwsError('ResourceNotFoundException', message, { status: 404, ...(reason !== undefined && { reason }) }),
  roleRefused: (roleArn: string, cause: Error) =>
    new AwsError('RoleRefusedException', `The role '${roleArn}' of the session's task cannot be assumed any more.`, {
      ...{ reason: cause.message, cause },
    }),
  unavailable: (cause: unknown) =>
    new AwsError('ServiceUnavailableException', 'The record cannot be stored at the moment. Try again later.', {
      ...{ fault: 'server', status: 503, cause },
      reason: `${cause instanceof Error ? cause.message : String(cause)}; check the disk of the recordings`,
    }),
  /** To whoever may read records it is said where: nobody else can help. */
  damaged: (cause: Error) =>
    new AwsError('RecordingDamagedException', `The stored record is damaged: ${cause.message}.`, {
      ...{ fault: 'server', status: 500, cause },
    }),
});
