import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  another,
  HEADER,
  openRecordings,
  output,
  recording,
  recordedEvents,
  SESSION_ID,
} from './recordings.fixture.js';
import type { StatementContent } from '../../core/recording/recordings-api.js';

const EVENTS = [output(1_000, 'hello\r\n'), output(2_500_000, 'Zürich, GRÜSSE\r\n'), output(3_000_000, 'bye\r\n')];
const RECORD = recording(EVENTS);
const PARTS = recordedEvents(EVENTS);
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('a live record', () => {
  test('is waited for, and its host is told that somebody looks on', async () => {
    const { host, admin } = await openRecordings();
    const first = PARTS[0]!.length;
    await host.put(SESSION_ID, 0, PARTS[0]!);
    const waiting = admin.send('GET', `/${SESSION_ID}/data?offset=${first}&wait=20`);
    await pause(100);
    const { body } = await host.put(SESSION_ID, first, PARTS[1]!);
    expect(body).toEqual({ length: first + PARTS[1]!.length, watched: true });
    const { bytes, headers } = await waiting;
    expect(Buffer.compare(bytes, PARTS[1]!)).toBe(0);
    expect(headers['x-gangway-ended']).toBe('false');
  });

  test('is answered with nothing when nothing comes, at once without a wait', async () => {
    const { host, admin } = await openRecordings();
    await host.put(SESSION_ID, 0, PARTS[0]!);
    const started = Date.now();
    for (const wait of [0, 1]) {
      const path = `/${SESSION_ID}/data?offset=${PARTS[0]!.length}&wait=${wait}`;
      const { status, bytes, headers } = await admin.send('GET', path);
      expect([status, bytes.length, headers['x-gangway-ended']]).toEqual([200, 0, 'false']);
    }
    expect(Date.now() - started).toBeGreaterThanOrEqual(990);
  });

  test('its end wakes who waits; a record that has ended is not waited for', async () => {
    const { host, admin } = await openRecordings();
    await host.put(SESSION_ID, 0, RECORD.subarray(0, RECORD.length - 1));
    const waiting = admin.send('GET', `/${SESSION_ID}/data?offset=${RECORD.length - 1}&wait=20`);
    await pause(50);
    await host.put(SESSION_ID, RECORD.length - 1, RECORD.subarray(RECORD.length - 1));
    expect((await waiting).headers['x-gangway-ended']).toBe('true');
    expect((await host.end(SESSION_ID, RECORD)).status).toBe(200);
    const started = Date.now();
    const { bytes } = await admin.send('GET', `/${SESSION_ID}/data?offset=${RECORD.length}&wait=20`);
    expect(bytes.length).toBe(0);
    expect(Date.now() - started).toBeLessThan(2_000);
  });

  test('whoever leaves while waiting is in nobody’s way, and a stop wakes the others', async () => {
    const { host, admin, services } = await openRecordings();
    await host.put(SESSION_ID, 0, PARTS[0]!);
    const path = `/${SESSION_ID}/data?offset=${PARTS[0]!.length}&wait=20`;
    const gone = Array.from({ length: 20 }, () => {
      const leaving = new AbortController();
      setTimeout(() => leaving.abort(), 50);
      return admin.send('GET', path, undefined, leaving.signal).catch(() => 'gone');
    });
    expect(new Set(await Promise.all(gone))).toEqual(new Set(['gone']));
    const waiting = admin.send('GET', path);
    await pause(50);
    expect((await host.put(SESSION_ID, 0, PARTS[0]!)).body.watched).toBe(true);
    const started = Date.now();
    await services.stop();
    expect((await waiting).status).toBe(200);
    expect(Date.now() - started).toBeLessThan(2_000);
  });

  test('of a host that died says when it was heard of last', async () => {
    const it = await openRecordings();
    await it.host.put(SESSION_ID, 0, PARTS[0]!);
    await it.tick();
    const { body: before } = await it.admin.send('GET', `/${SESSION_ID}`);
    it.time.ahead += 240_000;
    await it.restart();
    const { body: after } = await it.admin.send('GET', `/${SESSION_ID}`);
    expect(after).toMatchObject({ state: 'live', lastPartAt: before.lastPartAt, length: PARTS[0]!.length });
    expect(Math.abs(before.lastPartAt - Date.now())).toBeLessThan(10_000);
  });
});

