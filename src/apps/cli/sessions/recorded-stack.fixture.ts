import { CreateClusterCommand } from '@aws-sdk/client-ecs';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { Account, EXEC_CHANNELS } from '../../../../test/account.fixture.js';
import { type Ran, type RunningTask, Stack } from '../../../../test/stack.fixture.js';

/** Name of a cluster whose sessions are recorded: it names a bucket. */
export const RECORDED = 'recorded';

/** A stack with a task in a cluster whose sessions are recorded. */
export class RecordedStack extends Stack {
  /** The bucket, the cluster, and a task in it whose role may write records. */
  async recordedTask(): Promise<RunningTask> {
    const { AWS_REGION: region = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = this.environment;
    const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
    const s3 = new S3Client({ endpoint: this.url, region, credentials, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: 'records' }));
    const account = new Account(this);
    await account.requireTaskRole('task-role');
    const write = { Effect: 'Allow', Action: 's3:PutObject', Resource: 'arn:aws:s3:::records/*' };
    await account.allowRole('task-role', EXEC_CHANNELS, write);
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
