import { chmodSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  another,
  contentOf,
  openRecordings,
  output,
  recordedEvents,
  recording,
  SESSION_ID,
} from './recordings.fixture.js';

const EVENTS = Array.from({ length: 40 }, (_, number) => output(number * 1_000, `line ${number}\r\n`.repeat(20)));
const RECORD = recording(EVENTS);

test('a full disk refuses a part, and takes it when there is room again', async () => {
  const it = await openRecordings();
  const [first = RECORD, second = RECORD] = recordedEvents(EVENTS);
  const start = first.length;
  await it.host.put(SESSION_ID, 0, first);
  const file = it.file(SESSION_ID);
  renameSync(file, `${file}.away`);
  symlinkSync('/dev/full', file);
  for (let time = 0; time < 3; time++) {
    const { status, body } = await it.host.put(SESSION_ID, start, second);
    expect([status, body]).toEqual([
      503,
      {
        __type: 'ServiceUnavailableException',
        message: 'The record cannot be stored at the moment. Try again later.',
      },
    ]);
  }
  rmSync(file);
  renameSync(`${file}.away`, file);
  expect((await it.host.put(SESSION_ID, start, second)).body.length).toBe(start + second.length);
  await it.host.putAll(SESSION_ID, RECORD);
  expect((await it.host.end(SESSION_ID, RECORD)).status).toBe(200);
  expect(Buffer.compare(await it.admin.read(SESSION_ID), RECORD)).toBe(0);
});

test(
  '200 records at once, each in its own pieces, are all whole and all in one chain',
  { timeout: 120_000 },
  async () => {
    const it = await openRecordings();
    const all = Array.from({ length: 200 }, (_, number) => another(`g${number}`));
    for (const { sessionId, session } of all) it.sessions.set(sessionId, session);
    const statements = await Promise.all(
      all.map(async ({ sessionId, header }, number) => {
        const record = recording(EVENTS, header);
        await it.host.putAll(sessionId, record, 9_000 + number * 13);
        return { sessionId, record, statement: (await it.host.end(sessionId, record)).body };
      }),
    );
    const contents = statements.map(({ statement }) => contentOf(statement)).sort((a, b) => a.number - b.number);
    expect(contents.map(({ number }) => number)).toEqual(all.map((_, index) => index + 1));
    contents.slice(1).forEach(({ previous }, index) => expect(previous?.sessionId).toBe(contents[index]!.sessionId));
    await it.restart();
    for (const { sessionId, record } of statements.slice(0, 20)) {
      expect(Buffer.compare(await it.admin.read(sessionId), record)).toBe(0);
    }
    await it.services.idle();
    expect(it.steps).toHaveLength(200);
  },
);

test('parts of one record that arrive at once, in any order, leave one record', async () => {
  const { host, admin } = await openRecordings();
  const size = 700;
  const offsets = Array.from({ length: Math.ceil(RECORD.length / size) }, (_, index) => index * size);
  for (let round = 0; round < 30; round++) {
    const answers = await Promise.all(
      offsets.map((offset) => host.put(SESSION_ID, offset, RECORD.subarray(offset, offset + size))),
    );
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
    if (answers.every(({ status }) => status === 200)) break;
  }
  expect((await host.end(SESSION_ID, RECORD)).status).toBe(200);
  expect(Buffer.compare(await admin.read(SESSION_ID), RECORD)).toBe(0);
});

test('ends that arrive at once are one end', async () => {
  const { host, steps, services } = await openRecordings();
  await host.putAll(SESSION_ID, RECORD);
  const answers = await Promise.all(Array.from({ length: 8 }, () => host.end(SESSION_ID, RECORD)));
  expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  expect(contentOf(answers[0]!.body).number).toBe(1);
  await services.idle();
  expect(steps).toHaveLength(1);
});

test('a file that the index does not know is put aside, not written over', async () => {
  const it = await openRecordings();
  await it.host.put(SESSION_ID, 0, RECORD.subarray(0, 500));
  // As a power cut leaves it that took the last commits away.
  await it.database.run('DELETE FROM recordings');
  await it.restart();
  expect((await it.host.put(SESSION_ID, 500, RECORD.subarray(500))).body.detail.length).toBe(0);
  expect((await it.host.whole(SESSION_ID, RECORD)).signature).not.toBe('');
  expect(readdirSync(it.directory).filter((name) => name.includes('.unknown-'))).toHaveLength(1);
});

test('what was signed but not told to the audit is told at the next start', async () => {
  const it = await openRecordings({ steps: () => Promise.reject(new Error('the process dies here')) });
  await it.host.whole(SESSION_ID, RECORD);
  expect(await it.database.all('SELECT announced FROM recordings')).toEqual([{ announced: 0 }]);
  const told = await openRecordings();
  await told.host.whole(SESSION_ID, RECORD);
  await told.database.run('UPDATE recordings SET announced = 0');
  await told.restart();
  expect(told.steps.map(({ name }) => name)).toEqual(['SessionRecorded', 'SessionRecorded']);
  expect(await told.database.all('SELECT announced FROM recordings')).toEqual([{ announced: 1 }]);
  await told.restart();
  expect(told.steps).toHaveLength(2);
});

test('a directory that others may enter is not written to', async () => {
  const it = await openRecordings();
  await it.host.put(SESSION_ID, 0, RECORD.subarray(0, 500));
  chmodSync(it.directory, 0o755);
  await it.restart();
  expect((await it.host.put(SESSION_ID, 500, RECORD.subarray(500))).status).toBe(500);
});
