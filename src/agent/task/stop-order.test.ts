import { expect, test } from 'vitest';
import { settle } from '../fixtures/hand-clock.fixture.js';
import { stopInOrder } from './stop-order.js';

function fleet(needs: Readonly<Record<string, readonly string[]>>) {
  const asked: string[] = [];
  const limits: number[] = [];
  const end = new Map<string, () => void>();
  const containers = Object.entries(needs).map(([name, on]) => ({
    payload: { name, dependsOn: on.map((containerName) => ({ containerName, condition: 'START' as const })) },
    stop: (limitMs: number): Promise<void> => {
      asked.push(name);
      limits.push(limitMs);
      return new Promise((resolve) => end.set(name, resolve));
    },
  }));
  return { asked, limits, end: (name: string) => end.get(name)?.(), containers };
}

test('each after those that depend on it, all others at once', async () => {
  const { asked, limits, end, containers } = fleet({ db: [], app: ['db'], web: ['app'], side: [] });
  let done = false;
  void stopInOrder(containers, 5_000).then(() => (done = true));
  await settle();
  expect(asked.sort()).toEqual(['side', 'web']);
  end('side');
  end('web');
  await settle();
  expect(asked).toContain('app');
  expect(asked).not.toContain('db');
  end('app');
  await settle();
  expect([asked.length, done]).toEqual([4, false]);
  end('db');
  await settle();
  expect([done, new Set(limits)]).toEqual([true, new Set([5_000])]);
});

test('a circle is stopped all the same', async () => {
  const { asked, end, containers } = fleet({ a: ['b'], b: ['c'], c: ['a'], d: ['d'] });
  let done = false;
  void stopInOrder(containers, 1).then(() => (done = true));
  for (let turn = 0; turn < 4; turn += 1) {
    await settle();
    for (const name of asked) end(name);
  }
  await settle();
  expect([done, [...asked].sort()]).toEqual([true, ['a', 'b', 'c', 'd']]);
});
