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
} as const);

export type MessageType = (typeof MessageType)[keyof typeof MessageType];
