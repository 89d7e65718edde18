import type { RecordDefaults } from './recording-settings.js';
import type { Limits } from '../limits.js';
import type { Caller, RequestContext } from '../../platform/aws/service.js';

/** Milliseconds since the epoch. */
export type Clock = () => number;

export type RandomBytes = (length: number) => Uint8Array;

export interface Timer {
  cancel(): void;
}

/** One-shot timers. A timer must not keep the process alive by itself. */
export interface Timers {
  after(milliseconds: number, work: () => void): Timer;
}

/** Structured log; the shape of pino. Fields never hold secrets. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A session that is to be encrypted, before it has an id. */
export interface SessionKeyRequest {
  /** As the cluster's configuration has it: key id or ARN, alias name or ARN. */
  readonly kmsKeyId: string;
  /** What is known by now of the context that client and agent will use (wire-protocol 4.2): `aws:ssm:TargetId`. */
  readonly encryptionContext: Readonly<Record<string, string>>;
  readonly caller: Caller;
  readonly context: RequestContext;
}

/**
 * The keys of a session. Throws what the caller shall read when it may not make a data key of this one
 * (`kms:GenerateDataKey`), or when the key is missing or disabled (ecs-api 4.3, row 12).
 */
export interface SessionKeys {
  require(request: SessionKeyRequest): Promise<void>;
}

/** Who and where this endpoint is, and how strict. */
export interface EcsSettings {
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  readonly limits: Limits;
  /** Concurrent exec sessions per container; 1000 on AWS today, 20 and 2 in earlier years (ecs-api 4.4). */
  readonly sessionLimit: number;
  /** A container host that is not heard of for this long is lost, and its tasks with it (milliseconds). */
  readonly hostLostMs: number;
  /** How sessions of clusters are recorded that do not say it. */
  readonly recordDefaults: RecordDefaults;
}
