/** Where an event stands among all of its group: by time, then by arrival, then by its place in its batch. */
export interface EventPlace {
  readonly timestamp: number;
  readonly position: number;
  readonly index: number;
}

/** Before every event. */
export const FIRST_PLACE: EventPlace = Object.freeze({ timestamp: -1, position: 0, index: 0 });

/** The largest time there is, in milliseconds (ECMA-262). */
export const MAX_TIME = 8_640_000_000_000_000;

/** After every event. */
export const LAST_PLACE: EventPlace = Object.freeze({ timestamp: MAX_TIME + 1, position: 0, index: 0 });

/** Negative: a comes before b. */
export function compareEvents(a: EventPlace, b: EventPlace): number {
  return a.timestamp - b.timestamp || a.position - b.position || a.index - b.index;
}

/** 56 digits, as AWS's; the same for the same event whenever it is read, and in the order of {@link compareEvents}. */
export function eventId({ timestamp, position, index }: EventPlace): string {
  return `3${digits(timestamp, 17)}${digits(position, 20)}${digits(index, 18)}`;
}

function digits(value: number, length: number): string {
  return String(value).padStart(length, '0');
}
