import { isIPv4 } from 'node:net';
import type {
  AckRequest,
  HeartbeatMessage,
  PublishHealthRequest,
  TaskManifestMessage,
  TaskNetworkMessage,
} from '../../core/protocol/agent-service.js';
import { present } from './present.js';

/** Longest frame a host may send, in characters: a manifest of some 40,000 tasks. */
export const MAX_HOST_FRAME = 4 * 1024 * 1024;
const MAC_ADDRESS = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i;

/** Reads a frame of a host; undefined when it is none of the messages a host sends. */
export function readHostMessage(
  data: Uint8Array | string,
): TaskManifestMessage | AckRequest | HeartbeatMessage | PublishHealthRequest | TaskNetworkMessage | undefined {
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
    case 'PublishHealthRequest':
      return readHealth(message);
    case 'TaskNetworkMessage':
      return readNetwork(message);
    default:
      return undefined;
  }
}

function readHealth({ taskArn, containers }: Record<string, unknown>): PublishHealthRequest | undefined {
  if (typeof taskArn !== 'string' || !Array.isArray(containers)) return undefined;
  const read = containers.map((entry: unknown) => {
    const { containerName, healthStatus } = record(entry) ?? {};
    return typeof containerName === 'string' && isHealthStatus(healthStatus)
      ? { containerName, healthStatus }
      : undefined;
  });
  const said = read.filter((entry) => entry !== undefined);
  return said.length < read.length
    ? undefined
    : { type: 'PublishHealthRequest', message: { taskArn, containers: said } };
}

function isHealthStatus(status: unknown): status is 'HEALTHY' | 'UNHEALTHY' | 'UNKNOWN' {
  return status === 'HEALTHY' || status === 'UNHEALTHY' || status === 'UNKNOWN';
}

function readNetwork({ taskArn, privateIpv4Address, macAddress }: Record<string, unknown>) {
  if (typeof taskArn !== 'string' || typeof privateIpv4Address !== 'string' || !isIPv4(privateIpv4Address)) {
    return undefined;
  }
  if (macAddress !== undefined && !(typeof macAddress === 'string' && MAC_ADDRESS.test(macAddress))) return undefined;
  const message = { taskArn, privateIpv4Address, ...present({ macAddress }) };
  return { type: 'TaskNetworkMessage' as const, message };
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
