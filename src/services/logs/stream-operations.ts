import {
  CreateLogStreamRequest$,
  DeleteLogStreamRequest$,
  DescribeLogStreamsRequest$,
  DescribeLogStreamsResponse$,
} from '@aws-sdk/client-cloudwatch-logs';
import type {
  CreateLogStreamRequest,
  DeleteLogStreamRequest,
  DescribeLogStreamsRequest,
  LogStream as LogStreamModel,
} from '@aws-sdk/client-cloudwatch-logs';
import type { Operation } from '../../platform/aws/service.js';
import type { Queries } from '../../platform/store/database.js';
import { requireGroup } from './group-operations.js';
import { LogAccess } from './log-access.js';
import type { LogStream } from './log-group.js';
import { logsError } from './logs-error.js';
import { EMPTY_OUTPUT, logsOperation, shape } from './logs-operation.js';
import type { LogsParts } from './logs-parts.js';
import { pageToken, readPageToken } from './page-token.js';
import { nextOf } from './sequence.js';
import { streamStore } from './stream-store.js';

const DEFAULT_PAGE = 50;
/** The service ignores it; clients of old hand it back. */
export const SEQUENCE_TOKEN = '49039859598466138698473021837521';

export function streamOperations(parts: LogsParts): readonly Operation[] {
  const { database, clock, arns } = parts;
  const access = new LogAccess(parts);

  return [
    logsOperation({
      name: 'CreateLogStream',
      input: CreateLogStreamRequest$,
      output: EMPTY_OUTPUT,
      constraints: { logGroupName: shape.groupName, logStreamName: shape.streamName },
      access: ({ logGroupName = '', logStreamName = '' }: CreateLogStreamRequest) =>
        access.onStream('logs:CreateLogStream', logGroupName, logStreamName),
      async run({ logGroupName = '', logStreamName: name = '' }) {
        await database.transaction(async (queries) => {
          const { id: groupId } = await requireGroup(queries, logGroupName);
          if ((await streamStore.find(queries, groupId, name)) !== undefined) throw logsError.streamExists();
          await streamStore.insert(queries, { id: await nextOf(queries, 'ids'), groupId, name, createdAt: clock() });
        });
        return {};
      },
    }),
    logsOperation({
      name: 'DescribeLogStreams',
      input: DescribeLogStreamsRequest$,
      output: DescribeLogStreamsResponse$,
      constraints: {
        logGroupName: shape.optionalGroupName,
        logGroupIdentifier: shape.groupIdentifier,
        logStreamNamePrefix: shape.optionalStreamName,
        orderBy: { values: ['LogStreamName', 'LastEventTime'] },
        nextToken: shape.nextToken,
        limit: shape.describeLimit,
      },
      access: (input: DescribeLogStreamsRequest) => access.onGroup('logs:DescribeLogStreams', arns.groupOf(input)),
      async run(input) {
        const { logStreamNamePrefix: prefix, orderBy = 'LogStreamName', descending = false, nextToken } = input;
        if (orderBy === 'LastEventTime' && prefix !== undefined) {
          throw logsError.invalid('Cannot order by LastEventTime with a logStreamNamePrefix.');
        }
        const group = await requireGroup(database, arns.groupOf(input));
        const limit = input.limit ?? DEFAULT_PAGE;
        const operation = `DescribeLogStreams ${orderBy}`;
        const place = nextToken === undefined ? [] : readPageToken(operation, nextToken, ['string', 'number']);
        const [name, lastEventAt] = place as [string?, number?];
        const after = name === undefined || lastEventAt === undefined ? undefined : { name, lastEventAt };
        const page = { prefix: prefix ?? '', orderBy, descending, after, limit: limit + 1 };
        const found = await streamStore.page(database, group.id, page);
        const streams = found.slice(0, limit);
        const last = found.length > limit ? streams.at(-1) : undefined;
        return {
          logStreams: streams.map((stream) => streamModel(stream, arns.stream(group.name, stream.name))),
          ...(last && { nextToken: pageToken(operation, last.name, last.lastEventAt ?? -1) }),
        };
      },
    }),
    logsOperation({
      name: 'DeleteLogStream',
      input: DeleteLogStreamRequest$,
      output: EMPTY_OUTPUT,
      constraints: { logGroupName: shape.groupName, logStreamName: shape.streamName },
      access: ({ logGroupName = '', logStreamName = '' }: DeleteLogStreamRequest) =>
        access.onStream('logs:DeleteLogStream', logGroupName, logStreamName),
      async run({ logGroupName = '', logStreamName = '' }) {
        await database.transaction(async (queries) => {
          const group = await requireGroup(queries, logGroupName);
          await streamStore.remove(queries, await requireStream(queries, group.id, logStreamName));
        });
        return {};
      },
    }),
  ];
}

/** Throws ResourceNotFoundException. */
export async function requireStream(queries: Queries, groupId: number, name: string): Promise<LogStream> {
  const stream = await streamStore.find(queries, groupId, name);
  if (stream === undefined) throw logsError.streamNotFound();
  return stream;
}

function streamModel(stream: LogStream, arn: string): LogStreamModel {
  return {
    logStreamName: stream.name,
    creationTime: stream.createdAt,
    firstEventTimestamp: stream.firstEventAt,
    lastEventTimestamp: stream.lastEventAt,
    lastIngestionTime: stream.lastIngestionAt,
    uploadSequenceToken: SEQUENCE_TOKEN,
    arn,
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- AWS still sends it, and always 0 since 2019
    storedBytes: 0,
  };
}
