import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { CopyStore } from '../../../client/recordings/delivered-copies.js';
import { sdkCredentials, sdkTrust } from '../../../platform/aws/sdk-settings.js';
import type { Connection } from '../connect.js';

/** Buckets and log groups, as the caller can read them. */
export function copyStore(connection: Connection): CopyStore {
  const { region, ca } = connection;
  const common = {
    region,
    credentials: sdkCredentials(connection.credentials),
    requestHandler: sdkTrust(ca),
  };
  const s3 = new S3Client({
    ...common,
    endpoint: connection.endpoint('s3'),
    forcePathStyle: true,
    followRegionRedirects: true,
  });
  const logs = new CloudWatchLogsClient({ ...common, endpoint: connection.endpoint('logs') });

  return {
    async *object(bucket, key) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      if (Body !== undefined) yield* Body as unknown as AsyncIterable<Uint8Array>;
    },
    async *messages(group, stream) {
      let token: string | undefined;
      for (;;) {
        const { events = [], nextForwardToken } = await logs.send(
          new GetLogEventsCommand({
            logGroupName: group,
            logStreamName: stream,
            startFromHead: true,
            ...(token !== undefined && { nextToken: token }),
          }),
        );
        for (const { message = '' } of events) yield message;
        // The same token again means that there is nothing more.
        if (nextForwardToken === undefined || nextForwardToken === token) return;
        token = nextForwardToken;
      }
    },
  };
}
