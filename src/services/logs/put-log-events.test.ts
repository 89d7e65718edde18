import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  CreateLogStreamCommand,
  DeleteLogStreamCommand,
  DescribeLogGroupsCommand,
  DescribeLogStreamsCommand,
  GetLogEventsCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { expect, test } from 'vitest';
import {
  EVENT_OVERHEAD_BYTES,
  MAX_AGE_MS,
  MAX_AHEAD_MS,
  MAX_BATCH_BYTES,
  MAX_BATCH_EVENTS,
  MAX_BATCH_SPAN_MS,
  MAX_MESSAGE_BYTES,
} from '../../platform/aws/logs-limits.js';
import { openLogs } from './logs.fixture.js';

const place = { logGroupName: '/g', logStreamName: 's' };

async function setUp() {
  const logs = await openLogs();
  await logs.group('/g', 's');
  const { now } = logs.time;
  const put = (...logEvents: { timestamp: number; message: string }[]) =>
    logs.client.send(new PutLogEventsCommand({ ...place, logEvents }));
  const get = async () => (await logs.client.send(new GetLogEventsCommand({ ...place, startFromHead: true }))).events!;
  return { logs, now, put, get };
}

test('what was put comes back, also after a restart', async () => {
  const { logs, now, put, get } = await setUp();
  const messages = ['one', 'zwölf 🚢 \u0000 \u001b[31m', 'lone \ud800', ' '];
  const answer = await put(...messages.map((message, index) => ({ timestamp: now + index, message })));
  expect(answer).toMatchObject({ nextSequenceToken: expect.stringMatching(/^\d+$/) as string });
  expect(answer.rejectedLogEventsInfo).toBeUndefined();
  const wanted = messages.map((message, index) => ({ timestamp: now + index, message, ingestionTime: now }));
  // The SDK writes UTF-8, which has no lone surrogates.
  wanted[2]!.message = (await get())[2]!.message!;
  expect(await get()).toEqual(wanted);
  await logs.restart();
  expect(await get()).toEqual(wanted);
  const { logStreams } = await logs.client.send(new DescribeLogStreamsCommand({ logGroupName: '/g' }));
  expect(logStreams).toMatchObject([
    { firstEventTimestamp: now, lastEventTimestamp: now + 3, lastIngestionTime: now, storedBytes: 0 },
  ]);
});

