import { AwsError } from '../../platform/aws/aws-error.js';
import { StoreError } from '../../platform/store/store-error.js';
import { DamagedFile } from './storage/segments.js';

type Members = Readonly<Record<string, unknown>>;

const error = (code: string, status: number, message: string, members: Members = {}, reason?: string): AwsError =>
  new AwsError(code, message, { status, members, ...(reason !== undefined && { reason }) });

/** S3's errors, in its words. */
export const s3Error = Object.freeze({
  noSuchBucket: (BucketName: string) =>
    error('NoSuchBucket', 404, 'The specified bucket does not exist', { BucketName }),
  noSuchKey: (Key: string) => error('NoSuchKey', 404, 'The specified key does not exist.', { Key }),
  noSuchVersion: (Key: string, VersionId: string) =>
    error('NoSuchVersion', 404, 'The specified version does not exist.', { Key, VersionId }),
  /** Of a version that only says that there is none. */
  isMarker: () =>
    error('MethodNotAllowed', 405, 'The specified method is not allowed against this resource.', {
      Method: 'GET',
      ResourceType: 'DeleteMarker',
    }),
  noSuchUpload: (UploadId: string) =>
    error(
      'NoSuchUpload',
      404,
      'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
      { UploadId },
    ),
  invalidArgument: (message: string, ArgumentName: string, ArgumentValue: unknown) =>
    error('InvalidArgument', 400, message, { ArgumentName, ArgumentValue }),
  invalidRequest: (message: string) => error('InvalidRequest', 400, message),
  invalidBucketName: (BucketName: string) =>
    error('InvalidBucketName', 400, 'The specified bucket is not valid.', { BucketName }),
  malformedXml: (reason?: string) =>
    error(
      'MalformedXML',
      400,
      'The XML you provided was not well-formed or did not validate against our published schema',
      {},
      reason,
    ),
  notImplemented: (Header: string, reason?: string) =>
    error(
      'NotImplemented',
      501,
      'A header you provided implies functionality that is not implemented',
      { Header },
      reason,
    ),
  preconditionFailed: (Condition: string) =>
    error('PreconditionFailed', 412, 'At least one of the pre-conditions you specified did not hold', { Condition }),
  badDigest: (what: string) =>
    error('BadDigest', 400, `The ${what} you specified did not match the calculated checksum.`),
  missing: (code: string, message: string, BucketName: string) => error(code, 404, message, { BucketName }),
  of: error,
});

/** What went wrong below S3, as its caller shall see it; the operator reads the cause. */
export function asS3Error(thrown: unknown): unknown {
  if (thrown instanceof AwsError) return thrown;
  if (isFull(thrown)) {
    return new AwsError('ServiceUnavailable', 'Service is unable to handle request.', {
      fault: 'server',
      status: 503,
      reason: `no room left for objects: ${(thrown as Error).message}. Free some space on the disk; no restart is needed.`,
      cause: thrown,
    });
  }
  if (thrown instanceof DamagedFile) {
    return new AwsError('InternalError', 'We encountered an internal error. Please try again.', {
      fault: 'server',
      reason: `an object's file is damaged: ${thrown.message}`,
      cause: thrown,
    });
  }
  return thrown;
}

function isFull(thrown: unknown): boolean {
  if (thrown instanceof StoreError) return thrown.code === 'full';
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
