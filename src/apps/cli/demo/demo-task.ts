import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection } from '../connect.js';

/** From the start of a task to a managed agent that runs. */
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 100;

export interface DescribedAgent {
  readonly name?: string;
  readonly lastStatus?: string;
  readonly reason?: string;
}

export interface DescribedContainer {
  readonly name?: string;
  readonly runtimeId?: string;
  readonly reason?: string;
  readonly managedAgents?: readonly DescribedAgent[];
}

export interface DescribedTask {
  readonly taskArn: string;
  readonly lastStatus?: string;
  readonly stoppedReason?: string;
  readonly containers?: readonly DescribedContainer[];
}

export function agentOf(container: DescribedContainer | undefined): DescribedAgent | undefined {
  return container?.managedAgents?.find(({ name }) => name === 'ExecuteCommandAgent');
}

/** The first of the tasks, as soon as it is `ready`. Rejects with why it is not when that takes too long, or it throws. */
export async function awaitTask(
  { call }: Connection,
  cluster: string,
  taskArns: () => Promise<readonly string[]>,
  ready: (task: DescribedTask) => boolean,
): Promise<DescribedTask> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  let last: DescribedTask | undefined;
  while (Date.now() < deadline) {
    const tasks = await taskArns();
    if (tasks.length > 0) {
      const described = (await call('ecs', 'DescribeTasks', { cluster, tasks })) as { tasks: DescribedTask[] };
      last = described.tasks[0] ?? last;
      if (last !== undefined && ready(last)) return last;
    }
    await sleep(POLL_MS);
  }
  throw new Error(
    `the task is ${last?.lastStatus ?? 'not there'} after ${START_TIMEOUT_MS / 1000} seconds. ${whyNot(last)}`.trim(),
  );
}

/** What is said of a task that is not as it should be, if anything. */
export function whyNot(task: DescribedTask | undefined): string {
  const reasons = task?.containers?.flatMap((container) => [container.reason, agentOf(container)?.reason]) ?? [];
  return task?.stoppedReason ?? reasons.find((reason) => reason !== undefined) ?? '';
}
