import type { DecidedAccess } from '../access.js';
import { AwsError } from '../aws-error.js';
import { asAwsError } from '../codec/failure.js';
import type { WireProtocol } from '../codec/wire-response.js';
import type { Caller } from '../service.js';
import type { AuditRecord } from './audit-record.js';
import { CallerGone } from './endpoint-request.js';
import type { EndpointRequest } from './endpoint-request.js';
import type { RequestEvent } from './request-event.js';

/** Nginx's status for a caller that left; nothing is sent with it. */
const STATUS_CALLER_GONE = 499;

/** Of a path in the log; callers whom nobody knows choose it. */
const MAX_OPERATION_LENGTH = 300;

/** What becomes known of a request while it is being answered; ends as its one line of the log. */
export class RequestTrace {
  readonly id: string;
  service = '';
  operation: string;
  protocol: WireProtocol = 'json-1.1';
  xmlNamespace = '';
  caller: Caller | undefined;
  /** Not audited when it succeeds. */
  dataEvent = false;
  /** Decoded. */
  input: unknown;
  output: unknown;
  readonly decisions: DecidedAccess[] = [];
  readonly #kind: RequestEvent['kind'];
  readonly #sourceIp: string;
  readonly #userAgent: string;
  readonly #started = performance.now();

  constructor(kind: RequestEvent['kind'], id: string, request: EndpointRequest) {
    this.#kind = kind;
    this.id = id;
    this.operation = `${request.method} ${request.path}`.slice(0, MAX_OPERATION_LENGTH);
    this.#sourceIp = request.sourceIp;
    this.#userAgent = request.headers.get('user-agent') ?? '';
  }

  /** `thrown` is absent when all went well. */
  event(status: number, thrown?: unknown): RequestEvent {
    return {
      id: this.id,
      kind: this.#kind,
      service: this.service,
      operation: this.operation,
      ...(thrown instanceof CallerGone ? { status: STATUS_CALLER_GONE } : { status }),
      ...(thrown !== undefined && this.#failure(thrown)),
      ...(this.caller !== undefined && { principal: this.caller.arn }),
      sourceIp: this.#sourceIp,
      ms: Math.round((performance.now() - this.#started) * 100) / 100,
    };
  }

  /** The same for the audit. */
  record(status: number, time: number, region: string, thrown?: unknown): AuditRecord {
    const error = thrown === undefined || thrown instanceof CallerGone ? undefined : asAwsError(thrown, this.protocol);
    return {
      id: this.id,
      kind: this.#kind,
      time,
      service: this.service,
      operation: this.operation,
      ...(this.caller !== undefined && { caller: this.caller }),
      sourceIp: this.#sourceIp,
      userAgent: this.#userAgent,
      region,
      ...(this.input !== undefined && { input: this.input }),
      ...(this.output !== undefined && { output: this.output }),
      status: thrown instanceof CallerGone ? STATUS_CALLER_GONE : status,
      ...(error !== undefined && { code: error.code, message: error.message }),
      ...(error?.reason !== undefined && { reason: error.reason }),
      decisions: this.decisions,
    };
  }

  #failure(thrown: unknown): Pick<RequestEvent, 'code' | 'reason' | 'error'> {
    if (thrown instanceof CallerGone) return { reason: thrown.message };
    const { code, reason } = asAwsError(thrown, this.protocol);
    const unforeseen = (code === 'InternalFailure' || code === 'InternalError') && !(thrown instanceof AwsError);
    return { code, ...(reason !== undefined && { reason }), ...(unforeseen && { error: thrown }) };
  }
}
