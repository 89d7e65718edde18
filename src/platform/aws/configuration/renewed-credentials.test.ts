import { expect, test } from 'vitest';
import type { Credentials } from '../credentials.js';
import { Secret } from '../secret.js';
import { RENEWAL_MS, renewedCredentials } from './renewed-credentials.js';

function start(lifetime?: number) {
  const state = { now: 1_000_000, asked: 0, fails: false };
  const fetch = async (): Promise<Credentials> => {
    await Promise.resolve();
    state.asked += 1;
    if (state.fails) throw new Error('STS is away');
    const expires = lifetime === undefined ? {} : { expires: state.now + lifetime };
    return { accessKeyId: `A${state.asked}`, secretAccessKey: new Secret('s'), ...expires };
  };
  const get = renewedCredentials(fetch, () => state.now);
  return { state, id: async () => (await get()).accessKeyId };
}

test('what does not expire is asked for once, also by many at once', async () => {
  const { state, id } = start();
  expect(await Promise.all([id(), id()])).toEqual(['A1', 'A1']);
  state.now += 1e12;
  expect(await id()).toBe('A1');
  expect(state.asked).toBe(1);
});

test('what expires is asked for again shortly before it does', async () => {
  const { state, id } = start(900_000);
  await id();
  state.now += 900_000 - RENEWAL_MS - 1;
  expect(await id()).toBe('A1');
  state.now += 1;
  expect(await Promise.all([id(), id()])).toEqual(['A2', 'A2']);
});

test('a renewal that fails leaves what is there until it expires, and is tried again', async () => {
  const { state, id } = start(900_000);
  await id();
  state.now += 900_000 - 1;
  state.fails = true;
  expect(await id()).toBe('A1');
  state.now += 1;
  await expect(id()).rejects.toThrow('STS is away');
  state.fails = false;
  expect(await id()).toBe('A4');
});
