import type { Queries } from '../../platform/store/database.js';
import { unpackEvents } from './batch-content.js';
import type { Opener } from './batch-keys.js';
import { type BatchHead, type BatchPlace, type BatchScope, batchStore, purposeOf } from './batch-store.js';
import { compareEvents, type EventPlace } from './event-order.js';

/** Batches that are looked up at once; their events are read one batch at a time. */
const HEADS_AT_ONCE = 256;

export interface StoredEvent extends EventPlace {
  readonly message: string;
  readonly streamId: number;
  readonly ingestedAt: number;
}

export interface EventScope extends BatchScope {
  /** Further narrows the streams. */
  readonly wanted?: ReadonlyMap<number, string>;
}

/** The events of one batch that are still to come; never empty. */
interface Cursor {
  readonly events: readonly StoredEvent[];
  next: number;
}

/**
 * Events in order, forward from a place or backward from it (the place itself is not among them). Batches overlap in
 * time; one is opened when what has been read comes near it, so that no more is in memory than overlaps.
 */
export async function* readEvents(
  queries: Queries,
  open: Opener,
  scope: EventScope,
  from: EventPlace,
  direction: 'forward' | 'backward',
): AsyncGenerator<StoredEvent, void> {
  const forward = direction === 'forward';
  const sign = forward ? 1 : -1;
  const narrowed: EventScope = forward
    ? { ...scope, since: Math.max(scope.since, from.timestamp) }
    : { ...scope, through: Math.min(scope.through, from.timestamp) };
  const heads = batchHeads(queries, narrowed, forward);
  /** The next event last, so that it is taken off the end. */
  const cursors: Cursor[] = [];
  const put = (cursor: Cursor): void => {
    const event = cursor.events[cursor.next];
    if (event === undefined) return;
    let low = 0;
    let high = cursors.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sign * compareEvents(current(cursors[middle]), event) > 0) low = middle + 1;
      else high = middle;
    }
    cursors.splice(low, 0, cursor);
  };

  let head = await nextHead(heads);
  for (;;) {
    const nearest = cursors.at(-1);
    if (head !== undefined && (nearest === undefined || reaches(head, current(nearest), forward))) {
      const events = await eventsOf(queries, open, head, narrowed);
      const left = events.filter((event) => sign * compareEvents(event, from) > 0);
      put({ events: forward ? left : left.reverse(), next: 0 });
      head = await nextHead(heads);
      continue;
    }
    if (nearest === undefined) return;
    cursors.pop();
    yield current(nearest);
    nearest.next += 1;
    put(nearest);
  }
}

function current(cursor: Cursor | undefined): StoredEvent {
  const event = cursor?.events[cursor.next];
  if (event === undefined) throw new Error('a cursor without events');
  return event;
}

/** Whether a batch can have events that come before this one. */
function reaches(head: BatchHead, event: StoredEvent, forward: boolean): boolean {
  return forward ? head.firstAt <= event.timestamp : head.lastAt >= event.timestamp;
}

async function* batchHeads(queries: Queries, scope: EventScope, forward: boolean): AsyncGenerator<BatchHead, void> {
  let beyond: BatchPlace | undefined;
  for (;;) {
    const heads = await batchStore.list(queries, scope, { forward, beyond, limit: HEADS_AT_ONCE });
    for (const head of heads) if (scope.wanted?.has(head.streamId) !== false) yield head;
    const last = heads.at(-1);
    if (last === undefined || heads.length < HEADS_AT_ONCE) return;
    beyond = { at: forward ? last.firstAt : last.lastAt, position: last.position };
  }
}

async function nextHead(heads: AsyncGenerator<BatchHead, void>): Promise<BatchHead | undefined> {
  const next = await heads.next();
  return next.done === true ? undefined : next.value;
}

/** Those of the batch that are within the times asked for. */
async function eventsOf(
  queries: Queries,
  open: Opener,
  head: BatchHead,
  { since, through }: EventScope,
): Promise<StoredEvent[]> {
  const { position, streamId, ingestedAt, dataKeyId } = head;
  const sealed = await batchStore.sealed(queries, position);
  if (sealed === undefined) return [];
  const sealer = await open(dataKeyId);
  const events = await unpackEvents(sealer.open(sealed, purposeOf(head)));
  return events
    .map((event, index) => ({ ...event, position, index, streamId, ingestedAt }))
    .filter(({ timestamp }) => timestamp >= since && timestamp <= through);
}
