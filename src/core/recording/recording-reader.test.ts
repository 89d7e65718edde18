import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EVENT_OVERHEAD_BYTES } from './encode-event.js';
import { describeDamage } from './recording-damage.js';
import { EventKind, MAX_EVENT_BYTES, type RecordingEvent } from './recording-format.js';
import { encodeEnd, parseHeader } from './recording-payloads.js';
import { RecordingReader, type PlacedEvent } from './recording-reader.js';
import { EMPTY_RECORDING, RecordingWriter } from './recording-writer.js';
import { HEADER, output, recordedEvents, recording, resize, sha256 } from './recording.fixture.js';

/** Everything that is read and what is wrong at the end. */
function read(bytes: Uint8Array, cuts: readonly number[] = []) {
  const reader = new RecordingReader(sha256);
  const events: PlacedEvent[] = [];
  let at = 0;
  for (const cut of [...cuts].sort((one, other) => one - other)) {
    const to = Math.min(cut, bytes.length);
    events.push(...reader.push(bytes.subarray(at, to)));
    at = to;
  }
  events.push(...reader.push(bytes.subarray(at)));
  return { events, damage: reader.finish(), reader };
}

const arbitraryEvents = fc
  .array(
    fc.tuple(
      fc.nat(5_000_000),
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }).map((payload) => output(0, payload)),
        fc.uint8Array({ maxLength: 200 }).map((payload) => ({ ...output(0, payload), kind: EventKind.StdErr })),
        fc.tuple(fc.nat(10_000), fc.nat(10_000)).map(([columns, rows]) => resize(0, columns, rows)),
      ),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((pairs) => {
    let time = 0;
    return pairs.map(([after, event]): RecordingEvent => ({ ...event, time: (time += after) }));
  });

/** Number of the event in which a byte stands, and where that begins. */
function placeOf(encoded: readonly Uint8Array[], byte: number): { event: number; offset: number } {
  let offset = 0;
  for (const [index, each] of encoded.entries()) {
    if (byte < offset + each.length) return { event: index + 1, offset };
    offset += each.length;
  }
  return { event: encoded.length + 1, offset };
}

test('what was written is read, whatever the cuts, with places that fit', () => {
  fc.assert(
    fc.property(arbitraryEvents, fc.array(fc.nat(3_000)), (events, cuts) => {
      const bytes = recording(events);
      const { events: got, damage, reader } = read(bytes, cuts);
      expect(damage).toBeUndefined();
      expect(reader.ended).toBe(true);
      expect(reader.state.length).toBe(bytes.length);
      expect(parseHeader(got[0]!.payload)).toEqual(HEADER);
      expect(got.slice(1, -1).map(({ kind, time, payload }) => ({ kind, time, payload }))).toEqual(
        events.map(({ kind, time, payload }) => ({ kind, time, payload: Uint8Array.from(payload) })),
      );
      let offset = 0;
      for (const [index, event] of got.entries()) {
        expect(event).toMatchObject({ number: index + 1, offset });
        offset += EVENT_OVERHEAD_BYTES + event.payload.length;
      }
    }),
  );
});

test('byte by byte: every event comes with its last byte', () => {
  const bytes = recording([output(1, 'a'), resize(2, 1, 1), output(3, new Uint8Array(70_000))]);
  const reader = new RecordingReader(sha256);
  let next = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    for (const event of reader.push(bytes.subarray(at, at + 1))) {
      expect(event.offset).toBe(next);
      next = event.offset + EVENT_OVERHEAD_BYTES + event.payload.length;
      expect(at + 1).toBe(next);
    }
  }
  expect(next).toBe(bytes.length);
  expect(reader.finish()).toBeUndefined();
});

test('a reader goes on where another stopped', () => {
  const encoded = recordedEvents([output(5, 'one'), output(9, 'two')]);
  const first = new RecordingReader(sha256);
  first.push(Buffer.concat(encoded.slice(0, 2)));
  const second = new RecordingReader(sha256, first.state);
  expect(second.push(Buffer.concat(encoded.slice(2)))).toMatchObject([{ number: 3, time: 9 }, { number: 4 }]);
  expect(second.finish()).toBeUndefined();
});

