import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sha256 } from '../../core/recording/recording.fixture.js';
import {
  another,
  contentOf,
  digestOf,
  HEADER,
  isSignedBy,
  openRecordings,
  output,
  recordedEvents,
  recording,
  SESSION_ID,
} from './recordings.fixture.js';

const EVENTS = [output(1_000, 'hello\r\n'), output(2_000, 'SECRET-in-the-output\r\n'), output(3_000, 'bye\r\n')];
const RECORD = recording(EVENTS);

test('a record comes in parts, is signed, and is read as it was written', async () => {
  const { host, admin, directory, file, steps } = await openRecordings();
  const parts = recordedEvents(EVENTS);
  let length = 0;
  for (const part of parts) {
    const { status, body } = await host.put(SESSION_ID, length, part);
    length += part.length;
    expect([status, body]).toEqual([200, { length, watched: false }]);
  }
  expect((await admin.send('GET', `/${SESSION_ID}`)).body).toMatchObject({ state: 'live', length, header: HEADER });

  const { status, body: statement } = await host.end(SESSION_ID, RECORD);
  expect(status).toBe(200);
  const { body: key } = await admin.send('GET', '/signing-key');
  expect(isSignedBy(key, statement)).toBe(true);
  expect(statement.keyId).toBe(key.keyId);
  expect(contentOf(statement)).toMatchObject({
    ...{ sessionId: SESSION_ID, length: RECORD.length, digest: digestOf(RECORD), number: 1, previous: null },
    ...{ events: 5, bytes: 34, gaps: 0 },
  });
  expect(Buffer.compare(await admin.read(SESSION_ID), RECORD)).toBe(0);
  const { body: summary } = await admin.send('GET', `/${SESSION_ID}`);
  expect(summary).toMatchObject({ state: 'ended', exitCode: 0, endReason: '', recovered: false, statement });
  expect(summary.lastPartAt).toBeGreaterThan(Date.now() - 60_000);

  const stored = readFileSync(file(SESSION_ID));
  expect(stored.includes('SECRET')).toBe(false);
  expect([statSync(directory).mode & 0o777, statSync(file(SESSION_ID)).mode & 0o777]).toEqual([0o700, 0o600]);
  expect(steps).toEqual([
    expect.objectContaining({
      name: 'SessionRecorded',
      sessionId: SESSION_ID,
      details: expect.objectContaining({ number: 1, digest: digestOf(RECORD), signature: statement.signature }),
    }),
  ]);
});

test('statements are one chain, and the end may be asked for again', async () => {
  const it = await openRecordings();
  const first = await it.host.whole(SESSION_ID, RECORD);
  const { sessionId, session, header } = another('b');
  it.sessions.set(sessionId, session);
  const record = recording(EVENTS, header);
  const second = await it.host.whole(sessionId, record);
  expect(contentOf(second)).toMatchObject({
    number: 2,
    previous: { sessionId: SESSION_ID, digest: Buffer.from(sha256(Buffer.from(first.signed))).toString('hex') },
  });
  expect((await it.host.end(SESSION_ID, RECORD)).body).toEqual(first);
  await it.restart();
  expect((await it.host.end(SESSION_ID, RECORD)).body).toEqual(first);
  expect((await it.admin.send('GET', '/signing-key')).body.keyId).toBe(first.keyId);
  const other = await it.host.send('POST', `/${SESSION_ID}/end`, { length: RECORD.length, digest: '0'.repeat(64) });
  expect([other.status, other.body.__type]).toEqual([409, 'RecordingConflictException']);
});

test('repeats are harmless; holes and other bytes are refused with how much is there', async () => {
  const { host, admin } = await openRecordings();
  await host.put(SESSION_ID, 0, RECORD.subarray(0, 300));
  expect((await host.put(SESSION_ID, 0, RECORD.subarray(0, 300))).body.length).toBe(300);
  expect((await host.put(SESSION_ID, 100, RECORD.subarray(100, 400))).body.length).toBe(400);
  expect((await host.put(SESSION_ID, 50, new Uint8Array())).body.length).toBe(400);
  const hole = await host.put(SESSION_ID, 401, RECORD.subarray(401));
  expect([hole.status, hole.body.__type, hole.body.detail]).toEqual([
    ...[409, 'RecordingConflictException', { length: 400, watched: false }],
  ]);
  const changed = Uint8Array.from(RECORD.subarray(100, 400));
  changed[7]! ^= 1;
  expect((await host.put(SESSION_ID, 100, changed)).body).toMatchObject({
    ...{ __type: 'RecordingConflictException', message: 'Other bytes are here already.' },
  });
  await host.putAll(SESSION_ID, RECORD);
  expect((await host.put(SESSION_ID, RECORD.length, Buffer.from('more'))).body.__type).toBe('ValidationException');
  expect((await host.end(SESSION_ID, RECORD)).status).toBe(200);
  expect((await host.put(SESSION_ID, RECORD.length, Buffer.from('more'))).status).toBe(409);
  expect((await host.put(SESSION_ID, 0, RECORD)).body.length).toBe(RECORD.length);
  expect(Buffer.compare(await admin.read(SESSION_ID), RECORD)).toBe(0);
});

