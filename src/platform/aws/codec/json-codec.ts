import type { AwsError } from '../aws-error.js';
import { decodeJson, unserializable } from '../model/decode-json.js';
import { encodeJson } from '../model/encode-json.js';
import type { Operation, Service } from '../service.js';
import type { WireResponse } from './wire-response.js';

const CONTENT_TYPE = 'application/x-amz-json-1.1';

/** Throws SerializationException, or the service's error for a missing member. */
export function readJsonInput(operation: Operation, service: Service, body: Uint8Array): unknown {
  let value: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    value = text === '' ? {} : JSON.parse(text);
  } catch {
    throw unserializable('The request body is not JSON');
  }
  return decodeJson(operation.input, value, (path) => service.missingMember(path));
}

export function jsonSuccess(operation: Operation, output: unknown, requestId: string): WireResponse {
  return {
    status: 200,
    headers: { 'content-type': CONTENT_TYPE, 'x-amzn-RequestId': requestId },
    body: JSON.stringify(encodeJson(operation.output, output)),
  };
}

/** Clients read the code from `__type` (botocore, Go) or from the header (JavaScript). */
export function jsonFailure(error: AwsError, requestId: string): WireResponse {
  return {
    status: error.status,
    headers: { 'content-type': CONTENT_TYPE, 'x-amzn-RequestId': requestId, 'x-amzn-ErrorType': error.code },
    body: JSON.stringify({ __type: error.code, message: error.message, ...error.members }),
  };
}
