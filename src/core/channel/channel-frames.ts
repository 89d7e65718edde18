import { encodeAcknowledge } from '../protocol/acknowledge.js';
import { encodeAgentSessionState } from '../protocol/agent-session-state.js';
import type { AgentSessionState } from '../protocol/agent-session-state.js';
import { encodeMessage } from '../protocol/encode-message.js';
import { MessageFlags } from '../protocol/message-flags.js';
import { MessageType } from '../protocol/message-type.js';
import { PayloadType } from '../protocol/payload-type.js';
import type { ChannelEnvironment, ChannelRole } from './channel-api.js';
import { MessageIds } from './message-ids.js';
import { PayloadDigests } from './payload-digests.js';

/** Makes the frames that one end of a data channel sends. */
export class ChannelFrames {
  readonly #role: ChannelRole;
  readonly #environment: ChannelEnvironment;
  readonly #ids: MessageIds;
  /** Those that are in its frames, and those of the peer's. */
  readonly digests: PayloadDigests;

  constructor(role: ChannelRole, environment: ChannelEnvironment) {
    this.#role = role;
    this.#environment = environment;
    this.digests = new PayloadDigests(role, (bytes) => environment.sha256(bytes));
    this.#ids = new MessageIds((length) => environment.randomBytes(length));
  }

  /** The stream this end writes. */
  get outgoingType(): MessageType {
    return this.#role === 'agent' ? MessageType.OutputStreamData : MessageType.InputStreamData;
  }

  /** The stream this end reads. */
  get incomingType(): MessageType {
    return this.#role === 'agent' ? MessageType.InputStreamData : MessageType.OutputStreamData;
  }

  streamData(sequenceNumber: number, payloadType: number, payload: Uint8Array): Uint8Array {
    const first = this.#role === 'agent' && sequenceNumber === 0;
    const flags = first ? MessageFlags.Syn : MessageFlags.None;
    return this.#encode(this.outgoingType, flags, sequenceNumber, payloadType, payload);
  }

  acknowledge(messageId: string, sequenceNumber: number): Uint8Array {
    return this.#unnumbered(MessageType.Acknowledge, encodeAcknowledge(this.incomingType, messageId, sequenceNumber));
  }

  sessionState(state: AgentSessionState): Uint8Array {
    return this.#unnumbered(MessageType.AgentSessionState, encodeAgentSessionState(state));
  }

  #unnumbered(messageType: MessageType, payload: Uint8Array): Uint8Array {
    return this.#encode(messageType, MessageFlags.SynFin, 0, PayloadType.None, payload);
  }

  #encode(
    messageType: MessageType,
    flags: MessageFlags,
    sequenceNumber: number,
    payloadType: number,
    payload: Uint8Array,
  ): Uint8Array {
    // Zero would make every peer drop the message.
    const createdDate = Math.max(1, Math.floor(this.#environment.now()));
    const messageId = this.#ids.next();
    return encodeMessage(
      { messageType, createdDate, sequenceNumber, flags, messageId, payloadType, payload },
      this.digests.sha256,
    );
  }
}
