import { randomUUID } from 'node:crypto';
import { asAwsError, failureResponse } from '../codec/failure.js';
import type { WireResponse } from '../codec/wire-response.js';
import type { RestRoute } from '../service.js';
import { parseSignature } from '../sigv4/parse-signature.js';
import type { SignatureVerifier } from '../verify-signature.js';
import { CallerGone } from './endpoint-request.js';
import type { EndpointRequest } from './endpoint-request.js';
import type { EndpointOptions } from './endpoint-options.js';
import { requestContext } from './request-context.js';
import { requireAccess } from './require-access.js';
import { decodedPath, findRestRoute } from './request-target.js';
import { RequestTrace } from './request-trace.js';
import { RpcServices } from './rpc-services.js';

/** From a request to its answer and its line in the log. Knows nothing of sockets. */
export class RequestAnswerer {
  readonly #options: EndpointOptions;
  readonly #verifier: SignatureVerifier;
  readonly #rpc: RpcServices;

  constructor(options: EndpointOptions, verifier: SignatureVerifier) {
    this.#options = options;
    this.#verifier = verifier;
    this.#rpc = new RpcServices(options, verifier);
  }

  /** Never rejects. Undefined: there is nobody left to answer. */
  async answer(request: EndpointRequest): Promise<WireResponse | undefined> {
    const trace = new RequestTrace('request', randomUUID(), request);
    try {
      const response = await this.#dispatch(request, trace);
      this.#tell(trace, response.status);
      return response;
    } catch (error) {
      const response = failureResponse(asAwsError(error, trace.protocol), trace.protocol, trace.id, trace.xmlNamespace);
      this.#tell(trace, response.status, error);
      return error instanceof CallerGone ? undefined : response;
    }
  }

  #tell(trace: RequestTrace, status: number, thrown?: unknown): void {
    const { log, audit, clock, region } = this.#options;
    log(trace.event(status, thrown));
    // A health check is nobody's.
    if (trace.service !== '' && !(trace.dataEvent && status < 400))
      audit?.(trace.record(status, clock(), region, thrown));
  }

  #dispatch(request: EndpointRequest, trace: RequestTrace): Promise<WireResponse> {
    if (isHealthCheck(request)) return Promise.resolve(healthy(trace.id));
    const route = findRestRoute(this.#options.routes, request);
    return route === undefined ? this.#rpc.call(request, trace) : this.#rest(route, request, trace);
  }

  async #rest(route: RestRoute, request: EndpointRequest, trace: RequestTrace): Promise<WireResponse> {
    trace.protocol = route.errors ?? 'rest-xml';
    trace.service = route.service;
    trace.dataEvent = route.dataEvent ?? false;
    const claimed = parseSignature(request);
    const body = await request.readBody();
    const caller = await this.#verifier.verify({ ...request, body }, claimed, route.service);
    trace.caller = caller;
    const context = requestContext(request, trace, caller, this.#options.region);
    const target = { path: decodedPath(request.path), query: new URLSearchParams(request.query) };
    await requireAccess(this.#options.authorization, route.access, target, context);
    const answer = await route.handle({
      method: request.method,
      ...target,
      headers: Object.fromEntries(request.headers),
      body,
      context,
    });
    const headers = { ...answer.headers, 'content-type': answer.contentType, 'x-amzn-RequestId': trace.id };
    return { status: answer.status, headers, body: answer.body };
  }
}

/** Unsigned and without a query, so that it can be no call of a service. */
function isHealthCheck({ method, path, query, headers }: EndpointRequest): boolean {
  return method === 'GET' && (path === '/' || path === '/health') && query === '' && !headers.has('authorization');
}

function healthy(requestId: string): WireResponse {
  return {
    status: 200,
    headers: { 'content-type': 'application/json', 'x-amzn-RequestId': requestId },
    body: '{"status":"ok"}',
  };
}
