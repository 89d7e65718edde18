import { expect, test } from 'vitest';
import { Chore } from './chore.js';

function setUp(work: () => Promise<number | undefined>) {
  const waits: { ms: number; work: () => void; cancelled: boolean }[] = [];
  const failures: unknown[] = [];
  const timers = {
    after(ms: number, due: () => void) {
      const wait = { ms, work: due, cancelled: false };
      waits.push(wait);
      return { cancel: () => void (wait.cancelled = true) };
    },
  };
  return { waits, failures, chore: new Chore({ timers, work, failed: (error) => failures.push(error) }) };
}

test('it is done at the start and when its time has come, and not again when it says no time', async () => {
  const times = [5, 7, undefined];
  let done = 0;
  const { chore, waits } = setUp(() => Promise.resolve(times[done++]));
  await chore.start();
  expect(waits.map(({ ms }) => ms)).toEqual([5]);
  waits[0]?.work();
  await chore.run();
  expect(done).toBe(3);
  expect(waits.map(({ ms, cancelled }) => [ms, cancelled])).toEqual([
    [5, true],
    [7, true],
  ]);
});

test('it is never done twice at a time, and stopping waits for it', async () => {
  const log: string[] = [];
  let go: () => void = () => undefined;
  const { chore, waits } = setUp(async () => {
    log.push('begin');
    await new Promise<void>((resolve) => (go = resolve));
    log.push('end');
    return 1;
  });
  const first = chore.start();
  const second = chore.run();
  await Promise.resolve();
  expect(log).toEqual(['begin']);
  go();
  await first;
  await new Promise((resolve) => setImmediate(resolve));
  const stopped = chore.stop().then(() => log.push('stopped'));
  go();
  await Promise.all([second, stopped]);
  expect(log).toEqual(['begin', 'end', 'begin', 'end', 'stopped']);
  expect(chore.isStopped()).toBe(true);
  expect(waits).toHaveLength(1);
});

test('what goes wrong is told, and the time that was set before still counts', async () => {
  const results = [() => Promise.resolve(5), () => Promise.reject(new Error('no room'))];
  const { chore, waits, failures } = setUp(() => (results.shift() ?? (() => Promise.resolve(undefined)))());
  await chore.start();
  await chore.run();
  expect(failures).toEqual([new Error('no room')]);
  expect(waits.map(({ cancelled }) => cancelled)).toEqual([false]);
});
