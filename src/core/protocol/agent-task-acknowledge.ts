import { encodeJson, JsonFields } from './json-fields.js';
import { MessageType } from './message-type.js';

/** Payload of `agent_task_acknowledge`, gateway to agent. The agent matches `messageId` alone. */
export interface AgentTaskAcknowledge {
  /** Of the `agent_task_complete` that is answered. */
  readonly messageId: string;
  readonly taskId: string;
}

export function encodeAgentTaskAcknowledge(acknowledge: AgentTaskAcknowledge): Uint8Array {
  return encodeJson({
    SchemaVersion: 1,
    MessageId: acknowledge.messageId,
    TaskId: acknowledge.taskId,
    Topic: MessageType.AgentTaskComplete,
  });
}

/** Throws a PayloadError. */
export function parseAgentTaskAcknowledge(payload: Uint8Array): AgentTaskAcknowledge {
  const fields = JsonFields.parse(payload, MessageType.AgentTaskAcknowledge);
  return { messageId: fields.requiredString('MessageId'), taskId: fields.string('TaskId') };
}
