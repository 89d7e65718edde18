import { expect, test } from 'vitest';
import { WorkQueue } from './work-queue.js';

test('one at a time; what is added while it waits is done once, while it runs once more', async () => {
  const done: string[] = [];
  let active = 0;
  const queue: WorkQueue = new WorkQueue(
    async (key) => {
      expect(++active).toBe(1);
      if (done.length === 0) {
        queue.add('a');
        queue.add('b');
      }
      await Promise.resolve();
      done.push(key);
      active--;
    },
    () => undefined,
  );
  queue.add('a');
  queue.add('a');
  queue.add('b');
  await queue.idle();
  expect(done).toEqual(['a', 'b', 'a']);
  queue.add('c');
  await queue.idle();
  expect(done.at(-1)).toBe('c');
});

test('a failure is told and does not stop the others', async () => {
  const failed: unknown[] = [];
  const queue = new WorkQueue(
    (key) => (key === 'bad' ? Promise.reject(new Error('x')) : Promise.resolve()),
    (key, error) => failed.push([key, (error as Error).message]),
  );
  queue.add('bad');
  queue.add('good');
  await queue.idle();
  expect(failed).toEqual([['bad', 'x']]);
});

test('stopping finishes the running piece and forgets the rest', async () => {
  const done: string[] = [];
  let release = (): void => undefined;
  const queue = new WorkQueue(
    async (key) => {
      await new Promise<void>((resolve) => (release = resolve));
      done.push(key);
    },
    () => undefined,
  );
  queue.add('a');
  queue.add('b');
  await new Promise(setImmediate);
  const stopped = queue.stop();
  release();
  await stopped;
  queue.add('c');
  await queue.idle();
  expect(done).toEqual(['a']);
});
