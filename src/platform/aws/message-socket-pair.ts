import type { MessageSocket, MessageSocketHandlers } from './message-socket.js';
import { CLOSE_TIMEOUT_MS, CloseCode, MAX_MESSAGE_BYTES, MAX_PROMPT_DELIVERIES } from './message-socket-limits.js';

const deaf: MessageSocketHandlers = { message: () => undefined, close: () => undefined };

/** A pong frame without a payload. */
const PONG_BYTES = 2;

/** What stands in a half's inbox beside messages. `end` is the last thing that a half takes. */
type Signal =
  | { readonly signal: 'ping' }
  | { readonly signal: 'too-big' }
  | { readonly signal: 'close' | 'end'; readonly code: number; readonly reason: string };
type Item = Uint8Array | string | Signal;

/**
 * Two {@link MessageSocket}s that are each other's peer, as if a network were between them: everything arrives later,
 * in order, and nothing is taken by a half that is paused or has no handlers yet. Bytes are handed over without a copy,
 * so neither the sender nor the receiver may change them.
 *
 * A delivery waits for the end of the current operation only, so that a frame costs no turn of the event loop; after
 * {@link MAX_PROMPT_DELIVERIES} in one turn the rest waits for the next, so that two halves answering each other leave
 * the event loop its turns.
 */
export function createMessageSocketPair(
  options: { /** The right half has ended; called before its handler. */ closed?: () => void } = {},
): [left: MessageSocket, right: MessageSocket] {
  const left: Half = new Half(() => right, undefined);
  const right: Half = new Half(() => left, options.closed);
  return [left, right];
}

class Half implements MessageSocket {
  readonly #peer: () => Half;
  readonly #closed: (() => void) | undefined;
  #handlers = deaf;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #paused = false;
  #inbox: Item[] = [];
  #inboxBytes = 0;
  #bytesRead = 0;
  #scheduled = false;
  #drainDue = false;
  /** Deliveries in this turn of the event loop. */
  #prompt = 0;
  #closeTimer: NodeJS.Timeout | undefined;

  constructor(peer: () => Half, closed: (() => void) | undefined) {
    this.#peer = peer;
    this.#closed = closed;
  }

  get handlers(): MessageSocketHandlers {
    return this.#handlers;
  }

  set handlers(handlers: MessageSocketHandlers) {
    this.#handlers = handlers;
    this.#schedule();
  }

  get bufferedAmount(): number {
    return this.#peer().#inboxBytes;
  }

  get bytesRead(): number {
    return this.#bytesRead;
  }

  get state(): MessageSocket['state'] {
    if (this.#state === 'closed') return 'closed';
    return this.#paused ? 'paused' : 'open';
  }

  send(data: Uint8Array | string): void {
    if (this.#state !== 'open') return;
    if (lengthOf(data) > MAX_MESSAGE_BYTES) {
      this.#peer().#put({ signal: 'too-big' });
      return;
    }
    this.#drainDue = true;
    this.#peer().#put(data);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#schedule();
  }

  ping(): void {
    if (this.#state !== 'open') return;
    this.#peer().#put({ signal: 'ping' });
    // The pong: the peer is in this process, and answers even while it is paused.
    this.#bytesRead += PONG_BYTES;
  }

  close(code: number = CloseCode.noStatus, reason = ''): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    // The answer must be read, and what comes before it.
    this.resume();
    this.#closeTimer = setTimeout(() => this.terminate(), CLOSE_TIMEOUT_MS).unref();
    this.#peer().#put({ signal: 'close', code, reason });
  }

  terminate(): void {
    if (this.#state === 'closed') return;
    this.#state = 'closing';
    this.#inbox = [];
    this.#inboxBytes = 0;
    this.resume();
    const lost = { signal: 'end', code: CloseCode.abnormal, reason: '' } as const;
    this.#put(lost);
    this.#peer().#put(lost);
  }

  #put(item: Item): void {
    if (this.#state === 'closed') return;
    this.#inbox.push(item);
    this.#inboxBytes += lengthOf(item);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#inbox.length === 0 || !this.#listening()) return;
    this.#scheduled = true;
    if (this.#prompt >= MAX_PROMPT_DELIVERIES) {
      setImmediate(this.#deliver);
      return;
    }
    if (this.#prompt === 0) setImmediate(this.#nextTurn);
    this.#prompt += 1;
    process.nextTick(this.#deliver);
  }

  readonly #nextTurn = (): void => {
    this.#prompt = 0;
  };

  #listening(): boolean {
    return !this.#paused && this.#handlers !== deaf;
  }

  /** Takes what is there now; what arrives meanwhile waits for the next turn. */
  readonly #deliver = (): void => {
    this.#scheduled = false;
    try {
      for (let left = this.#inbox.length; left > 0 && this.#listening(); left--) {
        const item = this.#inbox.shift();
        if (item === undefined) break;
        this.#take(item);
      }
    } finally {
      this.#schedule();
    }
    if (this.#inboxBytes === 0) this.#peer().#drained();
  };

  #take(item: Item): void {
    const length = lengthOf(item);
    this.#inboxBytes -= length;
    this.#bytesRead += length;
    if (typeof item === 'string' || item instanceof Uint8Array) {
      this.#handlers.message(item);
    } else if (item.signal === 'ping') {
      this.#handlers.ping?.();
    } else if (item.signal === 'too-big') {
      this.#peer().#put({ signal: 'end', code: CloseCode.tooBig, reason: '' });
      this.#end(CloseCode.abnormal, '');
    } else {
      if (item.signal === 'close') this.#peer().#put({ ...item, signal: 'end' });
      this.#end(item.code, item.reason);
    }
  }

  #drained(): void {
    if (!this.#drainDue || this.#state === 'closed') return;
    this.#drainDue = false;
    this.#handlers.drain?.();
  }

  #end(code: number, reason: string): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#inbox = [];
    this.#inboxBytes = 0;
    clearTimeout(this.#closeTimer);
    this.#closed?.();
    this.#handlers.close(code, reason);
  }
}

function lengthOf(item: Item): number {
  if (typeof item === 'string') return Buffer.byteLength(item);
  return item instanceof Uint8Array ? item.byteLength : 0;
}
