import { randomBytes, randomUUID } from 'node:crypto';
import { s3Failure, s3Headers, s3SignatureError } from '../codec/s3-codec.js';
import { asAwsError } from '../codec/failure.js';
import { Payload } from '../payload/payload.js';
import { contentLength, payloadClaim } from '../payload/payload-claim.js';
import { type ClaimedSignature, parseSignature } from '../sigv4/parse-signature.js';
import { SignatureProblem } from '../sigv4/signature-problem.js';
import type { StreamedResponse, StreamedService, StreamedTarget } from '../streamed-service.js';
import type { SignatureVerifier } from '../verify-signature.js';
import type { EndpointOptions } from './endpoint-options.js';
import { CallerGone, type EndpointRequest } from './endpoint-request.js';
import { requestContext } from './request-context.js';
import { findRestRoute } from './request-target.js';
import { requireAccess } from './require-access.js';
import { RequestTrace } from './request-trace.js';

/** A request whose body is still on the wire. */
export type StreamedEndpointRequest = Omit<EndpointRequest, 'readBody'> & {
  readonly body: AsyncIterable<Uint8Array>;
};

export interface StreamedAnswer {
  /** Undefined: there is nobody left to answer. */
  readonly response: StreamedResponse | undefined;
  /** To be called when the answer has been sent, or could not be. */
  readonly finished: (thrown?: unknown) => void;
}

/** As {@link RequestAnswerer}, for services whose bodies are streamed. */
export class StreamedAnswerer {
  readonly #options: EndpointOptions;
  readonly #verifier: SignatureVerifier;
  readonly #hostId = randomBytes(48).toString('base64');

  constructor(options: EndpointOptions, verifier: SignatureVerifier) {
    this.#options = options;
    this.#verifier = verifier;
  }

  /** Whose the request is; undefined: none of the streamed ones. Looks at the head alone and verifies nothing. */
  serviceOf(request: Omit<EndpointRequest, 'readBody'>): StreamedService | undefined {
    const { streamed = [] } = this.#options;
    const scope = scopedService(request);
    if (scope !== undefined) return streamed.find(({ name }) => name === scope);
    return this.#isPathOfNobody(request) ? streamed[0] : undefined;
  }

  /** Never rejects. */
  async answer(service: StreamedService, request: StreamedEndpointRequest): Promise<StreamedAnswer> {
    const trace = new RequestTrace('request', randomUUID(), { ...request, readBody: unread });
    trace.protocol = 's3';
    trace.service = service.name;
    const about = { requestId: trace.id, hostId: this.#hostId, resource: request.path };
    let claimed: ClaimedSignature | undefined;
    try {
      claimed = parseSignature(request);
      const response = await this.#call(service, request, claimed, trace);
      const headers = { ...s3Headers(about), ...response.headers };
      return {
        response: { ...response, headers },
        finished: (thrown) => this.#tell(trace, response.status, thrown),
      };
    } catch (thrown) {
      const error = thrown instanceof SignatureProblem ? this.#signatureError(thrown, claimed) : thrown;
      const response = s3Failure(asAwsError(error, 's3'), about);
      return {
        response: thrown instanceof CallerGone ? undefined : response,
        finished: () => this.#tell(trace, response.status, error),
      };
    }
  }

  async #call(
    service: StreamedService,
    request: StreamedEndpointRequest,
    claimed: ClaimedSignature,
    trace: RequestTrace,
  ): Promise<StreamedResponse> {
    const presigned = claimed.expiresSeconds !== undefined;
    const claim = payloadClaim(request.headers, presigned);
    const { caller, sign } = await this.#verifier.verifyHead(request, claimed, service.name);
    trace.caller = caller;
    const query = new URLSearchParams(request.query);
    const headers = presigned ? withHoisted(request.headers, query) : request.headers;
    const target: StreamedTarget = { method: request.method, path: request.path, query, headers };
    const operation = service.find(target);
    trace.operation = operation.name;
    trace.dataEvent = operation.dataEvent ?? false;
    trace.input = service.describe(target);
    const context = requestContext({ ...request, readBody: unread }, trace, caller, this.#options.region);
    await requireAccess(this.#options.authorization, operation.access, target, context);
    const { scope, time, signature } = claimed;
    const body = new Payload({
      claim,
      raw: request.body,
      length: contentLength(request.headers, claim),
      signing: { sign, scope, time, signature },
    });
    return operation.run({ ...target, body, context });
  }

  #signatureError(problem: SignatureProblem, claimed: ClaimedSignature | undefined) {
    return s3SignatureError(problem, claimed, this.#options.clock(), this.#options.region);
  }

  #tell(trace: RequestTrace, status: number, thrown?: unknown): void {
    const { log, audit, clock, region } = this.#options;
    log(trace.event(status, thrown));
    const failed = status >= 400 || thrown !== undefined;
    // A request that nobody signed is nobody's; one that was read and not changed (304) is no failure.
    if (!trace.dataEvent || (failed && status >= 400)) audit?.(trace.record(status, clock(), region, thrown));
  }

  /** Unsigned, and on no path of the other services: an object's, most likely. */
  #isPathOfNobody(request: Omit<EndpointRequest, 'readBody'>): boolean {
    const { method, path, query, headers } = request;
    if (headers.has('authorization') || headers.has('x-amz-target') || new URLSearchParams(query).has('Action')) {
      return false;
    }
    const hasPath = path !== '/' && !(method === 'GET' && path === '/health');
    return hasPath && findRestRoute(this.#options.routes, { ...request, readBody: unread }) === undefined;
  }
}

const unread = (): Promise<never> => Promise.reject(new Error('a streamed body is not read at once'));

const headerScope = /^AWS4-HMAC-SHA256 .*\bCredential=[^/,\s]*\/[^/,\s]*\/[^/,\s]*\/([^/,\s]*)\//;

/** Signing name in the scope that a signature claims. */
function scopedService({ headers, query }: Pick<EndpointRequest, 'headers' | 'query'>): string | undefined {
  const authorization = headers.get('authorization');
  if (authorization !== undefined) return headerScope.exec(authorization)?.[1];
  if (!query.includes('X-Amz-')) return undefined;
  return new URLSearchParams(query).get('X-Amz-Credential')?.split('/')[3];
}

/** Signers of URLs put into the query what would be a header of the service (`x-amz-meta-…`, `x-amz-acl`). */
function withHoisted(headers: ReadonlyMap<string, string>, query: URLSearchParams): ReadonlyMap<string, string> {
  const all = new Map(headers);
  for (const [name, value] of query) {
    if (name.startsWith('x-amz-') && !all.has(name)) all.set(name, value);
  }
  return all;
}
