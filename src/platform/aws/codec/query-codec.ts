import type { AwsError } from '../aws-error.js';
import { decodeQuery } from '../model/decode-query.js';
import { element, encodeXml, text } from '../model/encode-xml.js';
import { isUnit } from '../model/shape.js';
import type { Operation, Service } from '../service.js';
import type { WireResponse } from './wire-response.js';

/** Throws MalformedQueryString, or the service's error for a missing member. */
export function readQueryInput(operation: Operation, service: Service, parameters: URLSearchParams): unknown {
  return decodeQuery(operation.input, parameters, (path) => service.missingMember(path));
}

export function querySuccess(
  operation: Operation,
  { xmlNamespace = '' }: Service,
  output: unknown,
  requestId: string,
): WireResponse {
  const { name } = operation;
  const result = isUnit(operation.output) ? '' : element(`${name}Result`, encodeXml(operation.output, output));
  const metadata = element('ResponseMetadata', element('RequestId', requestId));
  const body = `<${name}Response xmlns="${xmlNamespace}">${result}${metadata}</${name}Response>`;
  return answer(200, body, requestId);
}

export function queryFailure(error: AwsError, xmlNamespace: string, requestId: string): WireResponse {
  const type = error.fault === 'client' ? 'Sender' : 'Receiver';
  const details = element('Type', type) + element('Code', text(error.code)) + element('Message', text(error.message));
  const inner = element('Error', details) + element('RequestId', requestId);
  return answer(error.status, `<ErrorResponse xmlns="${xmlNamespace}">${inner}</ErrorResponse>`, requestId);
}

function answer(status: number, body: string, requestId: string): WireResponse {
  return { status, headers: { 'content-type': 'text/xml', 'x-amzn-RequestId': requestId }, body };
}
