import { expect, test } from 'vitest';
import { backoff, MAX_BACKOFF_MS, taskEnded } from './deployment.js';
import type { Deployment } from './service.js';

test('replacements wait 0, 1, 2, 4 … seconds, at most 27 minutes', () => {
  expect([1, 2, 3, 4, 5].map(backoff)).toEqual([0, 1000, 2000, 4000, 8000]);
  expect(backoff(13)).toBe(MAX_BACKOFF_MS);
  expect(backoff(1e9)).toBe(27 * 60_000);
});

const deployment: Deployment = {
  id: 'ecs-svc/1',
  status: 'PRIMARY',
  taskDefinitionArn: 'a',
  launch: { launchType: 'FARGATE' },
  createdAt: 0,
  updatedAt: 0,
  rolloutState: 'IN_PROGRESS',
  rolloutStateReason: '',
  failedTasks: 0,
  quickEnds: 0,
};

/** How many failed starts open the breaker. */
function failures(desiredCount: number, thresholdConfiguration?: object): number {
  const deploymentCircuitBreaker = {
    enable: true,
    rollback: false,
    ...(thresholdConfiguration && { thresholdConfiguration }),
  };
  const service = { desiredCount, deploymentConfiguration: { deploymentCircuitBreaker } };
  let current = deployment;
  let count = 0;
  while (current.rolloutState === 'IN_PROGRESS' && count < 1000) {
    current = taskEnded(current, service as never, undefined, 0);
    count++;
  }
  return count;
}

test.each([
  ['few tasks', 1, undefined, 3],
  ['half of them', 40, undefined, 20],
  ['many tasks', 1000, undefined, 200],
  ['a count', 1000, { type: 'COUNT', value: 5 }, 5],
  ['a percentage', 100, { type: 'BOUNDED_PERCENT', value: 10 }, 10],
  ['an unbounded percentage', 1000, { type: 'UNBOUNDED_PERCENT', value: 30 }, 300],
])('the circuit breaker opens after: %s', (_name, desiredCount, threshold, expected) => {
  expect(failures(desiredCount, threshold)).toBe(expected);
});

test('a completed deployment does not fail any more', () => {
  const breaker = { deploymentCircuitBreaker: { enable: true, rollback: false } };
  const service = { desiredCount: 1, deploymentConfiguration: breaker };
  let current: Deployment = { ...deployment, rolloutState: 'COMPLETED' };
  for (let count = 0; count < 300; count++) current = taskEnded(current, service, undefined, 0);
  expect(current).toMatchObject({ rolloutState: 'COMPLETED', failedTasks: 0, quickEnds: 300 });
});