describe('found, with its place:', () => {
  test('any byte that was flipped, also when it is read in pieces', () => {
    fc.assert(
      fc.property(
        arbitraryEvents,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        fc.nat(3_000),
        (events, at, mask, cut) => {
          const encoded = recordedEvents(events);
          const bytes = Buffer.concat(encoded);
          const byte = at % bytes.length;
          bytes[byte]! ^= mask;
          const { events: got, damage } = read(bytes, [cut]);
          expect(damage).toMatchObject(placeOf(encoded, byte));
          expect(got).toHaveLength(damage!.event - 1);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('every single byte of a small record, flipped in one bit', { timeout: 60_000 }, () => {
    const encoded = recordedEvents([output(1, 'ab'), resize(2, 100, 30), output(3, 'c')]);
    const whole = Buffer.concat(encoded);
    for (let bit = 0; bit < whole.length * 8; bit += 1) {
      const bytes = Buffer.from(whole);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      expect(read(bytes).damage).toMatchObject(placeOf(encoded, bit >> 3));
    }
  });

  test('any byte that is missing or twice', () => {
    fc.assert(
      fc.property(arbitraryEvents, fc.nat(), fc.boolean(), (events, at, twice) => {
        const encoded = recordedEvents(events);
        const whole = Buffer.concat(encoded);
        const byte = at % whole.length;
        const bytes = Buffer.concat([
          whole.subarray(0, twice ? byte + 1 : byte),
          whole.subarray(twice ? byte : byte + 1),
        ]);
        const damage = read(bytes).damage!;
        // Within a run of equal bytes it is all one which of them it was.
        expect(damage.event).toBeGreaterThanOrEqual(placeOf(encoded, byte).event);
        expect(damage.offset).toBeLessThanOrEqual(byte + 256);
      }),
      { numRuns: 500 },
    );
  });

  const encoded = recordedEvents([output(1, 'one'), output(1, 'two'), output(2, 'three'), output(3, 'four')]);
  const order = (...numbers: number[]) => Buffer.concat(numbers.map((number) => encoded[number - 1]!));

  test.each([
    ['an event that is missing', [1, 2, 4, 5, 6], 'missing', 3],
    ['two that are missing', [1, 4, 5, 6], 'missing', 2],
    ['the last before the end', [1, 2, 3, 4, 6], 'missing', 5],
    ['the header', [2, 3, 4, 5, 6], 'missing', 1],
    ['an event that is twice', [1, 2, 2, 3, 4, 5, 6], 'added', 3],
    ['two that were swapped', [1, 3, 2, 4, 5, 6], 'reordered', 2],
    ['one that was moved', [1, 3, 4, 5, 2, 6], 'reordered', 2],
    ['no end', [1, 2, 3, 4, 5], 'cut', 6],
    ['nothing at all', [], 'cut', 1],
    ['something behind the end', [1, 2, 3, 4, 5, 6, 6], 'trailing', 7],
  ] as const)('%s', (_name, numbers, what, event) => {
    const { damage } = read(order(...numbers));
    expect(damage).toMatchObject({ what, event, offset: order(...numbers.slice(0, event - 1)).length });
    expect(describeDamage(damage!)).toMatch(
      new RegExp(`^${what} at byte \\d+, event ${event}, after \\d\\.\\d{6} s: .+`),
    );
  });

  test('every cut', () => {
    const whole = order(1, 2, 3, 4, 5, 6);
    for (let length = 0; length < whole.length; length += 1) {
      const { damage, reader } = read(whole.subarray(0, length));
      const { event, offset } = placeOf(encoded, length);
      expect(damage).toMatchObject({ what: 'cut', event, offset });
      expect(reader.pending).toBe(length - offset);
    }
  });

  test('a length that reaches over the end is a change, no cut', () => {
    const bytes = order(1, 2, 3, 4, 5, 6);
    bytes.writeUInt32BE(100_000, encoded[0]!.length);
    expect(read(bytes).damage).toMatchObject({ what: 'changed', event: 2 });
    bytes.writeUInt32BE(MAX_EVENT_BYTES + 1, encoded[0]!.length);
    expect(read(bytes).damage).toMatchObject({ what: 'changed', event: 2 });
  });

  test('a change is called so although much follows', () => {
    const bytes = order(1, 2, 3, 4, 5, 6);
    bytes[encoded[0]!.length + 13]! ^= 1;
    expect(read(bytes).damage).toMatchObject({ what: 'changed', event: 2 });
  });
});

describe('a chain that fits but says what cannot be:', () => {
  function chain(...events: RecordingEvent[]): Uint8Array {
    const writer = new RecordingWriter(sha256);
    const encoded = events.map(({ kind, time, payload }) => {
      const bytes = Uint8Array.from(writer.encode(kind, time, payload));
      writer.accept();
      return bytes;
    });
    return Buffer.concat(encoded);
  }
  const header = { kind: EventKind.Header, time: 0, payload: Buffer.from(JSON.stringify(HEADER)) } as const;
  const end = (events: number, bytes: number, gaps = 0): RecordingEvent => ({
    kind: EventKind.End,
    time: 9,
    payload: encodeEnd({ exitCode: 0, reason: '', recovered: false, counts: { events, bytes, gaps } }),
  });
  const kind = (value: number, payload = ''): RecordingEvent => ({
    kind: value as EventKind,
    time: 1,
    payload: Buffer.from(payload),
  });

  test.each<[string, RecordingEvent[], string, number]>([
    ['no header', [output(1, 'a')], 'missing', 1],
    ['a second header', [header, header], 'reordered', 2],
    ['another kind', [header, kind(99)], 'changed', 2],
    ['a header of another version', [kind(EventKind.Header, '{"version":2,"sessionId":"s"}')], 'changed', 1],
    ['a resize that is none', [header, kind(EventKind.Resize, '[]')], 'changed', 2],
    ['a gap that is none', [header, kind(EventKind.Gap, 'x')], 'changed', 2],
    ['more events than counted', [header, output(1, 'a'), end(1, 1)], 'added', 3],
    ['fewer', [header, output(1, 'a'), end(3, 1)], 'missing', 3],
    ['other bytes', [header, output(1, 'a'), end(2, 2)], 'missing', 3],
    ['other gaps', [header, output(1, 'a'), end(2, 1, 1)], 'missing', 3],
  ])('%s', (_name, events, what, event) => {
    expect(read(chain(...events)).damage).toMatchObject({ what, event });
  });

  test('time that goes back', () => {
    const first = new RecordingWriter(sha256);
    const bytes = [Uint8Array.from(first.encode(EventKind.Header, 5, header.payload))];
    first.accept();
    const second = new RecordingWriter(sha256, { ...first.state, time: 0 });
    bytes.push(Uint8Array.from(second.encode(EventKind.Output, 4, Buffer.from('a'))));
    expect(read(Buffer.concat(bytes)).damage).toMatchObject({ what: 'reordered', event: 2 });
  });
});

describe('the writer', () => {
  test('an event that was not accepted is no part of the record', () => {
    const writer = new RecordingWriter(sha256);
    writer.encode(EventKind.Header, 0, Buffer.from('x'.repeat(5_000)));
    expect(writer.state).toEqual(EMPTY_RECORDING);
    const again = Uint8Array.from(writer.encode(EventKind.Header, 0, Buffer.from(JSON.stringify(HEADER))));
    writer.accept();
    expect(new RecordingReader(sha256).push(again)).toHaveLength(1);
    expect(writer.state).toMatchObject({ length: again.length, events: 1, bytes: 0 });
  });

  test('its time never goes back', () => {
    const writer = new RecordingWriter(sha256);
    writer.encode(EventKind.Header, 2 ** 40 + 7.4, Buffer.from(''));
    writer.accept();
    writer.encode(EventKind.Output, 3, Buffer.from(''));
    writer.accept();
    expect(writer.state.time).toBe(2 ** 40 + 7);
  });

  test('an event that no reader would take is refused', () => {
    const writer = new RecordingWriter(sha256);
    expect(() => writer.encode(EventKind.Output, 0, new Uint8Array(MAX_EVENT_BYTES + 1))).toThrow(RangeError);
    expect(() => writer.encode(EventKind.Output, 0, new Uint8Array(MAX_EVENT_BYTES))).not.toThrow();
  });
});

test('a session of 24 hours and more: times are whole to the microsecond, and the chain goes on', () => {
  const hour = 3_600_000_000;
  // Beyond 2^32 microseconds, which is 72 minutes.
  const times = [2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 * hour + 3, 24 * hour + 7, 30 * 24 * hour + 1];
  const { events, damage } = read(recording(times.map((time) => output(time, 'x'))));
  expect(damage).toBeUndefined();
  expect(events.map(({ time }) => time)).toEqual([0, ...times, times.at(-1)]);
});
