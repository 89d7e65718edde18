import { PutLogEventsRequest$, PutLogEventsResponse$ } from '@aws-sdk/client-cloudwatch-logs';
import type { InputLogEvent, PutLogEventsRequest, RejectedLogEventsInfo } from '@aws-sdk/client-cloudwatch-logs';
import type { LogEvent } from '../../platform/aws/logs-client.js';
import {
  eventBytes,
  MAX_AGE_MS,
  MAX_AHEAD_MS,
  MAX_BATCH_BYTES,
  MAX_BATCH_EVENTS,
  MAX_BATCH_SPAN_MS,
} from '../../platform/aws/logs-limits.js';
import type { Operation } from '../../platform/aws/service.js';
import { packEvents } from './batch-content.js';
import { batchStore, purposeOf } from './batch-store.js';
import { MAX_TIME } from './event-order.js';
import { requireGroup } from './group-operations.js';
import { groupStore } from './group-store.js';
import { LogAccess } from './log-access.js';
import { expiryOf, type LogGroup, type LogStream } from './log-group.js';
import { logsError } from './logs-error.js';
import { logsOperation, shape } from './logs-operation.js';
import type { LogsParts } from './logs-parts.js';
import { nextOf } from './sequence.js';
import { requireStream, SEQUENCE_TOKEN } from './stream-operations.js';
import { streamStore } from './stream-store.js';

/** The events of a request that are taken, and which are not. */
interface Sorted {
  readonly taken: readonly LogEvent[];
  readonly rejected: RejectedLogEventsInfo | undefined;
}

export function putLogEvents(parts: LogsParts): Operation {
  const { database, clock, keys } = parts;
  const access = new LogAccess(parts);

  /** Seals a batch and stores it: what is answered has been written. */
  async function store(group: LogGroup, stream: LogStream, events: readonly LogEvent[]): Promise<void> {
    const [first, last] = [events[0], events.at(-1)];
    if (first === undefined || last === undefined) return;
    const head = {
      groupId: group.id,
      streamId: stream.id,
      firstAt: first.timestamp,
      lastAt: last.timestamp,
      ingestedAt: clock(),
      events: events.length,
      bytes: bytesOf(events),
      dataKeyId: group.dataKeyId,
    };
    const sealer = await keys.opener(group)(group.dataKeyId);
    const sealed = sealer.seal(await packEvents(events), purposeOf(head));
    await database.transaction(async (queries) => {
      if (!(await streamStore.grown(queries, stream.id, head))) throw logsError.streamNotFound();
      const position = await nextOf(queries, 'batches');
      await batchStore.insert(queries, { ...head, position }, sealed);
      await groupStore.grown(queries, group.id, head.bytes, head.lastAt - head.firstAt);
    });
  }

  return logsOperation({
    name: 'PutLogEvents',
    input: PutLogEventsRequest$,
    output: PutLogEventsResponse$,
    dataEvent: true,
    constraints: {
      logGroupName: shape.groupName,
      logStreamName: shape.streamName,
      logEvents: {
        required: true,
        length: [1, MAX_BATCH_EVENTS],
        each: {
          timestamp: { required: true, range: [0, MAX_TIME] },
          message: { required: true, length: [1, Number.MAX_SAFE_INTEGER] },
        },
      },
      sequenceToken: shape.nextToken,
    },
    access: ({ logGroupName = '', logStreamName = '' }: PutLogEventsRequest) =>
      access.onStream('logs:PutLogEvents', logGroupName, logStreamName),
    async run({ logGroupName = '', logStreamName = '', logEvents = [] }) {
      const events = requireBatch(logEvents);
      const group = await requireGroup(database, logGroupName);
      const stream = await requireStream(database, group.id, logStreamName);
      const { taken, rejected } = sortOut(events, group, clock());
      await store(group, stream, taken);
      return { nextSequenceToken: SEQUENCE_TOKEN, ...(rejected && { rejectedLogEventsInfo: rejected }) };
    },
  });
}

function bytesOf(events: readonly LogEvent[]): number {
  return events.reduce((sum, { message }) => sum + eventBytes(message), 0);
}

/** Throws InvalidParameterException for a batch that is refused as a whole. */
function requireBatch(input: readonly InputLogEvent[]): readonly LogEvent[] {
  const events = input.map(({ timestamp = 0, message = '' }) => ({ timestamp, message }));
  for (const { message } of events) {
    const bytes = eventBytes(message);
    if (bytes > MAX_BATCH_BYTES) {
      throw logsError.invalid(`Log event too large: ${bytes} bytes exceeds limit of ${MAX_BATCH_BYTES}`);
    }
  }
  const bytes = bytesOf(events);
  if (bytes > MAX_BATCH_BYTES) {
    throw logsError.invalid(`Upload too large: ${bytes} bytes exceeds limit of ${MAX_BATCH_BYTES}`);
  }
  for (const [index, { timestamp }] of events.entries()) {
    if (timestamp < (events[index - 1]?.timestamp ?? 0)) {
      throw logsError.invalid('Log events in a single PutLogEvents request must be in chronological order.');
    }
  }
  if ((events.at(-1)?.timestamp ?? 0) - (events[0]?.timestamp ?? 0) > MAX_BATCH_SPAN_MS) {
    throw logsError.invalid('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.');
  }
  return events;
}

/** Too old and expired events stand at the beginning of a batch, too new ones at its end. */
function sortOut(events: readonly LogEvent[], group: LogGroup, now: number): Sorted {
  const before = (moment: number): number => {
    const index = events.findIndex(({ timestamp }) => timestamp >= moment);
    return index < 0 ? events.length : index;
  };
  const tooOld = before(now - MAX_AGE_MS);
  const expired = before(expiryOf(group, now));
  const tooNew = before(now + MAX_AHEAD_MS + 1);
  const rejected: RejectedLogEventsInfo = {
    ...(tooNew < events.length && { tooNewLogEventStartIndex: tooNew }),
    ...(tooOld > 0 && { tooOldLogEventEndIndex: tooOld }),
    ...(expired > 0 && { expiredLogEventEndIndex: expired }),
  };
  return {
    taken: events.slice(Math.max(tooOld, expired), tooNew),
    rejected: Object.keys(rejected).length === 0 ? undefined : rejected,
  };
}
