import { encodeJson, JsonFields } from './json-fields.js';
import { MessageType } from './message-type.js';
import { readUsage, usageFields, type SessionUsage } from './session-usage.js';

export const FinalTaskStatus = Object.freeze({
  Success: 'Success',
  Failed: 'Failed',
  Cancelled: 'Cancelled',
  TimedOut: 'TimedOut',
} as const);

export type FinalTaskStatus = (typeof FinalTaskStatus)[keyof typeof FinalTaskStatus];

/** Payload of `agent_task_complete`, agent to gateway on the control channel (wire-protocol 1.9). */
export interface AgentTaskComplete {
  /** The session id. */
  readonly taskId: string;
  /** The target. */
  readonly instanceId: string;
  /** A {@link FinalTaskStatus}. */
  readonly finalTaskStatus: string;
  /** Shown to the user; empty after success. */
  readonly output: string;
  /** From 1; grows with each repetition under the same MessageId. */
  readonly retryNumber: number;
  /** Ours: what the session has used in all, as `GangwayUsage`. Absent: it is not known. */
  readonly usage?: SessionUsage;
}

export function encodeAgentTaskComplete(complete: AgentTaskComplete): Uint8Array {
  return encodeJson({
    SchemaVersion: 1,
    TaskId: complete.taskId,
    Topic: MessageType.AgentTaskComplete,
    FinalTaskStatus: complete.finalTaskStatus,
    IsRoutingFailure: false,
    AwsAccountId: '',
    InstanceId: complete.instanceId,
    Output: complete.output,
    S3Bucket: '',
    S3UrlSuffix: '',
    CwlGroup: '',
    CwlStream: '',
    RetryNumber: complete.retryNumber,
    ...(complete.usage && { GangwayUsage: usageFields(complete.usage) }),
  });
}

/** Throws a PayloadError. */
export function parseAgentTaskComplete(payload: Uint8Array): AgentTaskComplete {
  const fields = JsonFields.parse(payload, MessageType.AgentTaskComplete);
  return {
    taskId: fields.requiredString('TaskId'),
    instanceId: fields.string('InstanceId'),
    finalTaskStatus: fields.string('FinalTaskStatus'),
    output: fields.string('Output'),
    retryNumber: fields.integer('RetryNumber'),
    ...(fields.has('GangwayUsage') && { usage: readUsage(fields.object('GangwayUsage')) }),
  };
}
