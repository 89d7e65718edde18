/** Time, randomness and digest, passed in so that a test can hold the clock. */
export interface SessionEnvironment {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `work` once after `milliseconds`. A timer must not keep the process alive by itself. */
  after(milliseconds: number, work: () => void): { cancel(): void };
  randomBytes(length: number): Uint8Array;
  sha256(bytes: Uint8Array): Uint8Array;
}

/** What an operator reads. Compatible with pino. Never given a token, a frame or a payload. */
export interface SessionLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}
