import type { Service } from '../service.js';
import type { WireProtocol } from '../codec/wire-response.js';
import type { RestRoute } from '../service.js';
import { uriDecode } from '../sigv4/uri-encoding.js';
import type { EndpointRequest } from './endpoint-request.js';

const FORM = 'application/x-www-form-urlencoded';

/** The path that routes are matched against. */
export function decodedPath(path: string): string {
  return Buffer.from(uriDecode(path)).toString('utf8');
}

export function findRestRoute(routes: readonly RestRoute[], request: EndpointRequest): RestRoute | undefined {
  const path = decodedPath(request.path);
  return routes.find((route) => route.method === request.method && route.path.test(path));
}

/** `X-Amz-Target: PREFIX.Operation` */
export interface JsonTarget {
  readonly prefix: string;
  readonly operation: string;
}

export function jsonTargetOf(request: Pick<EndpointRequest, 'headers'>): JsonTarget | undefined {
  const target = request.headers.get('x-amz-target');
  if (target === undefined) return undefined;
  const dot = target.lastIndexOf('.');
  return { prefix: target.slice(0, Math.max(dot, 0)), operation: target.slice(dot + 1) };
}

/** How to answer before, or without, knowing the service: by the marks of the request (ecs-api 1.1). */
export function protocolOf(request: EndpointRequest, service: Service | undefined): WireProtocol {
  if (request.headers.has('x-amz-target')) return 'json-1.1';
  if (service !== undefined) return service.protocol;
  const isForm = request.headers.get('content-type')?.startsWith(FORM) === true;
  return isForm || new URLSearchParams(request.query).has('Action') ? 'query' : 'json-1.1';
}

/** Fields of URL and form body together. */
export function queryParameters(request: EndpointRequest, body: Uint8Array): URLSearchParams {
  const parameters = new URLSearchParams(request.query);
  if (request.method !== 'POST') return parameters;
  for (const [name, value] of new URLSearchParams(Buffer.from(body).toString('utf8'))) parameters.append(name, value);
  return parameters;
}
