import {
  DisassociateKmsKeyCommand,
  FilterLogEventsCommand,
  GetLogEventsCommand,
  paginateFilterLogEvents,
  paginateGetLogEvents,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openLogs } from './logs.fixture.js';

type Logs = Awaited<ReturnType<typeof openLogs>>;
const place = { logGroupName: '/g', logStreamName: 's' };

async function put(logs: Logs, ...events: [timestamp: number, message: string, stream?: string][]): Promise<void> {
  for (const [timestamp, message, logStreamName = 's'] of events) {
    const logEvents = [{ timestamp, message }];
    await logs.client.send(new PutLogEventsCommand({ logGroupName: '/g', logStreamName, logEvents }));
  }
}

const texts = (events: { message?: string }[] | undefined) => (events ?? []).map(({ message }) => message).join('');

test('GetLogEvents: from the end and from the head, tokens in both directions, the same token at the end', async () => {
  const logs = await openLogs();
  await logs.group('/g', 's');
  const { now } = logs.time;
  await put(logs, [now, 'a'], [now + 2, 'c'], [now + 1, 'b'], [now + 3, 'd'], [now + 4, 'e']);
  const get = (input: object) => logs.client.send(new GetLogEventsCommand({ ...place, limit: 2, ...input }));
  const last = await get({});
  expect(texts(last.events)).toBe('de');
  expect(last.nextForwardToken).toMatch(/^f\//);
  expect(last.nextBackwardToken).toMatch(/^b\//);
  const before = await get({ nextToken: last.nextBackwardToken });
  expect(texts(before.events)).toBe('bc');
  const first = await get({ nextToken: before.nextBackwardToken });
  expect(texts(first.events)).toBe('a');
  const none = await get({ nextToken: first.nextBackwardToken });
  expect(none).toMatchObject({ events: [], nextBackwardToken: first.nextBackwardToken });
  // Forward again from a page that was reached backward.
  expect(texts((await get({ nextToken: before.nextForwardToken })).events)).toBe('de');

  const end = await get({ nextToken: last.nextForwardToken });
  expect(end).toMatchObject({ events: [], nextForwardToken: last.nextForwardToken });
  // What arrives late, with a time that was passed, is not lost to a reader who follows.
  await put(logs, [now + 5, 'f'], [now, 'A']);
  const more = await get({ nextToken: end.nextForwardToken });
  expect(texts(more.events)).toBe('Af');
  expect((await get({ nextToken: more.nextForwardToken })).nextForwardToken).toBe(more.nextForwardToken);

  expect(texts((await get({ startFromHead: true, limit: 3 })).events)).toBe('aAb');
  expect(texts((await get({ startTime: now + 2, endTime: now + 4, limit: 9 })).events)).toBe('cd');
  const identifier = {
    logGroupName: undefined,
    logGroupIdentifier: `arn:aws:logs:eu-central-1:111122223333:log-group:/g`,
  };
  expect(texts((await get(identifier)).events)).toBe('ef');
  for (const nextToken of ['x', 'f/x', 'f/W10', last.nextForwardToken!.replace('f/', 'c/')]) {
    await expect(get({ nextToken })).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'The specified nextToken is invalid.',
    });
  }
});

test('FilterLogEvents: streams, times, patterns', async () => {
  const logs = await openLogs();
  await logs.group('/g', 's', 's2', 'other');
  const { now } = logs.time;
  await put(logs, [now, 'a', 's'], [now + 1, 'b', 's2'], [now + 2, 'c', 'other'], [now + 1, 'd', 's']);
  const filter = async (input: object) =>
    (await logs.client.send(new FilterLogEventsCommand({ logGroupName: '/g', ...input }))).events!;
  const all = await filter({});
  expect(texts(all)).toBe('abdc');
  expect(all.map(({ logStreamName }) => logStreamName)).toEqual(['s', 's2', 's', 'other']);
  const ids = all.map(({ eventId }) => eventId!);
  expect(ids).toEqual([...new Set(ids)].sort());
  expect(ids.every((id) => /^\d{56}$/.test(id))).toBe(true);
  expect((await filter({ logStreamNames: ['s2'] })).map(({ eventId }) => eventId)).toEqual([ids[1]]);
  expect(texts(await filter({ logStreamNames: ['s', 'other'] }))).toBe('adc');
  expect(texts(await filter({ logStreamNamePrefix: 's' }))).toBe('abd');
  expect(texts(await filter({ startTime: now + 1, endTime: now + 1 }))).toBe('bd');
  expect(texts(await filter({ filterPattern: '?a ?c' }))).toBe('ac');
  await expect(filter({ logStreamNames: ['none'] })).rejects.toThrow('The specified log stream does not exist.');
  await expect(filter({ logStreamNames: ['s'], logStreamNamePrefix: 's' })).rejects.toThrow('mutually exclusive');
  await expect(filter({ logGroupName: '/none' })).rejects.toThrow('The specified log group does not exist.');
});