test('a batch that is too large, out of order or too long is refused as a whole', async () => {
  const { now, put, get } = await setUp();
  const event = (message: string, timestamp = now) => ({ message, timestamp });
  const refused = (message: string) => ({ name: 'InvalidParameterException', message });
  await expect(put(event('x'.repeat(MAX_MESSAGE_BYTES + 1)))).rejects.toMatchObject(
    refused('Log event too large: 1048577 bytes exceeds limit of 1048576'),
  );
  const half = 'x'.repeat(MAX_BATCH_BYTES / 2 - EVENT_OVERHEAD_BYTES);
  await expect(put(event(half), event(`${half}x`))).rejects.toMatchObject(
    refused('Upload too large: 1048577 bytes exceeds limit of 1048576'),
  );
  await expect(put(event('b', now), event('a', now - 1))).rejects.toMatchObject(
    refused('Log events in a single PutLogEvents request must be in chronological order.'),
  );
  await expect(put(event('a', now - MAX_BATCH_SPAN_MS - 1), event('b'))).rejects.toMatchObject(
    refused('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.'),
  );
  await expect(put(event(''))).rejects.toMatchObject(
    refused(
      "1 validation error detected: Value '' at 'logEvents.1.member.message' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ),
  );
  await expect(put()).rejects.toMatchObject(
    refused(
      "1 validation error detected: Value '[]' at 'logEvents' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ),
  );
  expect(await get()).toEqual([]);
});

test('the largest batches are taken, however JSON writes them', { timeout: 60_000 }, async () => {
  const { now, put, get } = await setUp();
  await put({ timestamp: now, message: '\u0001'.repeat(MAX_MESSAGE_BYTES) });
  await put(...Array.from({ length: MAX_BATCH_EVENTS }, (_, index) => ({ timestamp: now + 1, message: `${index}` })));
  await put(
    { timestamp: now - MAX_BATCH_SPAN_MS, message: 'x'.repeat(MAX_BATCH_BYTES / 2 - EVENT_OVERHEAD_BYTES) },
    { timestamp: now, message: 'y'.repeat(MAX_BATCH_BYTES / 2 - EVENT_OVERHEAD_BYTES) },
  );
  expect(await get()).toHaveLength(1);
  const many = Array.from({ length: MAX_BATCH_EVENTS + 1 }, () => ({ timestamp: now, message: 'x' }));
  await expect(put(...many)).rejects.toMatchObject({
    message: expect.stringMatching(/at 'logEvents' .* have length less than or equal to 10000$/) as string,
  });
});

test('events that are too old, expired or too new are left out, and the answer says which', async () => {
  const { logs, now, put, get } = await setUp();
  const at = (timestamp: number) => ({ timestamp, message: `${timestamp}` });
  const old = now - MAX_AGE_MS;
  expect((await put(at(old - 1), at(old))).rejectedLogEventsInfo).toEqual({ tooOldLogEventEndIndex: 1 });
  const ahead = now + MAX_AHEAD_MS;
  expect((await put(at(ahead), at(ahead + 1), at(ahead + 2))).rejectedLogEventsInfo).toEqual({
    tooNewLogEventStartIndex: 1,
  });
  await logs.client.send(new PutRetentionPolicyCommand({ logGroupName: '/g', retentionInDays: 1 }));
  const expired = now - 86_400_000;
  expect((await put(at(expired - 2), at(expired - 1), at(expired))).rejectedLogEventsInfo).toEqual({
    expiredLogEventEndIndex: 2,
  });
  expect((await put(at(old - 1))).rejectedLogEventsInfo).toEqual({
    tooOldLogEventEndIndex: 1,
    expiredLogEventEndIndex: 1,
  });
  expect((await get()).map(({ timestamp }) => timestamp)).toEqual([expired, ahead]);
});

test('groups and streams that are not there', async () => {
  const { logs, now } = await setUp();
  const logEvents = [{ timestamp: now, message: 'x' }];
  const put = (logGroupName: string, logStreamName: string) =>
    logs.client.send(new PutLogEventsCommand({ logGroupName, logStreamName, logEvents }));
  await expect(put('/none', 's')).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'The specified log group does not exist.',
  });
  await expect(put('/g', 'none')).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: 'The specified log stream does not exist.',
  });
  await put('/g', 's');
  const bytes = async () => (await logs.client.send(new DescribeLogGroupsCommand({}))).logGroups![0]!.storedBytes;
  expect(await bytes()).toBe(1 + EVENT_OVERHEAD_BYTES);
  await logs.client.send(new DeleteLogStreamCommand(place));
  await expect(put('/g', 's')).rejects.toThrow('The specified log stream does not exist.');
  expect(await bytes()).toBe(0);
  // Another one of the same name knows nothing of what the first had.
  await logs.client.send(new CreateLogStreamCommand(place));
  expect((await logs.client.send(new GetLogEventsCommand(place))).events).toEqual([]);
});

test('nothing that was said can be read on the disk', async () => {
  const { logs, now, put } = await setUp();
  const message = 'the cat sat on the mat';
  for (let index = 0; index < 20; index++) await put({ timestamp: now, message: `${message} ${message}` });
  const files = readdirSync(dirname(logs.path)).map((name) => readFileSync(join(dirname(logs.path), name)));
  expect(files.some((bytes) => bytes.includes('/g'))).toBe(true);
  for (const bytes of files) expect(bytes.includes('cat sat')).toBe(false);
});

test('a batch that was changed, or moved to another stream, is not given out', async () => {
  const { logs, now, put, get } = await setUp();
  await logs.client.send(new CreateLogStreamCommand({ logGroupName: '/g', logStreamName: 'other' }));
  await put({ timestamp: now, message: 'x' });
  const { database } = logs.now;
  const [row] = await database.all<{ stream_id: number }>(
    `SELECT id AS stream_id FROM logs_streams WHERE name = 'other'`,
  );
  await database.run('UPDATE logs_batches SET stream_id = ?', row!.stream_id);
  expect(await get()).toEqual([]);
  const moved = logs.client.send(new GetLogEventsCommand({ ...place, logStreamName: 'other' }));
  await expect(moved).rejects.toMatchObject({ name: 'ServiceUnavailableException' });
});
