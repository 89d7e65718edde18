import type { Caller, RequestContext } from '../service.js';
import { endpointUrlOf } from './endpoint-request.js';
import type { EndpointRequest } from './endpoint-request.js';
import type { RequestTrace } from './request-trace.js';

export function requestContext(
  request: EndpointRequest,
  trace: RequestTrace,
  caller: Caller,
  region: string,
): RequestContext {
  return {
    requestId: trace.id,
    caller,
    region,
    sourceIp: request.sourceIp,
    userAgent: request.headers.get('user-agent') ?? '',
    endpointUrl: endpointUrlOf(request),
    service: trace.service,
    operation: trace.operation,
    decided: (access) => void trace.decisions.push(access),
  };
}
