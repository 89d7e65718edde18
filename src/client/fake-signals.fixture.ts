import { EventEmitter } from 'node:events';
import type { Signals } from './signals.js';

/** Signals that a test raises with `raise`. */
export class FakeSignals implements Signals {
  readonly #emitter = new EventEmitter();
  stopped = 0;

  on(signal: NodeJS.Signals, handler: () => void): () => void {
    this.#emitter.on(signal, handler);
    return () => this.#emitter.off(signal, handler);
  }

  stopSelf(): void {
    this.stopped++;
  }

  raise(signal: NodeJS.Signals): void {
    this.#emitter.emit(signal);
  }

  get handlers(): number {
    return this.#emitter.eventNames().length;
  }
}
