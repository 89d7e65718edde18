import { verifyPayloadDigest } from '../protocol/decode-message.js';
import type { DecodedMessage } from '../protocol/message.js';
import { MessageType } from '../protocol/message-type.js';
import type { ChannelRole, StreamsRequest } from './channel-api.js';

/**
 * Who makes digests of payloads, and who looks at them. They are no protection, only one more look at what the socket
 * has delivered: AWS's agent looks at none of them, and of two ends of ours neither does. Toward AWS's client they are
 * always made.
 */
export class PayloadDigests {
  readonly #role: ChannelRole;
  readonly #sha256: (bytes: Uint8Array) => Uint8Array;
  #made = true;
  #verified: boolean;

  constructor(role: ChannelRole, sha256: (bytes: Uint8Array) => Uint8Array) {
    this.#role = role;
    this.#sha256 = sha256;
    this.#verified = role === 'client';
  }

  /** The peer has been told that this end looks at none: output without them may overtake the handshake's end. */
  verifyNone(): void {
    this.#verified = false;
  }

  /** The handshake is over. An agent that speaks of streams is ours, of whatever version: it looks at no digest. */
  agree(streams: StreamsRequest | undefined): void {
    if (streams === undefined) return;
    this.#made = this.#role === 'agent' && streams.noDigests !== true;
  }

  /** How to make one; undefined: the peer looks at none. */
  get sha256(): ((bytes: Uint8Array) => Uint8Array) | undefined {
    return this.#made ? this.#sha256 : undefined;
  }

  /** Throws FrameError `digest`. */
  verify(message: DecodedMessage): void {
    if (this.#verified && message.messageType !== MessageType.Acknowledge) verifyPayloadDigest(message, this.#sha256);
  }
}