test('what does not fit the chain never gets in, and what fits goes on', async () => {
  const { host, admin } = await openRecordings();
  const [first, second, ...others] = recordedEvents(EVENTS);
  const bent = Uint8Array.from(second!);
  bent[20]! ^= 1;
  await host.put(SESSION_ID, 0, first!);
  const refused = await host.put(SESSION_ID, first!.length, bent);
  expect([refused.status, refused.body.__type]).toEqual([400, 'ValidationException']);
  expect(refused.body.message).toContain(`event 2, at byte ${first!.length}`);
  const swapped = await host.put(SESSION_ID, first!.length, others[0]!);
  expect(swapped.status).toBe(400);
  await host.put(SESSION_ID, first!.length, Buffer.concat([second!, ...others]));
  expect((await host.end(SESSION_ID, RECORD)).status).toBe(200);
  expect(Buffer.compare(await admin.read(SESSION_ID), RECORD)).toBe(0);
});

test('only a whole record is signed', async () => {
  const { host } = await openRecordings();
  expect((await host.end(SESSION_ID, RECORD)).body.detail).toEqual({ length: 0, watched: false });
  await host.put(SESSION_ID, 0, RECORD.subarray(0, RECORD.length - 1));
  const short = RECORD.subarray(0, RECORD.length - 1);
  expect((await host.end(SESSION_ID, short)).body.message).toBe('The record has no end.');
  expect((await host.end(SESSION_ID, RECORD)).body).toMatchObject({
    ...{ __type: 'RecordingConflictException', detail: { length: RECORD.length - 1 } },
  });
});

test('a header that speaks of another session is refused', async () => {
  const { host, admin } = await openRecordings();
  for (const change of [{ owner: 'arn:aws:iam::123456789012:user/eve' }, { containerName: 'x' }, { taskArn: 'y' }]) {
    const { status, body } = await host.put(SESSION_ID, 0, recording(EVENTS, { ...HEADER, ...change }));
    expect([status, body.message]).toEqual([400, expect.stringContaining(`the header's ${Object.keys(change)[0]!}`)]);
  }
  expect((await admin.send('GET', `/${SESSION_ID}`)).status).toBe(404);
});

test('as whom a session runs is the endpoint’s to say, and stands in its record', async () => {
  const { host } = await openRecordings();
  const wrong = [{ user: 'nobody' }, { toolbox: {} }, { toolbox: { image: 'busybox' } }];
  for (const freedom of wrong) {
    const { status, body } = await host.put(SESSION_ID, 0, recording(EVENTS, { ...HEADER, freedom }));
    expect([status, body.message]).toEqual([400, expect.stringContaining("the header's freedom is not that")]);
  }
  const freedom = { user: 'nobody', toolbox: { image: 'busybox' } };
  const free = await openRecordings();
  free.sessions.set(SESSION_ID, { ...free.sessions.get(SESSION_ID)!, freedom });
  expect((await free.host.put(SESSION_ID, 0, recording(EVENTS))).status).toBe(400);
  expect((await free.host.put(SESSION_ID, 0, recording(EVENTS, { ...HEADER, freedom }))).status).toBe(200);
  expect((await free.admin.send('GET', `/${SESSION_ID}`)).body.header.freedom).toEqual(freedom);
});

test('sessions that this endpoint did not start, or does not log, have no record', async () => {
  const { host } = await openRecordings();
  for (const id of ['ecs-execute-command-00000000000000000000000009', 'alice-0123456789abcdef0']) {
    const { status, body } = await host.put(id, 0, RECORD);
    expect([status, body.__type]).toEqual([404, 'ResourceNotFoundException']);
  }
  for (const id of ['x', '..', '%2e%2e%2fstate.db', 'a'.repeat(97), 'ecs-execute-command-0123456789abcdef%00']) {
    expect((await host.put(id, 0, RECORD)).status).toBeGreaterThanOrEqual(400);
  }
});

