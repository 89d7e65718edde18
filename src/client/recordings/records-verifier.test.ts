import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { EventKind } from '../../core/recording/recording-format.js';
import { HEADER, output, recordedEvents, recording } from '../../core/recording/recording.fixture.js';
import type { Delivery, RecordingSummary, StatementContent } from '../../core/recording/recordings-api.js';
import type { CopyStore } from './delivered-copies.js';
import { FakeRecordings } from './fake-recordings.fixture.js';
import { RecordsVerifier, type Verdict } from './records-verifier.js';

/** Of an ended session. */
function unsigned(summary: RecordingSummary): RecordingSummary {
  const changed: { statement?: unknown } = { ...summary };
  delete changed.statement;
  return changed as RecordingSummary;
}

describe('records are verified', () => {
  let fake: FakeRecordings;
  const ids: string[] = [];
  beforeEach(() => {
    fake = new FakeRecordings();
    ids.splice(0, ids.length, ...Array.from({ length: 5 }, () => fake.add()));
  });

  const verifier = (copies?: CopyStore, now = Date.now()): RecordsVerifier =>
    new RecordsVerifier({
      recordings: fake.client,
      lookup: fake.lookup,
      key: fake.key,
      now,
      ...(copies && { copies }),
    });

  async function all(): Promise<{ readonly verdicts: Verdict[]; readonly between: string[] }> {
    const one = verifier();
    const verdicts: Verdict[] = [];
    for await (const verdict of one.all()) verdicts.push(verdict);
    return { verdicts, between: one.acrossSessions() };
  }

  const problemsOf = ({ problems }: Verdict): string[] => problems.map(({ problem }) => problem);

  /** What is said of one session, alone and among all; nothing may be said of the others. */
  async function problems(sessionId: string): Promise<string[]> {
    const { verdicts } = await all();
    const found = verdicts.find((verdict) => verdict.sessionId === sessionId)!;
    for (const other of verdicts) if (other !== found) expect(problemsOf(other), other.sessionId).toEqual([]);
    expect(found.result).toBe('failed');
    expect(problemsOf(await verifier().session(sessionId))).toEqual(problemsOf(found));
    return problemsOf(found);
  }

  test('all holds', async () => {
    const { verdicts, between } = await all();
    expect(verdicts.map(({ result }) => result)).toEqual(['ok', 'ok', 'ok', 'ok', 'ok']);
    expect(between).toEqual([]);
    for (const id of ids) expect(await verifier().session(id)).toMatchObject({ result: 'ok', problems: [], notes: [] });
  });

  describe('the record', () => {
    const record = (): Buffer => fake.records.get(ids[2]!)!.bytes;

    test('each of its bytes, when it is another, is found, and where it stands is said', async () => {
      const events = recordedEvents([output(1_000_000, 'some output\r\n'), output(2_000_000, 'more\r\n')], {
        ...HEADER,
        sessionId: ids[2]!,
      });
      let offset = 0;
      for (const [index, event] of events.entries()) {
        for (let at = 0; at < event.length; at += 7) {
          record()[offset + at]! ^= 0x10;
          const { problems: found } = await verifier().session(ids[2]!);
          expect(found[0]?.damage, `byte ${offset + at}`).toMatchObject({ offset, event: index + 1 });
          record()[offset + at]! ^= 0x10;
        }
        offset += event.length;
      }
      expect(offset).toBe(record().length);
    });

    test('cut, with something behind it, or another altogether', async () => {
      const whole = record();
      fake.records.get(ids[2]!)!.bytes = whole.subarray(0, -10);
      expect(await problems(ids[2]!)).toEqual([expect.stringMatching(/^cut at byte \d+, event 4, after 2\.000000 s/)]);
      fake.records.get(ids[2]!)!.bytes = Buffer.concat([whole, Buffer.from('x')]);
      expect(await problems(ids[2]!)).toEqual([expect.stringMatching(/^trailing at byte \d+/)]);
      const header = { ...HEADER, sessionId: ids[2]! };
      fake.records.get(ids[2]!)!.bytes = Buffer.from(recording([output(1_000_000, 'other')], header));
      expect(await problems(ids[2]!)).toEqual([
        expect.stringMatching(/^the record's length is \d+, and the statement vouches for \d+$/),
        expect.stringMatching(/^the record's digest is [0-9a-f]{64}/),
        expect.stringMatching(/^the record's events is 3/),
        expect.stringMatching(/^the record's bytes is 5/),
      ]);
      fake.records.get(ids[2]!)!.bytes = Buffer.from(fake.records.get(ids[1]!)!.bytes);
      expect(await problems(ids[2]!)).toContain(`the record is that of another session: ${ids[1]!}`);
    });

    test('of a session that is under way: its chain as far as it goes', async () => {
      const live = fake.records.get(ids[4]!)!;
      live.summary = { ...unsigned(live.summary), state: 'live' };
      live.bytes = live.bytes.subarray(0, -60);
      fake.events.shift();
      expect(await verifier().session(ids[4]!)).toMatchObject({ result: 'live', events: 3, problems: [] });
      live.bytes = Buffer.from(live.bytes);
      live.bytes[20]! ^= 1;
      expect(await problems(ids[4]!)).toEqual([expect.stringMatching(/^changed at byte 0, event 1/)]);
    });

    test('deleted when its time was over: what was signed still holds', async () => {
      fake.change(ids[1]!, { deletedAt: 1 });
      fake.records.get(ids[1]!)!.bytes = Buffer.alloc(0);
      const { verdicts, between } = await all();
      expect([verdicts[1]?.result, problemsOf(verdicts[1]!), between]).toEqual(['deleted', [], []]);
    });

    test('gaps are told', async () => {
      const gap = { kind: EventKind.Gap, time: 5, payload: Buffer.from('{"bytes":9,"reason":"disk full"}') };
      const id = fake.add([gap]);
      expect(await verifier().session(id)).toMatchObject({ result: 'ok', notes: [expect.stringMatching(/^1 gaps/)] });
    });
  });

  describe('the statement', () => {
    const statement = (id: string) => fake.records.get(id)!.summary.statement!;
    const content = (id: string): StatementContent => JSON.parse(statement(id).signed) as StatementContent;

    test('changed, signed by somebody else, or not there', async () => {
      const good = statement(ids[2]!);
      fake.change(ids[2]!, { statement: { ...good, signed: good.signed.replace('"gaps":0', '"gaps":1') } });
      expect(await problems(ids[2]!)).toContain('the signature of the statement does not fit to it');
      const other = new FakeRecordings();
      fake.change(ids[2]!, { statement: other.signText(good.signed) });
      expect(await problems(ids[2]!)).toEqual([
        `the statement is signed with the key ${other.key.keyId}, and not with ${fake.key.keyId}`,
      ]);
      fake.change(ids[2]!, { statement: { ...other.signText(good.signed), keyId: fake.key.keyId } });
      expect(await problems(ids[2]!)).toEqual(['the signature of the statement does not fit to it']);
      const record = fake.records.get(ids[2]!)!;
      record.summary = unsigned(record.summary);
      expect(await problems(ids[2]!)).toEqual([
        'the session has ended, and nobody has signed its record',
        'the audit has a statement of it, and its record has none',
      ]);
    });

    test('of another session, and one that the audit does not have', async () => {
      fake.change(ids[2]!, { statement: statement(ids[1]!) });
      expect(await problems(ids[2]!)).toContain(`the statement is that of another session: ${ids[1]!}`);
      const signedAgain = fake.sign(fake.records.get(ids[2]!)!.bytes, { sessionId: ids[2]!, number: 3, signedAt: 1 });
      fake.change(ids[2]!, { statement: signedAgain });
      const found = problemsOf(await verifier().session(ids[2]!));
      expect(found).toEqual([expect.stringMatching(/^the statement is not the one of the audit's event [0-9a-f]{8}$/)]);
      expect((await all()).between).toEqual([
        expect.stringContaining(`statement 4, of ${ids[3]!}, names one of ${ids[2]!} with digest`),
      ]);
    });

    test('without an event in the audit, which does not reach back for ever', async () => {
      fake.events = fake.events.filter((event) => !JSON.stringify(event).includes(`"${ids[2]!}"`));
      expect(await problems(ids[2]!)).toEqual(['the audit has no event SessionRecorded of it']);
      const later = verifier(undefined, Date.now() + 91 * 86_400_000);
      expect(await later.session(ids[2]!)).toMatchObject({
        result: 'ok',
        notes: ['the audit does not reach back to it'],
      });
    });

    test('a record that is gone leaves a gap, and the audit knows of it', async () => {
      fake.records.delete(ids[1]!);
      fake.records.delete(ids[2]!);
      const { verdicts, between } = await all();
      expect(between).toEqual([
        `statements 2 to 3 are missing between ${ids[0]!} and ${ids[3]!}, the last of them of ${ids[2]!}`,
      ]);
      expect(verdicts.filter(({ result }) => result === 'failed').map(problemsOf)).toEqual([
        [expect.stringMatching(/^there is no record of it, and the audit has one \(event [0-9a-f]{8}\)$/)],
        [expect.stringMatching(/^there is no record of it/)],
      ]);
      expect(problemsOf(await verifier().session(ids[3]!))).toEqual([
        `the record before it, of ${ids[2]!}, is missing: no record of ${ids[2]!}\\x1b[2J`,
      ]);
      fake.records.delete(ids[4]!);
      fake.events = [];
      expect((await all()).between).toHaveLength(1);
    });

    test('two of the same number, and a chain without its beginning', async () => {
      const { bytes, summary } = fake.records.get(ids[4]!)!;
      const twin = fake.sign(bytes, { ...content(ids[4]!), sessionId: ids[4]!, number: 4 });
      fake.records.set(ids[4]!, { bytes, summary: { ...summary, statement: twin } });
      expect((await all()).between).toEqual([`statement 4 is there twice: ${ids[3]!} and ${ids[4]!}`]);
      fake.records.delete(ids[4]!);
      fake.records.delete(ids[0]!);
      expect((await all()).between).toEqual([
        `statement 1 is missing before ${ids[1]!}, the last of them of ${ids[0]!}`,
      ]);
    });

    test('one before it that may not be read is no problem, and is told', async () => {
      fake.forbidden.add(ids[1]!);
      expect(await verifier().session(ids[2]!)).toMatchObject({
        result: 'ok',
        notes: [`the statement before it, of ${ids[1]!}, may not be read by you`],
      });
    });
  });

  describe('copies', () => {
    const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
    const delivery = (place: string, text: string): Delivery => ({
      ...{ kind: 'transcript', place, status: 'delivered', attempts: 1, at: 1 },
      ...{ sha256: hash(text), bytes: text.length },
    });
    const store: CopyStore = {
      async *object(bucket, key) {
        if (`${bucket}/${key}` !== 'records/demo/one.log') throw new Error('NoSuchKey\x1b');
        yield await Promise.resolve(Buffer.from('the '));
        yield Buffer.from('object');
      },
      async *messages(group, stream) {
        if (`${group}|${stream}` !== '/exec/audit|one') throw new Error('ResourceNotFoundException');
        yield await Promise.resolve('first');
        yield 'second';
      },
    };

    test('are compared with what was delivered', async () => {
      fake.change(ids[0]!, {
        deliveries: [
          delivery('s3://records/demo/one.log', 'the object'),
          delivery('logs:///exec/audit/one', 'first\nsecond\n'),
        ],
      });
      expect(await verifier(store).session(ids[0]!)).toMatchObject({ result: 'ok', problems: [], notes: [] });
      fake.change(ids[0]!, {
        deliveries: [
          delivery('s3://records/demo/one.log', 'the object!'),
          delivery('s3://records/none', ''),
          delivery('ftp://records/none', ''),
          { ...delivery('logs:///exec/audit/one', ''), status: 'late', reason: 'AccessDenied' },
        ],
      });
      const verdict = await verifier(store).session(ids[0]!);
      expect(problemsOf(verdict)).toEqual([
        `the transcript at s3://records/demo/one.log is not what was delivered: its SHA-256 is ${hash('the object')}, ` +
          `not ${hash('the object!')} and has 10 bytes instead of 11`,
        'the transcript at s3://records/none cannot be read: NoSuchKey\\x1b',
        'the transcript at ftp://records/none cannot be read: nobody knows how to read from there',
      ]);
      expect(verdict.notes).toEqual(['the transcript for logs:///exec/audit/one is late: AccessDenied']);
      expect((await verifier().session(ids[0]!)).result).toBe('ok');
    });
  });
});
