import { describe, expect, test, vi } from 'vitest';
import { output, recording } from '../../core/recording/recording.fixture.js';
import { AwsError } from '../../platform/aws/aws-error.js';
import { RecordDamaged, recordEvents } from './record-events.js';
import { followedParts, type PartSource, recordParts } from './record-parts.js';
import { MAX_KEPT_BYTES, recordSource } from './replay-source.js';
import type { RecordPart, RecordPartRequest } from './recordings-client.js';
import { FakeRecordings } from './fake-recordings.fixture.js';

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Answers in turn; an Error is thrown. */
function scripted(...answers: (RecordPart | Error)[]): PartSource & { readonly asked: RecordPartRequest[] } {
  const asked: RecordPartRequest[] = [];
  return {
    asked,
    part(_, { offset, waitSeconds }) {
      asked.push({ offset, ...(waitSeconds !== undefined && { waitSeconds }) });
      const next = answers.shift() ?? { bytes: new Uint8Array(), ended: true };
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    },
  };
}

const part = (text: string, ended = false): RecordPart => ({ bytes: Buffer.from(text), ended });
const { signal } = new AbortController();

describe('a record as it is', () => {
  test('is read part by part to its end', async () => {
    const source = scripted(part('abc'), part('de'), part('', true));
    expect(Buffer.concat(await all(recordParts(source, 'x'))).toString()).toBe('abcde');
    expect(source.asked).toEqual([{ offset: 0 }, { offset: 3 }, { offset: 5 }]);
  });

  test('of a live session ends where nothing more is there', async () => {
    const source = scripted(part('abc'), part(''), part('later'));
    expect(await all(recordParts(source, 'x'))).toHaveLength(1);
    expect(source.asked).toHaveLength(2);
  });
});

describe('a session that is followed', () => {
  test('is waited for until it ends', async () => {
    const source = scripted(part('a'), part(''), part(''), part('b', true), part('', true));
    expect(await all(followedParts(source, 'x', { signal, lost: () => undefined }))).toHaveLength(2);
    expect(source.asked.map(({ offset }) => offset)).toEqual([0, 1, 1, 1, 2]);
    expect(source.asked.every(({ waitSeconds }) => waitSeconds === 20)).toBe(true);
  });

  test('is followed further when the end was told too early', async () => {
    const source = scripted(part('a', true), part('b', true), part('', true), part('never'));
    expect(Buffer.concat(await all(followedParts(source, 'x', { signal, lost: () => undefined }))).toString()).toBe(
      'ab',
    );
  });

  test('goes on where it was when the endpoint was away, and says so', async () => {
    vi.useFakeTimers();
    try {
      const lost = vi.fn();
      const away = new Error('ECONNREFUSED');
      const source = scripted(
        part('a'),
        away,
        new AwsError('X', '', { fault: 'server' }),
        part('b', true),
        part('', true),
      );
      const reading = all(followedParts(source, 'x', { signal, lost }));
      await vi.advanceTimersByTimeAsync(5_000);
      expect(Buffer.concat(await reading).toString()).toBe('ab');
      expect(lost.mock.calls.map(([error]: unknown[]) => error instanceof Error)).toEqual([true, true, false]);
      expect(source.asked.map(({ offset }) => offset)).toEqual([0, 1, 1, 1, 2]);
    } finally {
      vi.useRealTimers();
    }
  });

  test('ends with a refusal, and without one when somebody leaves', async () => {
    const refused = scripted(part('a'), new AwsError('AccessDeniedException', 'no'));
    await expect(all(followedParts(refused, 'x', { signal, lost: () => undefined }))).rejects.toThrow('no');
    const abort = new AbortController();
    const source: PartSource = {
      part: (_, { signal: left }) =>
        new Promise((_resolve, reject) => left?.addEventListener('abort', () => reject(new Error('aborted')))),
    };
    const reading = all(followedParts(source, 'x', { signal: abort.signal, lost: () => expect.unreachable() }));
    abort.abort();
    expect(await reading).toEqual([]);
  });
});

test('events before a damage are given, and then the damage', async () => {
  const record = Buffer.from(recording([output(1, 'good'), output(2, 'bad')]));
  record[record.indexOf('bad')]! ^= 1;
  const kinds: number[] = [];
  const reading = (async () => {
    for await (const batch of recordEvents(recordParts(scripted({ bytes: record, ended: true }), 'x'))) {
      kinds.push(...batch.map(({ kind }) => kind));
    }
  })();
  await expect(reading).rejects.toThrow(RecordDamaged);
  await expect(reading).rejects.toThrow(/^the record is damaged: changed at byte \d+, event 3, after 0\.000001 s/);
  expect(kinds).toEqual([1, 2]);
});

test('what is replayed again is not fetched again, as far as that is bounded', async () => {
  const fake = new FakeRecordings();
  const id = fake.add();
  const { summary } = fake.records.get(id)!;
  const asked = vi.fn();
  const source = recordSource(
    {
      part: (sessionId, request) => {
        asked(request.offset);
        return fake.client.part(sessionId, request);
      },
    },
    summary,
  );
  expect(source).toMatchObject({ title: 'admin  app  /bin/sh', terminal: { columns: 80, rows: 24 } });
  const first = (await all(source.events(signal))).flat();
  const fetched = asked.mock.calls.length;
  expect((await all(source.events(signal))).flat()).toEqual(first);
  // The one that says that there is nothing more.
  expect(asked.mock.calls.length).toBeLessThanOrEqual(fetched + 1);
  expect(MAX_KEPT_BYTES).toBe(32 << 20);
});
