import { expect, test } from 'vitest';
import { Backoff } from './backoff.js';

test('waits double up to the cap', () => {
  const backoff = new Backoff({ firstMs: 100, capMs: 1_000 }, () => 1);
  expect(Array.from({ length: 6 }, () => backoff.next())).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  expect(backoff.attempts).toBe(6);
});

test('jitter takes away up to a half, never more', () => {
  const backoff = new Backoff({ firstMs: 100, capMs: 100 }, () => 0);
  expect(backoff.next()).toBe(50);
});

test('a reset makes the next wait short again', () => {
  const backoff = new Backoff({ firstMs: 100, capMs: 1_000 }, () => 1);
  backoff.next();
  backoff.next();
  backoff.reset();
  expect(backoff.next()).toBe(100);
});

test('the cap holds after a thousand attempts', () => {
  const backoff = new Backoff({ firstMs: 100, capMs: 30_000 }, () => 1);
  let last = 0;
  for (let attempt = 0; attempt < 2_000; attempt += 1) last = backoff.next();
  expect(last).toBe(30_000);
});
