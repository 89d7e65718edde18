import type { MessageSocket, MessageSocketHandlers } from '../../platform/aws/message-socket.js';

/** The gateway's end of a socket; the test plays the other end and the network. */
export class FakeSocket implements MessageSocket {
  handlers: MessageSocketHandlers = { message: () => undefined, close: () => undefined };
  /** Everything sent, in order. */
  readonly sent: (Uint8Array | string)[] = [];
  closed: { code: number | undefined; reason: string | undefined } | undefined;
  paused = false;
  bufferedAmount = 0;
  bytesRead = 0;
  pings = 0;
  /** The network is pulled: nothing arrives any more, and nobody is told. */
  pulled = false;
  /** The other end does not read: what is sent stays in the buffer until `drain`. */
  stuck = false;

  send(data: Uint8Array | string): void {
    if (this.closed !== undefined) return;
    this.sent.push(data);
    if (this.stuck) this.bufferedAmount += data.length;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  get state(): MessageSocket['state'] {
    if (this.closed !== undefined) return 'closed';
    return this.paused ? 'paused' : 'open';
  }

  ping(): void {
    this.pings += 1;
    if (!this.pulled) this.bytesRead += 2;
  }

  close(code?: number, reason?: string): void {
    if (this.closed !== undefined) return;
    this.closed = { code, reason };
    this.handlers.close(code ?? 1005, reason ?? '');
  }

  terminate(): void {
    this.drop();
  }

  /** The other end sends something. */
  receive(data: Uint8Array | string): void {
    this.bytesRead += data.length;
    this.handlers.message(data);
  }

  /** The other end has read everything. */
  drain(): void {
    this.bufferedAmount = 0;
    this.handlers.drain?.();
  }

  /** The connection breaks, without a close frame. */
  drop(): void {
    if (this.closed !== undefined) return;
    this.closed = { code: 1006, reason: '' };
    this.handlers.close(1006, '');
  }
}
