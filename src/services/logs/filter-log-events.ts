import { FilterLogEventsRequest$, FilterLogEventsResponse$ } from '@aws-sdk/client-cloudwatch-logs';
import type { FilterLogEventsRequest } from '@aws-sdk/client-cloudwatch-logs';
import { eventBytes } from '../../platform/aws/logs-limits.js';
import type { Operation } from '../../platform/aws/service.js';
import type { Queries } from '../../platform/store/database.js';
import { eventId, type EventPlace, FIRST_PLACE, MAX_TIME } from './event-order.js';
import { readEvents, type StoredEvent } from './event-reader.js';
import { compileFilter, MAX_FILTER_LENGTH } from './filter-pattern.js';
import { MAX_PAGE_BYTES, MAX_PAGE_EVENTS } from './get-log-events.js';
import { requireGroup } from './group-operations.js';
import { LogAccess } from './log-access.js';
import { expiryOf, type LogGroup } from './log-group.js';
import { logsError } from './logs-error.js';
import { logsOperation, shape } from './logs-operation.js';
import type { LogsParts } from './logs-parts.js';
import { pageToken, readPageToken } from './page-token.js';
import { lastOf } from './sequence.js';
import { requireStream } from './stream-operations.js';
import { streamStore } from './stream-store.js';

/** Looked through for one answer; then a page with what was found, perhaps nothing, and a token, as AWS does. */
export const MAX_SEARCHED_BYTES = 32 * 1024 * 1024;
export const MAX_SEARCHED_EVENTS = 100_000;

export function filterLogEvents(parts: LogsParts): Operation {
  const { database, clock, arns, keys } = parts;
  const access = new LogAccess(parts);

  return logsOperation({
    name: 'FilterLogEvents',
    input: FilterLogEventsRequest$,
    output: FilterLogEventsResponse$,
    dataEvent: true,
    constraints: {
      logGroupName: shape.optionalGroupName,
      logGroupIdentifier: shape.groupIdentifier,
      logStreamNames: { length: [1, 100], each: { length: [1, 512], pattern: /^[^:*]*$/ } },
      logStreamNamePrefix: shape.optionalStreamName,
      startTime: shape.time,
      endTime: shape.time,
      filterPattern: { length: [0, MAX_FILTER_LENGTH] },
      nextToken: shape.nextToken,
      limit: shape.eventsLimit,
    },
    access: (input: FilterLogEventsRequest) => access.onGroup('logs:FilterLogEvents', arns.groupOf(input)),
    async run(input) {
      const { logStreamNames, logStreamNamePrefix, nextToken, startTime = 0, endTime = MAX_TIME } = input;
      if (logStreamNames !== undefined && logStreamNamePrefix !== undefined) {
        throw logsError.invalid('logStreamNamePrefix and logStreamNames are mutually exclusive parameters.');
      }
      const matches = compileFilter(input.filterPattern ?? '');
      const group = await requireGroup(database, arns.groupOf(input));
      const streams = await streamsOf(database, group, input);
      const { upTo, place } =
        nextToken === undefined
          ? { upTo: await lastOf(database, 'batches'), place: FIRST_PLACE }
          : readToken(nextToken, group.id);
      const scope = {
        groupId: group.id,
        streamIds: logStreamNames && [...streams.keys()],
        ...(logStreamNamePrefix !== undefined && { wanted: streams }),
        since: Math.max(startTime, Math.ceil(expiryOf(group, clock()))),
        through: endTime,
        after: 0,
        upTo,
        longestMs: group.longestBatchMs,
      };
      const found = await search(
        readEvents(database, keys.opener(group), scope, place, 'forward'),
        (event) => streams.has(event.streamId) && matches(event.message),
        input.limit ?? MAX_PAGE_EVENTS,
      );
      return {
        events: found.events.map((event) => ({
          logStreamName: streams.get(event.streamId),
          timestamp: event.timestamp,
          message: event.message,
          ingestionTime: event.ingestedAt,
          eventId: eventId(event),
        })),
        searchedLogStreams: [],
        ...(found.rest && { nextToken: writeToken(group.id, upTo, found.rest) }),
      };
    },
  });
}

/** Names by id of the streams that are searched. Throws ResourceNotFoundException for one that is not there. */
async function streamsOf(
  queries: Queries,
  group: LogGroup,
  { logStreamNames, logStreamNamePrefix = '' }: FilterLogEventsRequest,
): Promise<ReadonlyMap<number, string>> {
  if (logStreamNames === undefined) return streamStore.names(queries, group.id, logStreamNamePrefix);
  const streams = await Promise.all(logStreamNames.map((name) => requireStream(queries, group.id, name)));
  return new Map(streams.map(({ id, name }) => [id, name]));
}

/** The events of one answer. `rest`: the last event that was looked at, when there may be more after it. */
async function search(
  events: AsyncIterable<StoredEvent>,
  wanted: (event: StoredEvent) => boolean,
  limit: number,
): Promise<{ events: readonly StoredEvent[]; rest?: EventPlace }> {
  const found: StoredEvent[] = [];
  let foundBytes = 0;
  let searchedBytes = 0;
  let searched = 0;
  let last: EventPlace | undefined;
  for await (const event of events) {
    const full = found.length >= limit || searchedBytes >= MAX_SEARCHED_BYTES || searched >= MAX_SEARCHED_EVENTS;
    if (full && last !== undefined) return { events: found, rest: last };
    const bytes = eventBytes(event.message);
    if (wanted(event)) {
      if (last !== undefined && foundBytes + bytes > MAX_PAGE_BYTES) return { events: found, rest: last };
      foundBytes += bytes;
      found.push(event);
    }
    searched += 1;
    searchedBytes += bytes;
    last = event;
  }
  return { events: found };
}

function writeToken(groupId: number, upTo: number, { timestamp, position, index }: EventPlace): string {
  return pageToken('FilterLogEvents', groupId, upTo, timestamp, position, index);
}

/** A paging sees what was there when it began: nothing twice, nothing left out, however much arrives meanwhile. */
function readToken(token: string, groupId: number): { upTo: number; place: EventPlace } {
  const kinds = new Array<'number'>(5).fill('number');
  const [group, upTo, timestamp, position, index] = readPageToken('FilterLogEvents', token, kinds) as number[];
  if (group !== groupId) throw logsError.invalid('The specified nextToken is invalid.');
  return { upTo: upTo ?? 0, place: { timestamp: timestamp ?? 0, position: position ?? 0, index: index ?? 0 } };
}
