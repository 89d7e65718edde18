import { randomUUID } from 'node:crypto';
import { AwsError } from '../aws-error.js';
import { asAwsError, failureResponse } from '../codec/failure.js';
import type { WireResponse } from '../codec/wire-response.js';
import type { RequestContext, Upgrade, UpgradeRoute } from '../service.js';
import { parseSignature } from '../sigv4/parse-signature.js';
import { SignatureProblem } from '../sigv4/signature-problem.js';
import type { SignatureVerifier } from '../verify-signature.js';
import type { EndpointOptions } from './endpoint-options.js';
import type { EndpointRequest } from './endpoint-request.js';
import { requestContext } from './request-context.js';
import { decodedPath } from './request-target.js';
import { RequestTrace } from './request-trace.js';
import { requireAccess } from './require-access.js';

/** The decision on a request for a WebSocket, the same for the network and for the process itself. */
export type Admission =
  | { readonly admitted: true; readonly route: UpgradeRoute; readonly upgrade: Upgrade }
  | { readonly admitted: false; readonly response: WireResponse };

export class UpgradeAdmission {
  readonly #options: EndpointOptions;
  readonly #verifier: SignatureVerifier;

  constructor(options: EndpointOptions, verifier: SignatureVerifier) {
    this.#options = options;
    this.#verifier = verifier;
  }

  /** Never rejects; writes the line in the log. */
  async decide(request: EndpointRequest): Promise<Admission> {
    const trace = new RequestTrace('upgrade', randomUUID(), request);
    trace.protocol = 'rest-xml';
    try {
      const path = decodedPath(request.path);
      const route = this.#options.upgrades.find((one) => one.path.test(path));
      if (route === undefined) {
        throw new AwsError('NotFoundException', 'There is no such channel.', { status: 404 });
      }
      trace.service = route.service;
      const context = await this.#authenticate(route, request, trace);
      const query = new URLSearchParams(request.query);
      if (context !== undefined) {
        await requireAccess(this.#options.authorization, route.access, { path, query }, context);
      }
      this.#tell(trace, 101);
      return { admitted: true, route, upgrade: { path, query, context, sourceIp: request.sourceIp } };
    } catch (error) {
      const response = failureResponse(asAwsError(error, trace.protocol), trace.protocol, trace.id);
      this.#tell(trace, response.status, error);
      return { admitted: false, response };
    }
  }

  #tell(trace: RequestTrace, status: number, thrown?: unknown): void {
    const { log, audit, clock, region } = this.#options;
    log(trace.event(status, thrown));
    // Only who signed is audited here: a client's session is told by its service, with the session's owner.
    if (trace.caller !== undefined) audit?.(trace.record(status, clock(), region, thrown));
  }

  /** A signature that is there must be right, also where none is asked for. */
  async #authenticate(
    route: UpgradeRoute,
    request: EndpointRequest,
    trace: RequestTrace,
  ): Promise<RequestContext | undefined> {
    try {
      const claimed = parseSignature(request);
      const caller = await this.#verifier.verify({ ...request, body: new Uint8Array() }, claimed, route.service);
      trace.caller = caller;
      return requestContext(request, trace, caller, this.#options.region);
    } catch (error) {
      const unsigned = error instanceof SignatureProblem && error.code === 'missing';
      if (!unsigned) throw error;
      if (route.allowUnsigned) return undefined;
      throw new AwsError('BadRequest', 'Unauthorized request.', { status: 403, reason: error.reason });
    }
  }
}
