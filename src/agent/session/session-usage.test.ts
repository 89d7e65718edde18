import { expect, test } from 'vitest';
import type { ProcessUsage } from '../../platform/runtime/runtime.js';
import { FakeProcess } from '../fixtures/fake-runtime.fixture.js';
import { HandClock, settle } from '../fixtures/hand-clock.fixture.js';
import { SessionUsage, USAGE_PERIOD_MS } from './session-usage.js';

function setUp(usage?: () => Promise<ProcessUsage | undefined>) {
  const clock = new HandClock();
  const process = new FakeProcess({ argv: ['sh'], environment: {} }, 1_024);
  if (usage !== undefined) process.usage = usage;
  const samples: number[] = [];
  const used = new SessionUsage(process, clock, ({ cpuSeconds }) => samples.push(cpuSeconds));
  return { clock, used, samples };
}

test('looked at every five seconds and at the end, and no more after', async () => {
  let cpuSeconds = 0;
  const { clock, used, samples } = setUp(() =>
    Promise.resolve({ cpuSeconds: ++cpuSeconds, memoryBytes: 10, peakMemoryBytes: 20 }),
  );
  await clock.advance(USAGE_PERIOD_MS - 1);
  expect([samples, used.latest]).toEqual([[], undefined]);
  await clock.advance(1 + USAGE_PERIOD_MS);
  expect(samples).toEqual([1, 2]);
  expect(used.latest).toEqual({ cpuSeconds: 2, memoryBytes: 10, peakMemoryBytes: 20 });
  expect(await used.end()).toEqual({ cpuSeconds: 3, memoryBytes: 10, peakMemoryBytes: 20 });
  await clock.advance(60_000);
  expect([samples, clock.pending]).toEqual([[1, 2, 3], 0]);
});

test('a look that takes long is not overtaken by the next', async () => {
  let looks = 0;
  const { clock, used } = setUp(() => {
    looks += 1;
    return new Promise(() => undefined);
  });
  await clock.advance(60_000);
  expect([looks, used.latest]).toEqual([1, undefined]);
});

test('a machine that cannot tell: no timer, no value; a failure is as good as nothing', async () => {
  const cannot = setUp();
  expect([cannot.clock.pending, await cannot.used.end()]).toEqual([0, undefined]);
  const { clock, used, samples } = setUp(() => Promise.reject(new Error('EPERM')));
  await clock.advance(20_000);
  await settle();
  expect([await used.end(), samples]).toEqual([undefined, []]);
});

test('sessions that began at different times look at the same moments', async () => {
  const clock = new HandClock();
  const looks: number[] = [];
  for (let count = 0; count < 3; count += 1) {
    const process = new FakeProcess({ argv: ['sh'], environment: {} }, 1_024);
    process.usage = () => {
      looks.push(clock.now());
      return Promise.resolve({ cpuSeconds: 1, memoryBytes: 1, peakMemoryBytes: 1 });
    };
    new SessionUsage(process, clock, () => undefined);
    await clock.advance(1_234);
  }
  await clock.advance(2 * USAGE_PERIOD_MS);
  expect(new Set(looks).size).toBe(2);
  expect(looks).toHaveLength(6);
});
