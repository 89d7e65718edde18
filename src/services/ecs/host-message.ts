import type { AckRequest, HeartbeatMessage, TaskManifestMessage } from '../../core/protocol/agent-service.js';

/** Longest frame a host may send, in characters: a manifest of some 40,000 tasks. */
export const MAX_HOST_FRAME = 4 * 1024 * 1024;

/** Reads a frame of a host; undefined when it is none of the messages a host sends. */
export function readHostMessage(
  data: Uint8Array | string,
): TaskManifestMessage | AckRequest | HeartbeatMessage | undefined {
  if (typeof data !== 'string' || data.length > MAX_HOST_FRAME) return undefined;
  const frame = record(parse(data));
  const message = record(frame?.['message']);
  if (frame === undefined || message === undefined) return undefined;
  const { messageId, taskArns } = message;
  switch (frame['type']) {
    case 'TaskManifestMessage':
      return isTexts(taskArns) ? { type: 'TaskManifestMessage', message: { taskArns } } : undefined;
    case 'AckRequest':
    case 'HeartbeatMessage':
      return typeof messageId === 'string' ? { type: frame['type'], message: { messageId } } : undefined;
    default:
      return undefined;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function record(value: unknown): Record<string, unknown> | undefined {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isRecord ? (value as Record<string, unknown>) : undefined;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
