import type { Caller } from '../../platform/aws/service.js';

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

/** The keys of a session: throws when the caller may not use this one, or when it is missing or disabled. */
export interface SessionKeys {
  require(kmsKeyId: string, caller: Caller): Promise<void>;
}

/** Who and where this endpoint is, and how strict. */
export interface EcsSettings {
  readonly accountId: string;
  readonly region: string;
  readonly partition: string;
  /** `aws` mirrors AWS's limits, refusals included; `open` lifts what does not have to be. */
  readonly limits: 'aws' | 'open';
  /** Concurrent exec sessions per container; 1000 on AWS today, 20 and 2 in earlier years (ecs-api 4.4). */
  readonly sessionLimit: number;
}
