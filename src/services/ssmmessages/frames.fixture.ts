import { createHash, randomUUID } from 'node:crypto';
import { encodeAcknowledge } from '../../core/protocol/acknowledge.js';
import { encodeAgentSessionState } from '../../core/protocol/agent-session-state.js';
import type { SessionState } from '../../core/protocol/agent-session-state.js';
import { encodeAgentTaskComplete } from '../../core/protocol/agent-task-complete.js';
import { decodeMessage } from '../../core/protocol/decode-message.js';
import { encodeMessage } from '../../core/protocol/encode-message.js';
import type { DecodedMessage, Message } from '../../core/protocol/message.js';
import { PayloadType } from '../../core/protocol/payload-type.js';

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

export function frame(message: Partial<Message> & { messageType: string }): Uint8Array {
  return encodeMessage(
    {
      createdDate: 1_700_000_000_000,
      sequenceNumber: 0,
      flags: 0,
      messageId: randomUUID(),
      payloadType: 0,
      payload: Buffer.from('{}'),
      ...message,
    },
    sha256,
  );
}

export function output(
  sequenceNumber: number,
  text: string | Uint8Array,
  payloadType: PayloadType = PayloadType.Output,
): Uint8Array {
  const payload = typeof text === 'string' ? Buffer.from(text) : text;
  return frame({ messageType: 'output_stream_data', sequenceNumber, payloadType, payload });
}

export function input(sequenceNumber: number, text: string, payloadType: PayloadType = PayloadType.Output): Uint8Array {
  return frame({ messageType: 'input_stream_data', sequenceNumber, payloadType, payload: Buffer.from(text) });
}

export function acknowledge(of: Uint8Array): Uint8Array {
  const { messageType, messageId, sequenceNumber } = decodeMessage(of);
  return frame({
    messageType: 'acknowledge',
    flags: 3,
    payload: encodeAcknowledge(messageType, messageId, sequenceNumber),
  });
}

export function sessionState(sessionId: string, state: SessionState): Uint8Array {
  const payload = encodeAgentSessionState({ sessionState: state, sessionId });
  return frame({ messageType: 'agent_session_state', flags: 3, payload });
}

export function taskComplete(
  sessionId: string,
  target: string,
  finalTaskStatus = 'Success',
  text = '',
  messageId: string = randomUUID(),
): Uint8Array {
  const complete = { taskId: sessionId, instanceId: target, finalTaskStatus, output: text, retryNumber: 1 };
  return frame({ messageType: 'agent_task_complete', messageId, payload: encodeAgentTaskComplete(complete) });
}

/** What was sent, as messages; a text frame would be the end of an official reader (T1). */
export function messages(sent: readonly (Uint8Array | string)[]): DecodedMessage[] {
  return sent.map((data) => {
    if (typeof data === 'string') throw new Error(`a text frame was sent: ${data}`);
    return decodeMessage(data);
  });
}

/** `output_stream_data 0`, `acknowledge`, … */
export function summary(sent: readonly (Uint8Array | string)[]): string[] {
  return messages(sent).map(({ messageType, sequenceNumber }) =>
    messageType.endsWith('_stream_data') ? `${messageType} ${sequenceNumber}` : messageType,
  );
}

export function json(message: DecodedMessage | undefined): Record<string, unknown> {
  if (message === undefined) throw new Error('there is no such message');
  return JSON.parse(Buffer.from(message.payload).toString()) as Record<string, unknown>;
}
