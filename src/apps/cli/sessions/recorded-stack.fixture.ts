import { CreateClusterCommand } from '@aws-sdk/client-ecs';
import { type Ran, type RunningTask, Stack } from '../../../../test/stack.fixture.js';

/** Name of a cluster whose sessions are recorded: it names a bucket. */
export const RECORDED = 'recorded';

/** A stack with a task in a cluster whose sessions are recorded. */
export class RecordedStack extends Stack {
  /** The cluster and a task in it. */
  async recordedTask(): Promise<RunningTask> {
    await this.ecs.send(
      new CreateClusterCommand({
        clusterName: RECORDED,
        configuration: {
          executeCommandConfiguration: { logging: 'OVERRIDE', logConfiguration: { s3BucketName: 'records' } },
        },
      }),
    );
    return this.task({ cluster: RECORDED });
  }

  exec(task: RunningTask, ...args: string[]): Promise<Ran> {
    return this.gangway(['exec', '--cluster', RECORDED, task.id, ...args]);
  }

  /** Ids of recorded sessions, the newest first, when `count` of them have ended. */
  async ended(count: number): Promise<string[]> {
    const deadline = Date.now() + 15_000;
    for (;;) {
      const { stdout } = await this.gangway(['sessions', '--state', 'all', '--json']);
      const rows = JSON.parse(stdout) as { SessionId: string; Recording?: { state: string; statement?: unknown } }[];
      const ended = rows.filter(({ Recording }) => Recording?.statement !== undefined);
      if (ended.length >= count) return ended.map(({ SessionId }) => SessionId);
      if (Date.now() > deadline)
        throw new Error(`${ended.length} of ${count} records have ended: ${stdout}\n${this.log}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