describe('search', () => {
  test('finds lines of ended records, whatever their case, with line and time', async () => {
    const { host, admin, services, file } = await openRecordings();
    await host.whole(SESSION_ID, RECORD);
    await services.idle();
    for (const text of ['grüsse', 'Z%C3%BCrich%2C GR'.replace(' ', '%20')]) {
      const { body } = await admin.send('GET', `/search?text=${text === 'grüsse' ? encodeURIComponent(text) : text}`);
      expect(body).toEqual({
        matches: [{ sessionId: SESSION_ID, line: 2, time: 2_500_000, text: 'Zürich, GRÜSSE' }],
      });
    }
    expect((await admin.send('GET', '/search?text=nowhere')).body).toEqual({ matches: [] });
    expect((await admin.send('GET', '/search?text=bye&container=other')).body).toEqual({ matches: [] });
    expect((await admin.send('GET', '/search')).body.__type).toBe('ValidationException');
    expect(readFileSync(file(SESSION_ID, 'transcript')).includes('hello')).toBe(false);
  });

  test('costs a bounded amount each time, and goes on where it stopped', async () => {
    const it = await openRecordings();
    const lines = Array.from({ length: 450 }, (_, number) => output(number, `needle ${number}\r\n`));
    const long = recording(lines, { ...HEADER, terminal: null });
    await it.host.whole(SESSION_ID, long);
    const { sessionId, session, header } = another('f', { startedAt: HEADER.startedAt - 1 });
    it.sessions.set(sessionId, session);
    await it.host.whole(sessionId, recording(EVENTS.slice(0, 1).concat(output(9, 'a Needle\r\n')), header));
    await it.services.idle();
    const found: { text: string; line: number }[] = [];
    let pages = 0;
    for (let next = ''; ; pages++) {
      const { body } = await it.admin.send('GET', `/search?text=needle${next}`);
      expect(body.matches.length).toBeLessThanOrEqual(200);
      found.push(...body.matches);
      if (body.next === undefined) break;
      next = `&next=${body.next}`;
    }
    expect(pages).toBe(2);
    expect(found.map(({ text }) => text)).toEqual([...lines.map((_, number) => `needle ${number}`), 'a Needle']);
    expect(found[449]).toMatchObject({ line: 450, sessionId: SESSION_ID });
  });

  test('a transcript that a former process was making is made again', async () => {
    const it = await openRecordings({
      makeLines: async function* () {
        await pause(10);
        throw new Error('the process dies here');
      },
    });
    await it.host.whole(SESSION_ID, RECORD);
    await it.services.idle();
    await it.database.run(`UPDATE recordings SET transcript = 'wanted'`);
    expect(it.warnings.length).toBeGreaterThan(0);
    const again = await openRecordings();
    await again.host.whole(SESSION_ID, RECORD);
    await again.services.idle();
    await again.database.run(`UPDATE recordings SET transcript = 'wanted'`);
    writeFileSync(again.file(SESSION_ID, 'transcript'), 'half of a transcript');
    await again.restart();
    await again.services.idle();
    expect((await again.admin.send('GET', '/search?text=bye')).body.matches).toHaveLength(1);
  });
});

test('records whose time is over are deleted; what was signed of them stays', async () => {
  const it = await openRecordings({ retentionDays: 30 });
  const statement = await it.host.whole(SESSION_ID, RECORD);
  await it.services.idle();
  writeFileSync(`${it.file(SESSION_ID)}.damaged-1`, 'put aside');
  it.time.ahead = 29 * 86_400_000;
  await it.tick();
  expect(it.isThere(SESSION_ID)).toBe(true);
  it.time.ahead = 31 * 86_400_000;
  await it.tick();
  expect(readdirSync(it.directory)).toEqual([]);
  it.time.ahead = 0;
  const { body } = await it.admin.send('GET', `/${SESSION_ID}`);
  expect(body).toMatchObject({ state: 'ended', statement, length: RECORD.length });
  expect(body.deletedAt).toBeGreaterThan(Date.now());
  expect((await it.admin.send('GET', `/${SESSION_ID}/data`)).status).toBe(404);
  expect((await it.admin.send('GET', '/search?text=bye')).body).toEqual({ matches: [] });
  // A host that did not hear of it is told what it wants to hear, and nothing is made anew.
  expect((await it.host.put(SESSION_ID, 0, RECORD)).body).toEqual({ length: RECORD.length, watched: false });
  expect((await it.host.end(SESSION_ID, RECORD)).body).toEqual(statement);
  const { sessionId, session, header } = another('d');
  it.sessions.set(sessionId, session);
  const next = await it.host.whole(sessionId, recording(EVENTS, header));
  expect(JSON.parse(next.signed) as StatementContent).toMatchObject({ number: 2, previous: { sessionId: SESSION_ID } });
});
