import { expect, test } from 'vitest';
import { RestartPolicy } from './restart-policy.js';

const enabled = { enabled: true, ignoredExitCodes: [0, 7], restartAttemptPeriod: 60 };

test('only after the whole period since the start, or since the last restart', () => {
  const policy = new RestartPolicy(enabled);
  expect(policy.allows(1, 1_000, 60_999)).toBe(false);
  expect(policy.allows(1, 1_000, 61_000)).toBe(true);
  policy.restarted(61_000);
  expect(policy.restarts).toEqual({ count: 1, lastAt: 61_000 });
  expect(policy.allows(1, 1_000, 120_999)).toBe(false);
  expect(policy.allows(1, 1_000, 121_000)).toBe(true);
  policy.restarted(121_000);
  expect(policy.count).toBe(2);
});

test('not with an exit code that is ignored, not when it is off, not without one', () => {
  for (const code of enabled.ignoredExitCodes) expect(new RestartPolicy(enabled).allows(code, 0, 99_000)).toBe(false);
  for (const policy of [{ ...enabled, enabled: false }, undefined]) {
    const off = new RestartPolicy(policy);
    expect([off.allows(1, 0, 99_000), off.count]).toEqual([false, undefined]);
  }
});

test('what an earlier agent has counted goes on', () => {
  const policy = new RestartPolicy(enabled, { count: 4, lastAt: 50_000 });
  expect([policy.count, policy.allows(1, 0, 100_000)]).toEqual([4, false]);
  expect(policy.allows(1, 0, 110_000)).toBe(true);
});
