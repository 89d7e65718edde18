import { PayloadType } from '../protocol/payload-type.js';
import type { ChannelEnvironment, HandshakeOutcome, KeyService } from './channel-api.js';
import type { StreamEncryption } from './stream-encryption.js';

/** What a handshake asks of the channel it is made on. Every call is harmless once the channel has ended. */
export interface HandshakeHost {
  readonly sessionId: string;
  readonly targetId: string;
  readonly environment: ChannelEnvironment;
  readonly keyService?: KeyService;
  /** Sends a stream message. */
  send(payloadType: number, payload: Uint8Array): void;
  /** Client only: the agent is being told that this client speaks of streams. */
  streamsAnswered(): void;
  ready(outcome: HandshakeOutcome, encryption: StreamEncryption | undefined): void;
  fail(message: string): void;
  /** A call of the key service has ended: messages that came meanwhile may be handed in. */
  proceed(): void;
  dropped(reason: string): void;
}

/** One role of the handshake (wire-protocol 4). It is handed stream messages in order until it says `ready`. */
export interface Handshake {
  /** False: this message is data, to be delivered now that `ready` has been said. */
  receive(payloadType: number, payload: Uint8Array): boolean;
  /** A call of the key service is under way; nothing may be handed in. */
  readonly busy: boolean;
  /** Milliseconds since the epoch after which {@link expire} is due. */
  readonly deadline: number | undefined;
  expire(): void;
}

/** Milliseconds that an official agent waits for each answer. */
export const HANDSHAKE_TIMEOUT = 15_000;

/** In front of every reason that an agent reports (wire-protocol 9). */
export const HANDSHAKE_ERROR_PREFIX = 'Encountered error while initiating handshake. ';

const HANDSHAKE_TYPES: ReadonlySet<number> = new Set([
  PayloadType.HandshakeRequest,
  PayloadType.HandshakeResponse,
  PayloadType.HandshakeComplete,
  PayloadType.EncChallengeRequest,
  PayloadType.EncChallengeResponse,
]);

export function isHandshakeType(payloadType: number): boolean {
  return HANDSHAKE_TYPES.has(payloadType);
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
