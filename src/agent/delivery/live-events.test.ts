import { describe, expect, test } from 'vitest';
import { EventKind, type RecordingEvent } from '../../core/recording/recording-format.js';
import { noJitter, RecordedLog } from '../fixtures/agent-host.fixture.js';
import { HandClock, settle } from '../fixtures/hand-clock.fixture.js';
import { nodeClock } from '../node-clock.js';
import { credentialsOf, HEADER, order, SESSION, setUp, shown, spooled } from './delivery.fixture.js';
import { createDeliverer } from './deliverer.js';
import { LIVE_INTERVAL_MS, LiveEvents, MAX_WAITING_LENGTH } from './live-events.js';
import { MAX_LIVE_EVENT_BYTES } from './live-lines.js';

const STREAM = `${SESSION}/live`;
const GROUP = { cloudWatchLogGroupName: 'group' };
const role = credentialsOf('ROLE');
const running = (): AbortSignal => new AbortController().signal;

interface Live {
  readonly eventTime: string;
  readonly sessionData: string[];
}

/** Live events by hand: each second's lines as they were put. */
function byHand() {
  const clock = new HandClock();
  const puts: { timestamp: number; message: string }[][] = [];
  const state = { fails: 0, until: 0 };
  const events = new LiveEvents({
    header: { ...HEADER, startedAt: 1_700_000_000_000 },
    region: 'us-east-1',
    logs: {
      createLogStream: () => Promise.resolve(),
      putLogEvents: (_group: string, _stream: string, batch: { timestamp: number; message: string }[]) => {
        if (state.fails-- > 0) return Promise.reject(new Error('away'));
        puts.push(batch);
        return Promise.resolve(undefined);
      },
    } as never,
    group: 'group',
    stream: STREAM,
    clock,
    random: noJitter,
    log: new RecordedLog(),
    sent: (until) => (state.until = until),
    refused: () => undefined,
  });
  const lines = (): string[] => puts.flat().flatMap(({ message }) => (JSON.parse(message) as Live).sessionData);
  return { clock, puts, state, events, lines };
}

test('lines go once a second, in the shape of AWS, without control sequences', async () => {
  const { clock, puts, events } = byHand();
  events.event(shown('$ \x1b[1mls\x1b[0m\r\na\tb\r\nhalf', 500_000));
  await clock.advance(LIVE_INTERVAL_MS - 1);
  expect(puts).toEqual([]);
  await clock.advance(1);
  expect(puts).toHaveLength(1);
  const [[event] = []] = puts;
  expect(event?.timestamp).toBe(1_700_000_000_500);
  expect(JSON.parse(event?.message ?? '')).toEqual({
    eventVersion: '1.0',
    eventTime: '2023-11-14T22:13:20Z',
    awsRegion: 'us-east-1',
    target: { id: HEADER.target },
    userIdentity: { arn: HEADER.owner },
    runAsUser: '',
    sessionId: SESSION,
    sessionData: ['$ ls', 'a b'],
  });
  events.event(shown(' done', 600_000));
  await events.close();
  expect((JSON.parse(puts[1]?.[0]?.message ?? '') as Live).sessionData).toEqual(['half done']);
});

test('events are of bounded length and four a call', async () => {
  const { clock, puts, events, lines } = byHand();
  const text = Array.from({ length: 4_000 }, (_, n) => `${n} ${'é'.repeat(40)}`);
  text.push('x'.repeat(100_000));
  events.event(shown(`${text.join('\n')}\n`, 1_000));
  await clock.advance(3 * LIVE_INTERVAL_MS);
  expect(Math.max(...puts.map((batch) => batch.length))).toBe(4);
  for (const { message } of puts.flat()) {
    expect(Buffer.byteLength((JSON.parse(message) as Live).sessionData.join('\n'))).toBeLessThan(MAX_LIVE_EVENT_BYTES);
  }
  expect(lines().join('')).toBe(text.join(''));
});

