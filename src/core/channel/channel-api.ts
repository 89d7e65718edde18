/**
 * What a data channel needs from outside, and what it tells its owner.
 *
 * The channel itself (`channel.ts`) is a pure function of bytes and time: it owns no socket, no timer and no clock.
 */

/** Which end of the data channel this is; decides handshake role, key halves and message types. */
export type ChannelRole = 'agent' | 'client';

/** Encrypts and decrypts with one 32-byte half of the data key (AES-256-GCM: nonce(12) ‖ ciphertext ‖ tag(16)). */
export interface PayloadCipher {
  seal(plaintext: Uint8Array): Uint8Array;
  /** Throws when the tag does not fit. */
  open(sealed: Uint8Array): Uint8Array;
}

/** The platform, passed in. */
export interface ChannelEnvironment {
  /** Milliseconds since the epoch; must not run backwards by much: retransmission is measured with it. */
  now(): number;
  randomBytes(length: number): Uint8Array;
  sha256(bytes: Uint8Array): Uint8Array;
  cipher(key: Uint8Array): PayloadCipher;
}

/** `kms:GenerateDataKey` (client) and `kms:Decrypt` (agent) with the session's encryption context. */
export interface KeyService {
  generateDataKey(request: {
    keyId: string;
    numberOfBytes: number;
    encryptionContext: Record<string, string>;
  }): Promise<{ plaintext: Uint8Array; ciphertextBlob: Uint8Array }>;
  decrypt(request: {
    keyId: string;
    ciphertextBlob: Uint8Array;
    encryptionContext: Record<string, string>;
  }): Promise<Uint8Array>;
}

/**
 * Gangway's own addition to the handshake, as a client action of ActionType `GangwayStreams`. The official client
 * answers an unknown action with "unsupported" and goes on, so it never receives what it would print by mistake.
 */
export interface StreamsRequest {
  /** `terminal`: one pty; `pipes`: stdin, stdout and stderr apart. In both shapes the exit code is sent. */
  readonly mode: 'terminal' | 'pipes';
  readonly columns?: number;
  readonly rows?: number;
  /** TERM of the caller's terminal, for example `xterm-256color`. */
  readonly term?: string;
  /** The client looks at no digest of what comes after the handshake, so the agent need not make any. */
  readonly noDigests?: true;
}

/** Outcome of a completed handshake. */
export interface HandshakeOutcome {
  /** Version the other end announced. */
  readonly peerVersion: string;
  /** `Standard_Stream`, `InteractiveCommands`, … as requested by the agent; empty when there was no handshake. */
  readonly sessionType: string;
  readonly properties: unknown;
  readonly encrypted: boolean;
  /** To be printed by a client before any output; empty when there is none. */
  readonly customerMessage: string;
  /** Present when both ends speak `GangwayStreams`. */
  readonly streams: StreamsRequest | undefined;
}

/** Stream data handed to the owner, decrypted, once and in order. */
export interface ChannelEvents {
  /**
   * A stream message that is not part of the handshake: Output(1), Size(3), Flag(10), StdErr(11), ExitCode(12), …
   * `payload` may be a view of the frame handed to `receive`, and is as lasting as that: over a message socket nobody
   * changes it afterwards, so a pipe may be given it as it is. When this throws, the message is not acknowledged, and
   * comes again.
   */
  data(payloadType: number, payload: Uint8Array): void;
  /** The handshake is over (client without handshake: the first Output stands for it). Nothing is delivered before. */
  ready(outcome: HandshakeOutcome): void;
  /** The session cannot go on; `message` is what the user may read (wire-protocol 9). Called at most once. */
  failed(message: string): void;
  /** The window has room again after `writable` was false. */
  writable(): void;
  /** Everything written so far has been acknowledged. */
  drained(): void;
  /** A message was dropped; for the log, never for the peer. */
  dropped?(reason: string): void;
  /** `channel_closed` has come, after everything before it was delivered. `output`, for a client, may be empty. */
  closed?(output: string): void;
}
