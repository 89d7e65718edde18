import type { AccessKeys, InstanceKeys } from '../access-keys.js';
import type { Authorization } from '../access.js';
import type { RestRoute, Service, UpgradeRoute } from '../service.js';
import type { StreamedService } from '../streamed-service.js';
import type { AuditRecord } from './audit-record.js';
import type { RequestEvent } from './request-event.js';

/** Default limit of a request body; AWS's own for these services is near it. */
export const MAX_BODY_BYTES = 1024 * 1024;

export interface EndpointOptions {
  readonly services: readonly Service[];
  readonly routes: readonly RestRoute[];
  readonly upgrades: readonly UpgradeRoute[];
  /** Known by the scope of the signature alone: their paths are their callers' own. */
  readonly streamed?: readonly StreamedService[];
  readonly accessKeys: AccessKeys;
  /** Absent: there are no managed instances. */
  readonly instanceKeys?: InstanceKeys;
  readonly region: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly log: (event: RequestEvent) => void;
  readonly maxBodyBytes?: number;
  /** Asked after the input is decoded and before the operation runs. Absent: whoever can sign may do everything. */
  readonly authorization?: Authorization;
  /** Told of every signed request once it has been answered. */
  readonly audit?: (record: AuditRecord) => void;
  readonly limits?: Partial<ConnectionLimits>;
}

/** How long a slow or silent connection is kept, in milliseconds. */
export interface ConnectionLimits {
  /** From the first byte to the end of the headers. */
  readonly headersTimeoutMs: number;
  /** From the first byte to the end of the body. */
  readonly requestTimeoutMs: number;
  /** Of a body that is streamed, in either direction: without a byte. Such bodies may take hours in all. */
  readonly idleTimeoutMs: number;
  /** Without a request; longer than clients keep theirs, so that it is they who hang up. */
  readonly keepAliveTimeoutMs: number;
  /** From `close()` to cutting what has not ended by itself. */
  readonly closeGraceMs: number;
}

export const CONNECTION_LIMITS: ConnectionLimits = {
  headersTimeoutMs: 20_000,
  requestTimeoutMs: 60_000,
  idleTimeoutMs: 60_000,
  keepAliveTimeoutMs: 75_000,
  closeGraceMs: 5_000,
};

/** All header lines of a request together; a session token alone may have several thousand. */
export const MAX_HEADER_BYTES = 32 * 1024;