test('a service that is away for a while gets all of it, in order', async () => {
  const { clock, state, events, lines } = byHand();
  state.fails = 3;
  for (let n = 0; n < 50; n++) {
    events.event(shown(`${n}\n`, n * 200_000));
    await clock.advance(200);
  }
  await clock.advance(60_000);
  expect(lines()).toEqual(Array.from({ length: 50 }, (_, n) => `${n}`));
});

test('a flood that the service does not take stays bounded; it stops whole, and says up to when', async () => {
  const { clock, state, events, lines } = byHand();
  state.fails = 5;
  const line = 'x'.repeat(1_000);
  for (let n = 0; n < 2_000; n++) events.event(shown(`${n} ${line}\n`, n * 1_000));
  await clock.advance(120_000);
  const sent = lines();
  expect(sent.join('').length).toBeLessThan(MAX_WAITING_LENGTH);
  expect(sent.map((text) => Number(text.split(' ')[0]))).toEqual(sent.map((_, n) => n));
  expect(state.until).toBe(1_700_000_000_000 + sent.length - 1);
});

test('the end of a session waits for a service that is away, but not for long', async () => {
  const { clock, state, events } = byHand();
  state.fails = 1_000_000;
  events.event(shown('a\n'));
  let closed = false;
  void events.close().then(() => (closed = true));
  await clock.advance(4_000);
  expect(closed).toBe(false);
  await clock.advance(2_000);
  await settle();
  expect(closed).toBe(true);
});

test('whatever is recorded, it does not throw', async () => {
  const { events } = byHand();
  const bad: RecordingEvent = { kind: EventKind.Gap, time: 0, payload: Buffer.from('{') };
  events.event(bad);
  events.event(shown('a\n'));
  await events.close();
});

describe('with the delivery', () => {
  const settings = { live: true };
  const linesIn = (messages: string[]): string[] =>
    messages.flatMap((message) => (JSON.parse(message) as Live).sessionData);
  const output = Array.from({ length: 30 }, (_, n) => shown(`${n}\n`, n * 100_000));
  const all = output.map((_, n) => `${n}`);

  test('the plain upload is as ever, and the live stream beside it is whole', async () => {
    const { aws, deliverer } = await setUp({ clock: nodeClock });
    aws.group('group');
    const of = order(GROUP, settings);
    const live = deliverer.live(of, HEADER, role);
    for (const event of output) live.event(event);
    await live.close();
    expect(linesIn(aws.messages('group', STREAM))).toEqual(all);
    await deliverer.deliver(spooled(of, output), role, running());
    expect(linesIn(aws.messages('group', STREAM))).toEqual(all);
    expect(aws.messages('group', SESSION).join('\n')).toMatch(/^Script started on .*\n0\n1\n/);
    expect(aws.reports.findLast(({ kind }) => kind === 'events')).toMatchObject({
      place: `logs://group/${STREAM}`,
      status: 'delivered',
    });
  });

  test.each([0, 13, 30])('of a session whose host died after %i events, the rest follows, once', async (count) => {
    const { aws, deliverer, options } = await setUp({ clock: nodeClock });
    aws.group('group');
    const of = order(GROUP, settings);
    const live = deliverer.live(of, HEADER, role);
    for (const event of output.slice(0, count)) live.event(event);
    await live.close();
    await createDeliverer(options).deliver(spooled(of, output), role, running());
    expect(linesIn(aws.messages('group', STREAM))).toEqual(all);
  });

  test('a session without a group, or that asks for none, has no live events', async () => {
    const { aws, deliverer } = await setUp({ clock: nodeClock });
    aws.bucket('bucket');
    const live = deliverer.live(order({ s3BucketName: 'bucket' }, settings), HEADER, role);
    live.event(shown('a\n'));
    await live.close();
    expect(aws.calls).toEqual([]);
  });
});
