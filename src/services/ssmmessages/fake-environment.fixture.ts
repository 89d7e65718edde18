import { createHash } from 'node:crypto';
import type { SessionEnvironment, SessionLog } from '../ssm/session-environment.js';

/** A clock that only moves when told to, randomness that repeats, and a log that can be read. */
export class FakeEnvironment implements SessionEnvironment {
  #now = Date.parse('2026-01-02T03:04:05Z');
  #counter = 0;
  #timers = new Set<{ at: number; work: () => void }>();
  readonly logged: unknown[] = [];
  readonly log: SessionLog = {
    info: (fields, message) => this.logged.push([message, fields]),
    warn: (fields, message) => this.logged.push([message, fields]),
  };

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, work: () => void): { cancel(): void } {
    const timer = { at: this.#now + milliseconds, work };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** Moves the clock, running what falls due on the way in order. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.work();
    }
    this.#now = end;
  }

  randomBytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let offset = 0; offset < length; offset += 32) {
      this.#counter += 1;
      bytes.set(this.sha256(Buffer.from(`random ${this.#counter}`)).subarray(0, length - offset), offset);
    }
    return bytes;
  }

  sha256(bytes: Uint8Array): Uint8Array {
    return createHash('sha256').update(bytes).digest();
  }
}
