import { expect, test } from 'vitest';
import { HandClock } from '../fixtures/hand-clock.fixture.js';
import { ChannelTicker, TICK_MS } from './channel-ticker.js';

class FakeChannel {
  nextTick: number | undefined;
  readonly ticks: number[] = [];
  readonly #clock: HandClock;

  constructor(clock: HandClock) {
    this.#clock = clock;
  }

  tick(): void {
    this.ticks.push(this.#clock.now());
    this.nextTick = undefined;
  }
}

test('idle channels keep no timer running', async () => {
  const clock = new HandClock();
  const ticker = new ChannelTicker(clock);
  for (let index = 0; index < 200; index += 1) ticker.add(new FakeChannel(clock));
  await clock.advance(TICK_MS);
  expect(clock.pending).toBe(0);
});

test('a channel is ticked when it is due, and not before', async () => {
  const clock = new HandClock();
  const ticker = new ChannelTicker(clock);
  const [soon, late] = [new FakeChannel(clock), new FakeChannel(clock)];
  const begun = clock.now();
  soon.nextTick = begun + 200;
  late.nextTick = begun + 15_000;
  ticker.add(soon);
  ticker.add(late);
  await clock.advance(20_000);
  expect(soon.ticks).toEqual([begun + 200]);
  expect(late.ticks).toEqual([begun + 15_000]);
  expect(clock.pending).toBe(0);
});

test('a wake finds what has become due sooner than the timer knows', async () => {
  const clock = new HandClock();
  const ticker = new ChannelTicker(clock);
  const channel = new FakeChannel(clock);
  channel.nextTick = clock.now() + 15_000;
  ticker.add(channel);
  await clock.advance(1_000);
  const due = clock.now() + 100;
  channel.nextTick = due;
  ticker.wake(channel);
  await clock.advance(100 + TICK_MS);
  expect(channel.ticks).toEqual([due]);
});

test('a channel that was taken out is left alone', async () => {
  const clock = new HandClock();
  const ticker = new ChannelTicker(clock);
  const channel = new FakeChannel(clock);
  channel.nextTick = clock.now() + 100;
  ticker.add(channel);
  ticker.delete(channel);
  await clock.advance(10_000);
  expect(channel.ticks).toEqual([]);
});
