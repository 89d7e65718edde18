import type { DecidedAccess } from '../access.js';
import type { Caller } from '../service.js';

/** A request as the audit sees it. `input` and `output` may hold secrets: whoever keeps them hides those. */
export interface AuditRecord {
  /** Request id, as the caller got it. */
  readonly id: string;
  readonly kind: 'request' | 'upgrade';
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Signing name. */
  readonly service: string;
  readonly operation: string;
  /** Absent when the signature was refused. */
  readonly caller?: Caller;
  readonly sourceIp: string;
  readonly userAgent: string;
  readonly region: string;
  readonly input?: unknown;
  /** Of a request that succeeded. */
  readonly output?: unknown;
  /** HTTP status. */
  readonly status: number;
  /** AWS error code and message, of failures. */
  readonly code?: string;
  readonly message?: string;
  /** What the caller was not told. */
  readonly reason?: string;
  /** What the policies were asked, and why they answered as they did. */
  readonly decisions: readonly DecidedAccess[];
}
