import { AwsError } from '../aws-error.js';
import { element, encodeXml, text } from '../model/encode-xml.js';
import type { Operation, Service } from '../service.js';
import type { SignatureProblem } from '../sigv4/signature-problem.js';
import type { WireResponse } from './wire-response.js';

/** EC2's own form of an answer: no result element around the members, and `requestId` among them (ecs-api 1.2). */
export function ec2Success(
  operation: Operation,
  { xmlNamespace = '' }: Service,
  output: unknown,
  requestId: string,
): WireResponse {
  const inner = element('requestId', text(requestId)) + encodeXml(operation.output, output);
  return answer(
    200,
    `<${operation.name}Response xmlns="${xmlNamespace}">${inner}</${operation.name}Response>`,
    requestId,
  );
}

export function ec2Failure(error: AwsError, requestId: string): WireResponse {
  const details = element('Code', text(error.code)) + element('Message', text(error.message));
  const inner = element('Errors', element('Error', details)) + element('RequestID', text(requestId));
  return answer(error.status, element('Response', inner), requestId);
}

/** A refusal by policy; `message` is the sentence of the other services (ecs-api 7.6). */
export function ec2AccessError(message: string, reason: string | undefined): AwsError {
  return new AwsError('UnauthorizedOperation', `You are not authorized to perform this operation. ${message}`, {
    status: 403,
    ...(reason !== undefined && { reason }),
  });
}

/** ecs-api 8, column EC2. */
export function ec2SignatureError({ code, message, reason }: SignatureProblem): AwsError {
  switch (code) {
    case 'expired-token':
    case 'clock':
      return new AwsError('RequestExpired', message, { reason });
    case 'missing':
    case 'incomplete':
    case 'unknown-key':
    case 'mismatch':
    case 'scope':
      return new AwsError('AuthFailure', 'AWS was not able to validate the provided access credentials', {
        reason,
        status: 401,
      });
  }
}

function answer(status: number, xml: string, requestId: string): WireResponse {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`;
  return { status, headers: { 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-RequestId': requestId }, body };
}
