/** One line of the log: a request, or a WebSocket being opened. Contains no secret. */
export interface RequestEvent {
  /** Request id, as the caller got it. */
  readonly id: string;
  readonly kind: 'request' | 'upgrade';
  /** Signing name; empty when it could not be told. */
  readonly service: string;
  /** Operation, or method and path for REST, upgrades and whatever was not understood. */
  readonly operation: string;
  /** HTTP status; 499 when the caller left before there was one. */
  readonly status: number;
  /** AWS error code, of failures. */
  readonly code?: string;
  /** What the caller was not told. */
  readonly reason?: string;
  /** What was thrown, when it was nothing foreseen. */
  readonly error?: unknown;
  /** ARN of the caller, once the signature has been verified. */
  readonly principal?: string;
  readonly sourceIp: string;
  readonly ms: number;
}
