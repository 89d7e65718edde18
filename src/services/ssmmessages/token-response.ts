import type { RestResponse } from '../../platform/aws/service.js';

const CONTENT_TYPE = 'text/xml; charset=utf-8';

/**
 * The request is JSON, the answer must be 201 with XML all the same: an agent takes any other status for an error,
 * and one without the element `TokenValue` crashes the official agent (T5).
 */
export function tokenResponse(operation: 'CreateControlChannel' | 'CreateDataChannel', token: string): RestResponse {
  const name = `${operation}Response`;
  const body = `<${name}><MessageSchemaVersion>1.0</MessageSchemaVersion><TokenValue>${token}</TokenValue></${name}>`;
  return { status: 201, contentType: CONTENT_TYPE, body };
}

/** The form that AWS has been seen to use (wire-protocol 1.5). `message` is a constant: nothing is escaped. */
export function badRequestResponse(message: string): RestResponse {
  return {
    status: 400,
    contentType: CONTENT_TYPE,
    body: `<BadRequest xmlns=""><message>${message}</message></BadRequest>`,
  };
}
