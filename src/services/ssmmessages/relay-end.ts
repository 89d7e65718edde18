import type { MessageSocket } from '../../platform/aws/message-socket.js';
import { HIGH_WATER } from './relay-limits.js';
import type { ReceiverState } from './stream-direction.js';

/** Acknowledgements go out even while stream data is held back, up to this much; lost ones are asked for again. */
const HIGHEST_WATER = 2 * HIGH_WATER;

/** The agent's or the client's socket of a session, or its absence. */
export class RelayEnd {
  #socket: MessageSocket | undefined;
  #congested = false;
  #paused = false;

  get socket(): MessageSocket | undefined {
    return this.#socket;
  }

  get state(): ReceiverState {
    if (this.#socket === undefined) return 'away';
    return this.#congested ? 'congested' : 'open';
  }

  attach(socket: MessageSocket): void {
    this.#socket = socket;
    this.#congested = false;
    this.#paused = false;
  }

  detach(): void {
    this.#socket = undefined;
    this.#congested = false;
    this.#paused = false;
  }

  /** True when there is room for more. */
  send(frame: Uint8Array): boolean {
    const socket = this.#socket;
    if (socket === undefined) return false;
    socket.send(frame);
    if (socket.bufferedAmount > HIGH_WATER) this.#congested = true;
    return !this.#congested;
  }

  /**
   * For small messages that are not stream data: they overtake it, and are dropped when the socket is full. False: so
   * was this one.
   */
  sendAside(frame: Uint8Array): boolean {
    if (this.#socket === undefined || this.#socket.bufferedAmount > HIGHEST_WATER) return false;
    this.send(frame);
    return true;
  }

  /** The socket has drained. */
  clear(): void {
    this.#congested = false;
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#socket?.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket?.resume();
  }
}
