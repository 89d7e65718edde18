import type { Sha256 } from './encode-event.js';
import type { EventBytes } from './event-bytes.js';
import type { RecordingDamage } from './recording-damage.js';
import { EventKind, type RecordingCounts } from './recording-format.js';
import { parseEnd } from './recording-payloads.js';
import { sameBytes } from './same-bytes.js';

/**
 * Looks at what follows the first event that does not fit, to say more exactly what happened: the end of the record
 * says how many events there were, and an event that fits where the first did not was moved.
 */
export class DamageScan {
  readonly #sha256: Sha256;
  /** Of the last event that fits. */
  readonly #digest: Uint8Array;
  readonly #first: RecordingDamage;
  #events: number;
  #moved = false;
  #said: RecordingCounts | undefined;

  constructor(sha256: Sha256, digest: Uint8Array, first: RecordingDamage) {
    this.#sha256 = sha256;
    this.#digest = digest;
    this.#first = first;
    this.#events = first.event - 1;
  }

  /** Each whole event from the first one that does not fit. */
  see(event: EventBytes): void {
    if (this.#said !== undefined) return;
    const first = this.#events === this.#first.event - 1;
    if (!first && !this.#moved) this.#moved = this.#fits(event);
    // The end itself may be what was changed, and then its counts are no witness.
    if (event.kind === EventKind.End && (!first || this.#endsAfterMore(event))) this.#said = countsOf(event.payload);
    else this.#events += 1;
  }

  result(): RecordingDamage {
    const [events, said] = [this.#events, this.#said?.events];
    const counted = `the record says that it has ${said ?? 0} events before its end, and ${events} are there`;
    if (said !== undefined && said > events) return { ...this.#first, what: 'missing', detail: counted };
    if (said !== undefined && said < events) return { ...this.#first, what: 'added', detail: counted };
    if (!this.#moved) return this.#first;
    return { ...this.#first, what: 'reordered', detail: 'the event that belongs here stands further on' };
  }

  #fits(event: EventBytes): boolean {
    const hashed = Uint8Array.from(event.hashed);
    hashed.set(this.#digest);
    return sameBytes(this.#sha256(hashed), event.digest);
  }

  #endsAfterMore(event: EventBytes): boolean {
    // Bound to another event than the one before it, and to a longer record: what stood between is not there.
    return (countsOf(event.payload)?.events ?? 0) > this.#events;
  }
}

function countsOf(payload: Uint8Array): RecordingCounts | undefined {
  try {
    return parseEnd(payload).counts;
  } catch {
    return undefined;
  }
}
