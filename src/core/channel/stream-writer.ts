import { PayloadType } from '../protocol/payload-type.js';
import type { ChannelFrames } from './channel-frames.js';
import { OfficialOutput } from './official-output.js';
import type { OutgoingStream } from './outgoing-stream.js';
import type { OutgoingMessage } from './outgoing-window.js';
import type { StreamEncryption } from './stream-encryption.js';

/**
 * Turns what is to be sent into stored messages: numbered, sealed where the session is encrypted, and in the form of
 * {@link OfficialOutput} where the client is the official one. All messages are to be sent in the order of the answers.
 */
export class StreamWriter {
  readonly #outgoing: OutgoingStream;
  readonly #frames: ChannelFrames;
  #encryption: StreamEncryption | undefined;
  #official: OfficialOutput | undefined;

  constructor(outgoing: OutgoingStream, frames: ChannelFrames) {
    this.#outgoing = outgoing;
    this.#frames = frames;
  }

  /** The handshake is over. `toOfficialClient`: this is an agent whose client does not speak `GangwayStreams`. */
  open(encryption: StreamEncryption | undefined, toOfficialClient: boolean): void {
    this.#encryption = encryption;
    if (!toOfficialClient) return;
    this.#official = new OfficialOutput(this.#outgoing, this.#frames, (payload) =>
      this.#seal(PayloadType.Output, payload),
    );
  }

  store(payloadType: number, payload: Uint8Array): readonly OutgoingMessage[] {
    if (this.#official !== undefined && payloadType === PayloadType.Output) return this.#official.store(payload);
    const sealed = this.#seal(payloadType, payload);
    const number = this.#outgoing.takeNumber();
    return [this.#outgoing.store(number, this.#frames.streamData(number, payloadType, sealed))];
  }

  /** A socket is new to either end. */
  renewed(): void {
    this.#official?.renewed();
  }

  /** Everything unacknowledged has been sent again: what draws an answer from behind it, if anything must. */
  storeProbe(): readonly OutgoingMessage[] {
    return this.#official?.storeProbe() ?? [];
  }

  acknowledged(sequenceNumber: number): void {
    this.#official?.acknowledged(sequenceNumber);
  }

  #seal(payloadType: number, payload: Uint8Array): Uint8Array {
    return this.#encryption?.outgoing(payloadType, payload) ?? payload;
  }
}
