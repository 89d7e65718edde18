import type { AwsCall } from './aws-call.js';
import { type AskedFreedom, requireGranted } from './session-freedom.js';
import type { ClientSession } from './session-api.js';

export interface ExecuteCommandInput {
  readonly cluster?: string;
  readonly task: string;
  readonly container?: string;
  readonly command: string;
}

/** A session that waits for its client, and the container it is in. */
export interface StartedSession extends ClientSession {
  readonly clusterArn: string;
  readonly taskArn: string;
  readonly containerName: string;
}

interface ExecuteCommandOutput {
  readonly clusterArn: string;
  readonly taskArn: string;
  readonly containerName: string;
  readonly session: { readonly sessionId: string; readonly streamUrl: string; readonly tokenValue: string };
  readonly gangway?: AskedFreedom | null;
}

/** `ecs:ExecuteCommand`; `freedom` is what AWS does not have. Rejects when an endpoint does not grant it. */
export async function startSession(
  call: AwsCall,
  input: ExecuteCommandInput,
  freedom: AskedFreedom = {},
): Promise<StartedSession> {
  const { clusterArn, taskArn, containerName, session, gangway } = (await call('ecs', 'ExecuteCommand', {
    ...input,
    interactive: true,
    ...(Object.keys(freedom).length > 0 && { gangway: freedom }),
  })) as ExecuteCommandOutput;
  await requireGranted(call, session.sessionId, freedom, gangway);
  return { ...session, clusterArn, taskArn, containerName };
}

function lastPart(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

/** `ecs:<cluster>_<task id>_<runtime id>`, built as the AWS CLI does (wire-protocol 1.3). */
export async function sessionTarget(call: AwsCall, started: StartedSession): Promise<string> {
  const cluster = lastPart(started.clusterArn);
  const task = lastPart(started.taskArn);
  const { tasks } = (await call('ecs', 'DescribeTasks', { cluster, tasks: [task] })) as {
    readonly tasks?: readonly {
      readonly containers?: readonly { readonly name?: string; readonly runtimeId?: string }[];
    }[];
  };
  const container = tasks?.[0]?.containers?.find(({ name }) => name === started.containerName);
  if (container?.runtimeId === undefined) throw new Error('The task provided in the request was not found.');
  return `ecs:${cluster}_${task}_${container.runtimeId}`;
}