test('huge and crooked offsets', async () => {
  const { host, admin } = await openRecordings();
  await host.put(SESSION_ID, 0, RECORD.subarray(0, 10));
  expect((await host.put(SESSION_ID, Number.MAX_SAFE_INTEGER, RECORD)).status).toBe(409);
  for (const offset of ['-1', '1e3', '99999999999999999999', 'x', '1.5', '']) {
    const { status, body } = await host.send('PUT', `/${SESSION_ID}?offset=${offset}`, RECORD);
    expect([status, body.__type]).toEqual([400, 'ValidationException']);
  }
  expect((await admin.send('GET', `/${SESSION_ID}/data?offset=11`)).status).toBe(400);
  expect((await host.put(SESSION_ID, 0, new Uint8Array(512 * 1024 + 1))).body.__type).toBe('ValidationException');
});

test('an upload goes on behind a restart, with a torn segment at the end of the file', async () => {
  const it = await openRecordings();
  await it.host.put(SESSION_ID, 0, RECORD.subarray(0, 350));
  const whole = readFileSync(it.file(SESSION_ID));
  // As a process leaves it that was killed within a write: a length, and less than it says.
  writeFileSync(it.file(SESSION_ID), Buffer.concat([whole, Buffer.from([0, 0, 1, 0]), Buffer.alloc(40, 7)]));
  await it.restart();
  const hole = await it.host.put(SESSION_ID, 400, RECORD.subarray(400));
  expect(hole.body.detail.length).toBe(350);
  await it.host.put(SESSION_ID, 350, RECORD.subarray(350));
  expect((await it.host.end(SESSION_ID, RECORD)).status).toBe(200);
  expect(Buffer.compare(await it.admin.read(SESSION_ID), RECORD)).toBe(0);
  expect(it.warnings).toEqual([]);
});

test('of a record that is still coming, what was bent on the disk is asked for again', async () => {
  const it = await openRecordings();
  const size = 100;
  for (let offset = 0; offset < 400; offset += size) {
    await it.host.put(SESSION_ID, offset, RECORD.subarray(offset, offset + size));
  }
  const bytes = readFileSync(it.file(SESSION_ID));
  bytes[300]! ^= 1;
  writeFileSync(it.file(SESSION_ID), bytes);
  await it.restart();
  expect((await it.host.put(SESSION_ID, 400, RECORD.subarray(400))).body.detail.length).toBe(200);
  expect(it.warnings).toHaveLength(1);
  await it.host.put(SESSION_ID, 200, RECORD.subarray(200));
  expect((await it.host.end(SESSION_ID, RECORD)).status).toBe(200);
  expect(Buffer.compare(await it.admin.read(SESSION_ID), RECORD)).toBe(0);
});

test.each(['a flipped byte', 'a flipped length', 'a cut', 'another record in its place'])(
  'of a signed record, %s in the file is found, and said where',
  async (damage) => {
    const it = await openRecordings();
    const { sessionId, session, header } = another('c');
    it.sessions.set(sessionId, session);
    await it.host.whole(sessionId, recording(EVENTS, header));
    await it.host.putAll(SESSION_ID, RECORD, 200);
    await it.host.end(SESSION_ID, RECORD);
    await it.services.idle();
    const bytes = readFileSync(it.file(SESSION_ID));
    // Segments of 200 bytes take 232.
    if (damage === 'a flipped byte') bytes[232 + 100]! ^= 1;
    if (damage === 'a flipped length') bytes[232 + 3]! ^= 1;
    const other = readFileSync(it.file(sessionId));
    const cut = bytes.subarray(0, 232);
    writeFileSync(it.file(SESSION_ID), damage === 'a cut' ? cut : damage.startsWith('another') ? other : bytes);
    await it.restart();
    const at = damage.startsWith('another') ? 0 : 200;
    if (at > 0) {
      const { bytes: good, headers } = await it.admin.send('GET', `/${SESSION_ID}/data`);
      expect([good, headers['x-gangway-ended']]).toEqual([Buffer.from(RECORD.subarray(0, at)), 'false']);
    }
    const { status, body } = await it.admin.send('GET', `/${SESSION_ID}/data?offset=${at}`);
    expect([status, body.__type]).toEqual([500, 'RecordingDamagedException']);
    expect(body.message).toContain(damage === 'a cut' ? 'ends at byte 200' : `(byte ${at} of what it holds)`);
  },
);
