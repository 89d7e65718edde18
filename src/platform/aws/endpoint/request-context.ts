import type { Caller, RequestContext } from '../service.js';
import { endpointUrlOf } from './endpoint-request.js';
import type { EndpointRequest } from './endpoint-request.js';

export function requestContext(
  request: EndpointRequest,
  requestId: string,
  caller: Caller,
  region: string,
): RequestContext {
  return {
    requestId,
    caller,
    region,
    sourceIp: request.sourceIp,
    userAgent: request.headers.get('user-agent') ?? '',
    endpointUrl: endpointUrlOf(request),
  };
}
