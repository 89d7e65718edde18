import { createHash, randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { encodeMessage } from '../src/core/protocol/encode-message.js';
import type { Message } from '../src/core/protocol/message.js';

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** A data channel under the test's own hands: what a broken or hostile client would send. */
export class RawClient {
  readonly closed: Promise<Closed>;
  readonly received: Buffer[] = [];
  readonly #socket: WebSocket;
  #heard: () => void = () => undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        this.#heard();
      });
    });
    socket.on('error', () => undefined);
    socket.on('message', (data: Buffer) => {
      this.received.push(data);
      this.#heard();
    });
  }

  static async dial(streamUrl: string | undefined): Promise<RawClient> {
    const socket = new WebSocket(streamUrl ?? '', { perMessageDeflate: false });
    const client = new RawClient(socket);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return client;
  }

  send(data: Uint8Array | string): void {
    this.#socket.send(data);
  }

  token(tokenValue: string | undefined): void {
    this.send(tokenFrame(tokenValue));
  }

  /** Resolves with the first frame from the far side; rejects when the socket is closed instead. */
  async heard(): Promise<Buffer> {
    if (this.received.length === 0 && this.#socket.readyState === WebSocket.OPEN) {
      await new Promise<void>((resolve) => (this.#heard = resolve));
    }
    const [first] = this.received;
    if (first === undefined) throw new Error(`closed: ${JSON.stringify(await this.closed)}`);
    return first;
  }

  /** Resolves when everything sent before has been read there; rejects when the socket is closed instead. */
  async answersPing(): Promise<void> {
    this.#socket.ping();
    await new Promise<void>((resolve, reject) => {
      this.#socket.once('pong', () => resolve());
      void this.closed.then((closed) => reject(new Error(`closed: ${JSON.stringify(closed)}`)));
    });
  }

  terminate(): void {
    this.#socket.terminate();
  }
}

export function tokenFrame(tokenValue: string | undefined): string {
  return JSON.stringify({
    MessageSchemaVersion: '1.0',
    RequestId: randomUUID(),
    TokenValue: tokenValue,
    ClientId: randomUUID(),
    ClientVersion: '1.2.650.0',
  });
}

/** A good frame, to be spoilt. */
export function inputFrame(text: string, changes: Partial<Message> = {}): Buffer {
  const frame = encodeMessage(
    {
      messageType: 'input_stream_data',
      createdDate: Date.now(),
      sequenceNumber: 0,
      flags: 0,
      messageId: randomUUID(),
      payloadType: 1,
      payload: Buffer.from(text),
      ...changes,
    },
    (bytes) => createHash('sha256').update(bytes).digest(),
  );
  return Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
}
