import { GetLogEventsRequest$, GetLogEventsResponse$ } from '@aws-sdk/client-cloudwatch-logs';
import type { GetLogEventsRequest } from '@aws-sdk/client-cloudwatch-logs';
import { eventBytes } from '../../platform/aws/logs-limits.js';
import type { Operation } from '../../platform/aws/service.js';
import { type EventPlace, FIRST_PLACE, LAST_PLACE, MAX_TIME } from './event-order.js';
import { type EventScope, readEvents, type StoredEvent } from './event-reader.js';
import { requireGroup } from './group-operations.js';
import { LogAccess } from './log-access.js';
import { expiryOf } from './log-group.js';
import { logsError } from './logs-error.js';
import { logsOperation, shape } from './logs-operation.js';
import type { LogsParts } from './logs-parts.js';
import { pageToken, readPageToken } from './page-token.js';
import { lastOf } from './sequence.js';
import { requireStream } from './stream-operations.js';

/** Of one answer, unless a limit is asked for; both are AWS's. */
export const MAX_PAGE_EVENTS = 10_000;
/** Counted as PutLogEvents counts. */
export const MAX_PAGE_BYTES = 1_048_576;

/**
 * Where reading a stream goes on. Batches up to position `seen` have been read to their end, those up to `upTo` as far
 * as `place`. So a reader that follows gets events that arrive late, with times he has passed, too: once.
 */
interface Bookmark {
  readonly seen: number;
  readonly upTo: number;
  readonly place: EventPlace;
}

export function getLogEvents(parts: LogsParts): Operation {
  const { database, clock, arns, keys } = parts;
  const access = new LogAccess(parts);

  return logsOperation({
    name: 'GetLogEvents',
    input: GetLogEventsRequest$,
    output: GetLogEventsResponse$,
    dataEvent: true,
    constraints: {
      logGroupName: shape.optionalGroupName,
      logGroupIdentifier: shape.groupIdentifier,
      logStreamName: shape.streamName,
      startTime: shape.time,
      endTime: shape.time,
      nextToken: shape.nextToken,
      limit: shape.eventsLimit,
    },
    access: (input: GetLogEventsRequest) =>
      access.onStream('logs:GetLogEvents', arns.groupOf(input), input.logStreamName ?? ''),
    async run(input) {
      const { logStreamName = '', nextToken, startFromHead = false, startTime = 0, endTime = MAX_TIME + 1 } = input;
      const group = await requireGroup(database, arns.groupOf(input));
      const stream = await requireStream(database, group.id, logStreamName);
      const last = await lastOf(database, 'batches');
      const token = nextToken === undefined ? undefined : readToken(nextToken, stream.id);
      const forward = token?.forward ?? startFromHead;
      let from = token?.bookmark ?? { seen: 0, upTo: last, place: startFromHead ? FIRST_PLACE : LAST_PLACE };
      const scope = {
        groupId: group.id,
        streamIds: [stream.id],
        since: Math.max(startTime, Math.ceil(expiryOf(group, clock()))),
        through: endTime - 1,
        longestMs: group.longestBatchMs,
      };
      const read = ({ seen: after, upTo, place }: Bookmark): Promise<StoredEvent[]> => {
        const within: EventScope = { ...scope, after, upTo };
        const direction = forward ? 'forward' : 'backward';
        return takePage(readEvents(database, keys.opener(group), within, place, direction), input.limit);
      };

      let events = await read(from);
      if (forward && events.length === 0 && last > from.upTo) {
        const rest = { seen: from.upTo, upTo: last, place: FIRST_PLACE };
        events = await read(rest);
        if (events.length > 0) from = rest;
      }
      if (!forward) events.reverse();
      const [oldest, newest] = [events[0], events.at(-1)];
      // Nothing more: the same token again, which is how clients know. Nothing at all in a page from the end: all of
      // what there is lies behind the forward token, so that what follows is what comes.
      const ahead = forward ? from : { ...from, seen: from.upTo, place: LAST_PLACE };
      const next = newest === undefined ? ahead : { ...from, place: newest };
      const previous = { seen: 0, upTo: from.upTo, place: oldest ?? (forward ? LAST_PLACE : from.place) };
      return {
        events: events.map(({ timestamp, message, ingestedAt }) => ({ timestamp, message, ingestionTime: ingestedAt })),
        nextForwardToken:
          nextToken?.startsWith('f/') && newest === undefined ? nextToken : writeToken('f', stream.id, next),
        nextBackwardToken:
          nextToken?.startsWith('b/') && oldest === undefined ? nextToken : writeToken('b', stream.id, previous),
      };
    },
  });
}

/** As many events as one answer takes, at least one if there is any. */
async function takePage(events: AsyncIterable<StoredEvent>, limit = MAX_PAGE_EVENTS): Promise<StoredEvent[]> {
  const page: StoredEvent[] = [];
  let bytes = 0;
  for await (const event of events) {
    bytes += eventBytes(event.message);
    if (page.length > 0 && bytes > MAX_PAGE_BYTES) break;
    page.push(event);
    if (page.length === limit) break;
  }
  return page;
}

function writeToken(direction: 'f' | 'b', streamId: number, { seen, upTo, place }: Bookmark): string {
  const { timestamp, position, index } = place;
  return `${direction}/${pageToken('GetLogEvents', streamId, seen, upTo, timestamp, position, index)}`;
}

function readToken(token: string, streamId: number): { forward: boolean; bookmark: Bookmark } {
  const kinds = new Array<'number'>(6).fill('number');
  const [direction, rest] = [token.slice(0, 2), token.slice(2)];
  const [stream, seen, upTo, timestamp, position, index] = readPageToken('GetLogEvents', rest, kinds) as number[];
  if ((direction !== 'f/' && direction !== 'b/') || stream !== streamId) {
    throw logsError.invalid('The specified nextToken is invalid.');
  }
  const place = { timestamp: timestamp ?? 0, position: position ?? 0, index: index ?? 0 };
  return { forward: direction === 'f/', bookmark: { seen: seen ?? 0, upTo: upTo ?? 0, place } };
}
