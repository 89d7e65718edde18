import { AccessDenied } from '../access.js';
import { AwsError } from '../aws-error.js';
import { element, text } from '../model/encode-xml.js';
import { MAX_EXPIRES_SECONDS, type ClaimedSignature } from '../sigv4/parse-signature.js';
import { type SignatureProblem, SignatureProblem as Problem, UNKNOWN_ACCESS_KEY } from '../sigv4/signature-problem.js';
import type { WireResponse } from './wire-response.js';

/** What S3 tells of a request besides the error. */
export interface S3Request {
  readonly requestId: string;
  readonly hostId: string;
  /** The path, as it was asked for. */
  readonly resource: string;
}

export const S3_CONTENT_TYPE = 'application/xml';

export function s3Headers({ requestId, hostId }: Pick<S3Request, 'requestId' | 'hostId'>): Record<string, string> {
  return { 'x-amz-request-id': requestId, 'x-amz-id-2': hostId };
}

export function s3Failure(error: AwsError, request: S3Request): WireResponse {
  const { code, message, members, status } = error;
  const more = Object.entries(members).map(([name, value]) => element(name, text(value)));
  const inner = [
    element('Code', text(code)),
    element('Message', text(message)),
    ...more,
    element('Resource', text(request.resource)),
    element('RequestId', text(request.requestId)),
    element('HostId', text(request.hostId)),
  ];
  const empty = status === 304;
  return {
    status,
    headers: { ...s3Headers(request), ...(!empty && { 'content-type': S3_CONTENT_TYPE }) },
    body: empty ? '' : `<?xml version="1.0" encoding="UTF-8"?>\n${element('Error', inner.join(''))}`,
  };
}

/** Whatever was thrown, in S3's words. */
export function s3Error(error: unknown): AwsError {
  if (error instanceof AccessDenied) return accessDenied(error.message, error.reason);
  if (error instanceof AwsError) return error;
  if (error instanceof Problem) return s3SignatureError(error, undefined, 0, '');
  return new AwsError('InternalError', 'We encountered an internal error. Please try again.', {
    fault: 'server',
    reason: error instanceof Error ? error.message : String(error),
    cause: error,
  });
}

/** ecs-api 8, last column. `claimed` is what could be read of the signature. */
export function s3SignatureError(
  { code, message, reason }: SignatureProblem,
  claimed: ClaimedSignature | undefined,
  now: number,
  region: string,
): AwsError {
  const AWSAccessKeyId = claimed?.accessKeyId ?? '';
  const error = (name: string, words: string, status: number, members: Record<string, unknown> = {}): AwsError =>
    new AwsError(name, words, { status, reason, members });
  switch (code) {
    case 'missing':
      return accessDenied('Access Denied', reason);
    case 'incomplete':
      return incomplete(message, reason);
    case 'unknown-key':
      return reason === UNKNOWN_ACCESS_KEY
        ? error('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.', 403, {
            AWSAccessKeyId,
          })
        : error('InvalidToken', 'The provided token is malformed or otherwise invalid.', 400);
    case 'expired-token':
      return error('ExpiredToken', 'The provided token has expired.', 400);
    case 'mismatch':
      return error(
        'SignatureDoesNotMatch',
        'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
        403,
        { AWSAccessKeyId },
      );
    case 'clock':
      return clockError(claimed, now, reason);
    case 'scope':
      return scopeError(message, claimed, region, reason);
  }
}

function accessDenied(message: string, reason: string | undefined, members: Record<string, unknown> = {}): AwsError {
  return new AwsError('AccessDenied', message, { status: 403, members, ...(reason !== undefined && { reason }) });
}

function incomplete(message: string, reason: string): AwsError {
  // Of presigned URLs the parser's own sentences are S3's.
  if (!message.includes('Authorization='))
    return new AwsError('AuthorizationQueryParametersError', message, { reason });
  return new AwsError(
    'AuthorizationHeaderMalformed',
    'The authorization header is malformed; the authorization header requires three components: ' +
      'Credential, SignedHeaders, and Signature.',
    { reason },
  );
}

function clockError(claimed: ClaimedSignature | undefined, now: number, reason: string): AwsError {
  const { time = 0, expiresSeconds } = claimed ?? {};
  const iso = (milliseconds: number): string => new Date(milliseconds).toISOString().replace(/\.\d{3}Z$/, 'Z');
  if (expiresSeconds === undefined) {
    return new AwsError(
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
      {
        status: 403,
        reason,
        members: { RequestTime: iso(time), ServerTime: iso(now), MaxAllowedSkewMilliseconds: 900_000 },
      },
    );
  }
  if (time > now) return accessDenied('Request is not valid yet', reason);
  return accessDenied('Request has expired', reason, {
    'X-Amz-Expires': Math.min(expiresSeconds, MAX_EXPIRES_SECONDS),
    Expires: iso(time + expiresSeconds * 1000),
    ServerTime: iso(now),
  });
}

function scopeError(message: string, claimed: ClaimedSignature | undefined, region: string, reason: string): AwsError {
  const presigned = claimed?.expiresSeconds !== undefined;
  const name = presigned ? 'AuthorizationQueryParametersError' : 'AuthorizationHeaderMalformed';
  const place = presigned ? 'Error parsing the X-Amz-Credential parameter' : 'The authorization header is malformed';
  const wrong = claimed?.scope.region;
  if (wrong === undefined || wrong === region) return new AwsError(name, `${place}; ${message}`, { reason });
  return new AwsError(name, `${place}; the region '${wrong}' is wrong; expecting '${region}'`, {
    reason,
    members: { Region: region },
  });
}
