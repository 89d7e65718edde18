import type { AwsError } from '../aws-error.js';
import { text } from '../model/encode-xml.js';
import type { WireResponse } from './wire-response.js';

/**
 * The message gateway's two forms (wire-protocol 1.5): `BadRequest` with a lower-case message, anything else as an
 * element named after the code. Agents look for the text `<AccessDeniedException>`.
 */
export function restFailure(error: AwsError, requestId: string): WireResponse {
  const { code } = error;
  const message = text(error.message);
  const body =
    code === 'BadRequest'
      ? `<BadRequest xmlns=""><message>${message}</message></BadRequest>`
      : `<${code}><Message>${message}</Message></${code}>`;
  return { status: error.status, headers: { 'content-type': 'text/xml', 'x-amzn-RequestId': requestId }, body };
}
