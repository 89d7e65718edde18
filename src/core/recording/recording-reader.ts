import { DamageScan } from './damage-scan.js';
import { EVENT_OVERHEAD_BYTES, type Sha256 } from './encode-event.js';
import { EventBytes } from './event-bytes.js';
import type { RecordingDamage } from './recording-damage.js';
import { EventKind, MAX_EVENT_BYTES, type RecordingEvent } from './recording-format.js';
import { parseEnd, parseGap, parseHeader, parseRecordingSize } from './recording-payloads.js';
import { EMPTY_RECORDING, type RecordingState } from './recording-writer.js';
import { sameBytes } from './same-bytes.js';

export interface PlacedEvent extends RecordingEvent {
  /** Of its first byte in the record. */
  readonly offset: number;
  /** 1 is the header. */
  readonly number: number;
}

const CHECKS: Readonly<Partial<Record<number, (payload: Uint8Array) => unknown>>> = {
  [EventKind.Header]: parseHeader,
  [EventKind.Output]: () => undefined,
  [EventKind.StdErr]: () => undefined,
  [EventKind.Input]: () => undefined,
  [EventKind.Resize]: parseRecordingSize,
  [EventKind.Gap]: parseGap,
  [EventKind.End]: parseEnd,
};

/**
 * Reads a record, fed in whatever pieces, and gives an event away only when it fits to all before it. After the first
 * that does not there are no more.
 */
export class RecordingReader {
  readonly #sha256: Sha256;
  readonly #bytes: EventBytes;
  #state: RecordingState;
  #ended = false;
  #damage: RecordingDamage | undefined;
  #scan: DamageScan | undefined;

  /** `state`: goes on behind what was read already. */
  constructor(sha256: Sha256, state: RecordingState = EMPTY_RECORDING) {
    this.#sha256 = sha256;
    this.#state = state;
    this.#bytes = new EventBytes(state.digest);
  }

  /** Up to the last event that fits. */
  get state(): RecordingState {
    return this.#state;
  }

  /** Bytes behind {@link state}: the beginning of an event, unless there is {@link damage}. */
  get pending(): number {
    return this.#bytes.size;
  }

  /** The end event was read. */
  get ended(): boolean {
    return this.#ended;
  }

  /** What is known so far; {@link finish} may know better what it is. */
  get damage(): RecordingDamage | undefined {
    return this.#damage;
  }

  push(bytes: Uint8Array): PlacedEvent[] {
    const events: PlacedEvent[] = [];
    if (this.#damage !== undefined && this.#scan === undefined) return events;
    this.#bytes.push(bytes);
    while (this.#advance(events));
    return events;
  }

  /** There are no more bytes: what is wrong with the record, if anything is. */
  finish(): RecordingDamage | undefined {
    if (this.#damage === undefined && !this.#ended) this.#cut();
    return this.#scan?.result() ?? this.#damage;
  }

  #advance(events: PlacedEvent[]): boolean {
    const { payloadBytes, whole } = this.#bytes;
    if (this.#ended) {
      if (this.#bytes.size > 0) this.#report('trailing', 'something stands behind the end');
      return false;
    }
    if (payloadBytes !== undefined && payloadBytes > MAX_EVENT_BYTES) {
      if (this.#damage === undefined) this.#report('changed', `an event of ${payloadBytes} bytes is not possible`);
      else this.#closeScan();
      return false;
    }
    if (!whole) return false;
    if (this.#damage === undefined && !this.#fits()) {
      const damage = this.#damageHere('changed', 'the event does not fit its digest and the event before it');
      this.#damage = damage;
      this.#scan = new DamageScan(this.#sha256, this.#state.digest, damage);
    }
    if (this.#scan !== undefined) this.#scan.see(this.#bytes);
    else if (!this.#take(events)) return false;
    this.#bytes.next();
    return true;
  }

  #fits(): boolean {
    return sameBytes(this.#sha256(this.#bytes.hashed), this.#bytes.digest);
  }

  /** The event fits; whether it may stand here is another question. */
  #take(events: PlacedEvent[]): boolean {
    const { kind, time } = this.#bytes;
    const payload = Uint8Array.from(this.#bytes.payload);
    const { length: offset, events: before, bytes, gaps } = this.#state;
    if (!this.#mayStandHere(kind, time, payload)) return false;
    const shown = kind === EventKind.Output || kind === EventKind.StdErr;
    this.#state = {
      length: offset + EVENT_OVERHEAD_BYTES + payload.length,
      digest: Uint8Array.from(this.#bytes.digest),
      time,
      events: before + 1,
      bytes: shown ? bytes + payload.length : bytes,
      gaps: kind === EventKind.Gap ? gaps + 1 : gaps,
    };
    this.#ended = kind === EventKind.End;
    events.push({ kind: kind as EventKind, time, payload, offset, number: before + 1 });
    return true;
  }

  #mayStandHere(kind: number, time: number, payload: Uint8Array): boolean {
    const { events, time: last } = this.#state;
    const check = CHECKS[kind];
    if (check === undefined) return this.#report('changed', `there is no event of kind ${kind}`);
    if ((kind === EventKind.Header) !== (events === 0)) {
      return this.#report(events === 0 ? 'missing' : 'reordered', 'the header is not the first event');
    }
    if (time < last) return this.#report('reordered', 'the event is older than the one before it');
    try {
      check(payload);
    } catch (error) {
      return this.#report('changed', error instanceof Error ? error.message : String(error));
    }
    return kind !== EventKind.End || this.#countsAgree(payload);
  }

  #countsAgree(payload: Uint8Array): boolean {
    const { counts } = parseEnd(payload);
    const { events, bytes, gaps } = this.#state;
    if (counts.events === events && counts.bytes === bytes && counts.gaps === gaps) return true;
    return this.#report(
      counts.events < events ? 'added' : 'missing',
      `the end counts ${counts.events} events, ${counts.bytes} bytes and ${counts.gaps} gaps, ` +
        `and there are ${events}, ${bytes} and ${gaps}`,
    );
  }

  #cut(): void {
    const { size, payloadBytes } = this.#bytes;
    if (size === 0) this.#report('cut', 'the record stops without an end');
    else if (payloadBytes !== undefined && this.#bytes.endsWithEvent(EventKind.End)) {
      this.#report('changed', `an event says that it has ${payloadBytes} bytes, more than there are before the end`);
    } else this.#report('cut', `the record stops within an event, of which ${size} bytes are there`);
  }

  /** Where one event ends and the next begins is not known any more. */
  #closeScan(): void {
    this.#damage = this.#scan?.result() ?? this.#damage;
    this.#scan = undefined;
  }

  #report(what: RecordingDamage['what'], detail: string): false {
    this.#damage = this.#damageHere(what, detail);
    return false;
  }

  #damageHere(what: RecordingDamage['what'], detail: string): RecordingDamage {
    const { length: offset, events, time } = this.#state;
    return { what, offset, event: events + 1, time, detail };
  }
}
