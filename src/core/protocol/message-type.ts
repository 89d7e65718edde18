import { FRAME_FIELD_LENGTH } from './frame-layout.js';

/** MessageType of the binary message, exact (wire-protocol 1.11). */
export const MessageType = Object.freeze({
  InteractiveShell: 'interactive_shell',
  ChannelClosed: 'channel_closed',
  AgentTaskComplete: 'agent_task_complete',
  AgentTaskAcknowledge: 'agent_task_acknowledge',
  AgentJob: 'agent_job',
  AgentJobAck: 'agent_job_ack',
  AgentJobReply: 'agent_job_reply',
  AgentJobReplyAck: 'agent_job_reply_ack',
  InputStreamData: 'input_stream_data',
  OutputStreamData: 'output_stream_data',
  Acknowledge: 'acknowledge',
  AgentSessionState: 'agent_session_state',
  StartPublication: 'start_publication',
  PausePublication: 'pause_publication',
  /** Ours; see session-usage.ts. */
  GangwaySessionUsage: 'gangway_session_usage',
} as const);

export type MessageType = (typeof MessageType)[keyof typeof MessageType];

const SPACE = 0x20;

/** The field of 32 bytes. Throws a RangeError for a name that is empty or too long. */
export function paddedMessageType(messageType: string): Uint8Array<ArrayBuffer> {
  const length = FRAME_FIELD_LENGTH.messageType;
  if (messageType.length === 0 || messageType.length > length) {
    throw new RangeError(`message type "${messageType}" does not have 1 to ${length} characters`);
  }
  const field = new Uint8Array(length).fill(SPACE);
  for (let index = 0; index < messageType.length; index += 1) field[index] = messageType.charCodeAt(index);
  return field;
}