test('what has expired is gone at once, and later from the store too', async () => {
  const logs = await openLogs();
  await logs.group('/g', 's');
  const { now } = logs.time;
  await put(logs, [now, 'old'], [now + 1000, 'new']);
  await logs.client.send(new PutRetentionPolicyCommand({ logGroupName: '/g', retentionInDays: 1 }));
  logs.time.now += 86_400_000 + 500;
  const read = async () => texts((await logs.client.send(new GetLogEventsCommand(place))).events);
  const stored = async () => (await logs.now.database.all('SELECT position FROM logs_batches')).length;
  expect(await read()).toBe('new');
  expect(await stored()).toBe(2);
  logs.time.advance(3_600_000);
  expect(await read()).toBe('');
  await expect.poll(stored).toBe(0);
});

test('any batches in, any pages out: each event once, in order, while more arrive', { timeout: 120_000 }, async () => {
  const logs = await openLogs();
  const { now } = logs.time;
  let round = 0;
  const batch = fc.record({
    stream: fc.constantFrom('s', 't'),
    times: fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 12 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(batch, { maxLength: 12 }),
      fc.array(batch, { maxLength: 4 }),
      fc.integer({ min: 1, max: 9 }),
      async (before, meanwhile, limit) => {
        const logGroupName = `/${++round}`;
        await logs.group(logGroupName, 's', 't');
        let count = 0;
        const store = async ({ stream: logStreamName, times }: { stream: string; times: number[] }) => {
          const logEvents = times
            .sort((a, b) => a - b)
            .map((time) => ({ timestamp: now + time * 1000, message: `${++count}` }));
          await logs.client.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
          return logEvents.map((event) => ({ ...event, logStreamName }));
        };
        const first = [];
        for (const one of before) first.push(...(await store(one)));
        const late = [...meanwhile];
        const second: typeof first = [];
        const arrive = async () => {
          const one = late.shift();
          if (one !== undefined) second.push(...(await store(one)));
        };
        const inOrder = (events: typeof first) =>
          [...events].sort((a, b) => a.timestamp - b.timestamp || +a.message - +b.message);

        const filtered = [];
        for await (const page of paginateFilterLogEvents({ client: logs.client, pageSize: limit }, { logGroupName })) {
          expect(page.events!.length).toBeLessThanOrEqual(limit);
          filtered.push(...page.events!);
          await arrive();
        }
        const shown = filtered.map(({ timestamp, message, logStreamName }) => ({ timestamp, message, logStreamName }));
        expect(shown).toEqual(inOrder(first));

        const read: string[] = [];
        const input = { logGroupName, logStreamName: 's', startFromHead: true };
        for await (const page of paginateGetLogEvents(
          { client: logs.client, pageSize: limit, stopOnSameToken: true },
          input,
        )) {
          read.push(...page.events!.map(({ message }) => message!));
          // A reader who has come to the end and stops there does not see what comes after.
          if (page.events!.length > 0) await arrive();
        }
        const backward: string[] = [];
        let nextToken: string | undefined;
        for (;;) {
          const page: { events?: { message?: string }[]; nextBackwardToken?: string } = await logs.client.send(
            new GetLogEventsCommand({ logGroupName, logStreamName: 's', limit, nextToken }),
          );
          if (page.nextBackwardToken === nextToken) break;
          backward.unshift(...page.events!.map(({ message }) => message!));
          nextToken = page.nextBackwardToken;
        }
        const ofStream = inOrder([...first, ...second].filter(({ logStreamName }) => logStreamName === 's')).map(
          ({ message }) => message,
        );
        expect(backward).toEqual(ofStream);
        expect([...read].sort()).toEqual([...ofStream].sort());
        // Until something arrived late, in order as well.
        if (meanwhile.length === 0) expect(read).toEqual(ofStream);
      },
    ),
    { numRuns: 40 },
  );
});

test('the end of a group with a million events is found quickly', { timeout: 180_000 }, async () => {
  const logs = await openLogs();
  await logs.group('/g', 's');
  const { now } = logs.time;
  await put(logs, [now, 'first'], [now + 3_600_000, 'needle']);
  // The rest as its rows only: what is measured is how the few that matter are found among them.
  const { database } = logs.now;
  const [row] = await database.all<Record<string, number>>('SELECT group_id, stream_id FROM logs_batches LIMIT 1');
  await database.transaction(async (queries) => {
    for (let index = 0; index < 100_000; index++) {
      await queries.run(
        `INSERT INTO logs_batches (position, group_id, stream_id, first_at, last_at, ingested_at, events, bytes, sealed)
           VALUES (?, ?, ?, ?, ?, ?, 10, 1000, x'00')`,
        1000 + index,
        row!['group_id']!,
        row!['stream_id']!,
        now + 10 + index * 30,
        now + 35 + index * 30,
        now,
      );
    }
    await queries.run(`UPDATE logs_sequence SET value = 200000 WHERE name = 'batches'`);
    await queries.run('UPDATE logs_groups SET longest_batch_ms = 25');
  });
  const started = performance.now();
  const startTime = now + 3_500_000;
  for (let index = 0; index < 20; index++) {
    const { events } = await logs.client.send(new FilterLogEventsCommand({ logGroupName: '/g', startTime }));
    expect(texts(events)).toBe('needle');
    expect(texts((await logs.client.send(new GetLogEventsCommand({ ...place, limit: 1 }))).events)).toBe('needle');
  }
  expect((performance.now() - started) / 40).toBeLessThan(50);
});

test('a group without a key has none to be taken away', async () => {
  const logs = await openLogs();
  await logs.group('/g');
  await logs.client.send(new DisassociateKmsKeyCommand({ logGroupName: '/g' }));
});
