import { encodeAcknowledge } from '../../core/protocol/acknowledge.js';
import { encodeAgentTaskAcknowledge } from '../../core/protocol/agent-task-acknowledge.js';
import { encodeChannelClosed } from '../../core/protocol/channel-closed.js';
import { encodeMessage } from '../../core/protocol/encode-message.js';
import { FRAME_OFFSET } from '../../core/protocol/frame-layout.js';
import { encodeInteractiveShell } from '../../core/protocol/interactive-shell.js';
import { MessageFlags } from '../../core/protocol/message-flags.js';
import { MessageType } from '../../core/protocol/message-type.js';
import { PayloadType } from '../../core/protocol/payload-type.js';
import type { FrameHeader } from '../../core/protocol/peek-message.js';
import { NO_SESSION_INPUTS } from '../../core/protocol/session-document.js';
import { readSwappedUuid, uuidFromRandom } from '../../core/protocol/uuid.js';
import type { SessionEnvironment } from '../ssm/session-environment.js';
import type { SessionRecord } from '../ssm/session-record.js';

const UUID_BYTES = 16;
/** An empty payload makes the official agent log an error (wire-protocol 2). */
const NOTHING_TO_SAY = new TextEncoder().encode('{}');

/** The frames that the gateway itself sends. All of them are binary and none is shorter than 120 bytes (T1). */
export class GatewayMessages {
  readonly #environment: SessionEnvironment;

  constructor(environment: SessionEnvironment) {
    this.#environment = environment;
  }

  /**
   * Starts a session at the agent. A command runs as InteractiveCommands, as ECS has it, which agents refuse
   * when the command is blank; a document that has none is Standard_Stream, the default shell (wire-protocol 5.7).
   */
  interactiveShell(session: SessionRecord): Uint8Array {
    const { logging, recording, freedom } = session;
    const payload = encodeInteractiveShell({
      sessionId: session.sessionId,
      documentName: session.documentName,
      sessionOwner: session.owner,
      sessionType: session.command === '' ? 'Standard_Stream' : 'InteractiveCommands',
      inputs: {
        ...NO_SESSION_INPUTS,
        s3BucketName: logging?.s3BucketName ?? '',
        s3KeyPrefix: logging?.s3KeyPrefix ?? '',
        s3EncryptionEnabled: logging?.s3EncryptionEnabled ?? false,
        cloudWatchLogGroupName: logging?.cloudWatchLogGroupName ?? '',
        cloudWatchEncryptionEnabled: logging?.cloudWatchEncryptionEnabled ?? false,
        kmsKeyId: session.kmsKeyId ?? '',
      },
      commands: session.command,
      runAsElevated: true,
      separateOutputStream: false,
      ...(recording !== undefined && { recording: recording.settings }),
      ...(freedom && { freedom }),
    });
    return this.#encode(MessageType.InteractiveShell, MessageFlags.None, payload);
  }

  channelClosed(session: { target: string; sessionId: string }, output: string): Uint8Array {
    const messageId = this.#uuid();
    const payload = encodeChannelClosed({
      messageId,
      createdDate: new Date(this.#environment.now()).toISOString(),
      destinationId: session.target,
      sessionId: session.sessionId,
      output,
    });
    return this.#encode(MessageType.ChannelClosed, MessageFlags.None, payload, messageId);
  }

  agentTaskAcknowledge(messageId: string, taskId: string): Uint8Array {
    const payload = encodeAgentTaskAcknowledge({ messageId, taskId });
    return this.#encode(MessageType.AgentTaskAcknowledge, MessageFlags.None, payload);
  }

  /** Acknowledges a stream message in the place of a receiver that has done so before. */
  acknowledge(header: FrameHeader, frame: Uint8Array): Uint8Array {
    const messageId = readSwappedUuid(frame, FRAME_OFFSET.messageId);
    const payload = encodeAcknowledge(header.messageType, messageId, header.sequenceNumber);
    return this.#encode(MessageType.Acknowledge, MessageFlags.SynFin, payload);
  }

  pausePublication(): Uint8Array {
    return this.#encode(MessageType.PausePublication, MessageFlags.None, NOTHING_TO_SAY);
  }

  startPublication(): Uint8Array {
    return this.#encode(MessageType.StartPublication, MessageFlags.None, NOTHING_TO_SAY);
  }

  #uuid(): string {
    return uuidFromRandom(this.#environment.randomBytes(UUID_BYTES));
  }

  #encode(messageType: MessageType, flags: MessageFlags, payload: Uint8Array, messageId = this.#uuid()): Uint8Array {
    const message = {
      messageType,
      createdDate: this.#environment.now(),
      sequenceNumber: 0,
      flags,
      messageId,
      payloadType: PayloadType.None,
      payload,
    };
    return encodeMessage(message, (bytes) => this.#environment.sha256(bytes));
  }
}
