import { encodeJson, JsonFields } from './json-fields.js';
import { PayloadError } from './payload-error.js';

/** CPU and memory of a session's command and its descendants, since the command was started. Ours: AWS has no such. */
export interface SessionUsage {
  readonly cpuMilliseconds: number;
  /** Resident when it was looked at. */
  readonly memoryBytes: number;
  /** The most that was seen. */
  readonly peakMemoryBytes: number;
}

/**
 * Payload of `gangway_session_usage`, agent to gateway on the control channel, now and then while a session lasts. It
 * is not acknowledged. AWS's agent never sends it, and a gateway that does not know it passes over it, as over every
 * other type that it does not know (wire-protocol 1.11).
 *
 * ```
 * { "SchemaVersion": 1, "SessionId": "ecs-execute-command-…", "Usage": { "CpuMilliseconds": 1240, "MemoryBytes": 4194304,
 *   "PeakMemoryBytes": 8388608 } }
 * ```
 *
 * What a session has used in all comes with its end: `agent_task_complete` has the same object as `GangwayUsage`.
 */
export interface SessionUsageMessage {
  readonly sessionId: string;
  readonly usage: SessionUsage;
}

export function encodeSessionUsage({ sessionId, usage }: SessionUsageMessage): Uint8Array {
  return encodeJson({ SchemaVersion: 1, SessionId: sessionId, Usage: usageFields(usage) });
}

/** Throws a PayloadError. */
export function parseSessionUsage(payload: Uint8Array): SessionUsageMessage {
  const fields = JsonFields.parse(payload, 'gangway_session_usage');
  return { sessionId: fields.requiredString('SessionId'), usage: readUsage(fields.object('Usage')) };
}

/** As both messages have it. */
export function usageFields({ cpuMilliseconds, memoryBytes, peakMemoryBytes }: SessionUsage): object {
  return { CpuMilliseconds: cpuMilliseconds, MemoryBytes: memoryBytes, PeakMemoryBytes: peakMemoryBytes };
}

/** Throws a PayloadError: nothing can use less than nothing. */
export function readUsage(fields: JsonFields): SessionUsage {
  const amount = (name: string): number => {
    const value = fields.integer(name);
    if (value < 0) throw new PayloadError(name, 'is negative');
    return value;
  };
  return {
    cpuMilliseconds: amount('CpuMilliseconds'),
    memoryBytes: amount('MemoryBytes'),
    peakMemoryBytes: amount('PeakMemoryBytes'),
  };
}
