import { PayloadType } from '../protocol/payload-type.js';
import type { ChannelRole, PayloadCipher } from './channel-api.js';

/** Bytes asked of KMS: one half for each direction. */
export const DATA_KEY_BYTES = 64;

const HALF = DATA_KEY_BYTES / 2;

/** Everything else travels in clear, Size and Flag among it (T20). */
const SEALED: Readonly<Record<ChannelRole, ReadonlySet<number>>> = Object.freeze({
  agent: new Set<number>([PayloadType.Output, PayloadType.StdErr, PayloadType.ExitCode]),
  client: new Set<number>([PayloadType.Output]),
});

/**
 * Encryption of one data channel (wire-protocol 4.5). Bytes 0 to 31 of the data key encrypt from agent to client, bytes
 * 32 to 63 from client to agent.
 */
export class StreamEncryption {
  readonly #sealer: PayloadCipher;
  readonly #opener: PayloadCipher;
  readonly #sealed: ReadonlySet<number>;
  readonly #opened: ReadonlySet<number>;

  /** Throws a RangeError when the key is not 64 bytes long. */
  constructor(role: ChannelRole, dataKey: Uint8Array, cipher: (key: Uint8Array) => PayloadCipher) {
    if (dataKey.length !== DATA_KEY_BYTES) {
      throw new RangeError(`the data key has ${dataKey.length} bytes, not ${DATA_KEY_BYTES}`);
    }
    const agentKey = Uint8Array.from(dataKey.subarray(0, HALF));
    const clientKey = Uint8Array.from(dataKey.subarray(HALF));
    this.#sealer = cipher(role === 'agent' ? agentKey : clientKey);
    this.#opener = cipher(role === 'agent' ? clientKey : agentKey);
    this.#sealed = SEALED[role];
    this.#opened = SEALED[role === 'agent' ? 'client' : 'agent'];
  }

  /** The payload as it goes on the wire. */
  outgoing(payloadType: number, payload: Uint8Array): Uint8Array {
    return this.#sealed.has(payloadType) ? this.#sealer.seal(payload) : payload;
  }

  /** The payload as it was meant. Throws when the tag does not fit. */
  incoming(payloadType: number, payload: Uint8Array): Uint8Array {
    return this.#opened.has(payloadType) ? this.#opener.open(payload) : payload;
  }

  /** For the challenge, which is sealed inside a payload that is not. */
  seal(plaintext: Uint8Array): Uint8Array {
    return this.#sealer.seal(plaintext);
  }

  /** Throws when the tag does not fit. */
  open(sealed: Uint8Array): Uint8Array {
    return this.#opener.open(sealed);
  }
}
