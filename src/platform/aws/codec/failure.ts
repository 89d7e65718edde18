import { AccessDenied } from '../access.js';
import { AwsError } from '../aws-error.js';
import { SignatureProblem } from '../sigv4/signature-problem.js';
import type { SignatureProblemCode } from '../sigv4/signature-problem.js';
import { ec2AccessError, ec2Failure, ec2SignatureError } from './ec2-codec.js';
import { jsonFailure } from './json-codec.js';
import { queryFailure } from './query-codec.js';
import { restFailure } from './rest-codec.js';
import { s3Error, s3Failure } from './s3-codec.js';
import type { WireProtocol, WireResponse } from './wire-response.js';

/** ecs-api 8. JSON services answer all of these with 400, query services with 403 unless said. */
const signatureErrors: Readonly<Record<SignatureProblemCode, { json: string; query: string; queryStatus?: number }>> = {
  missing: { json: 'MissingAuthenticationTokenException', query: 'MissingAuthenticationToken' },
  incomplete: { json: 'IncompleteSignatureException', query: 'IncompleteSignature', queryStatus: 400 },
  'unknown-key': { json: 'UnrecognizedClientException', query: 'InvalidClientTokenId' },
  'expired-token': { json: 'ExpiredTokenException', query: 'ExpiredToken' },
  mismatch: { json: 'InvalidSignatureException', query: 'SignatureDoesNotMatch' },
  clock: { json: 'InvalidSignatureException', query: 'SignatureDoesNotMatch' },
  scope: { json: 'InvalidSignatureException', query: 'SignatureDoesNotMatch' },
};

/** Whatever was thrown, as the error that the caller of this protocol shall see. */
export function asAwsError(error: unknown, protocol: WireProtocol): AwsError {
  if (protocol === 's3') return s3Error(error);
  if (error instanceof AccessDenied) return accessError(error, protocol);
  if (error instanceof AwsError) return error;
  if (error instanceof SignatureProblem) return signatureError(error, protocol);
  return new AwsError(
    'InternalFailure',
    'The request processing has failed because of an unknown error, exception or failure.',
    { fault: 'server', reason: error instanceof Error ? error.message : String(error), cause: error },
  );
}

export function failureResponse(
  error: AwsError,
  protocol: WireProtocol,
  requestId: string,
  xmlNamespace = '',
): WireResponse {
  switch (protocol) {
    case 'json-1.1':
      return jsonFailure(error, requestId);
    case 'query':
      return queryFailure(error, xmlNamespace, requestId);
    case 'ec2':
      return ec2Failure(error, requestId);
    case 'rest-xml':
      return restFailure(error, requestId);
    case 's3':
      return s3Failure(error, { requestId, hostId: '', resource: '' });
  }
}

/**
 * ecs-api 7.6: JSON services answer AccessDeniedException with 400, query services AccessDenied with 403. The message
 * gateway's agents look for `<AccessDeniedException>` in the body, and for a refused upgrade at the status.
 */
function accessError(error: AccessDenied, protocol: Exclude<WireProtocol, 's3'>): AwsError {
  if (protocol === 'json-1.1') return error;
  const { message, reason } = error;
  if (protocol === 'ec2') return ec2AccessError(message, reason);
  const code = protocol === 'query' ? 'AccessDenied' : 'AccessDeniedException';
  return new AwsError(code, message, { status: 403, ...(reason !== undefined && { reason }) });
}

function signatureError(problem: SignatureProblem, protocol: Exclude<WireProtocol, 's3'>): AwsError {
  const { code, message, reason } = problem;
  const { json, query, queryStatus = 403 } = signatureErrors[code];
  switch (protocol) {
    case 'json-1.1':
      return new AwsError(json, message, { reason });
    case 'query': {
      const words = code === 'missing' ? 'Request is missing Authentication Token' : message;
      return new AwsError(query, words, { reason, status: queryStatus });
    }
    case 'ec2':
      return ec2SignatureError(problem);
    case 'rest-xml':
      return new AwsError('BadRequest', 'Unauthorized request.', { reason });
  }
}
