import { expect, test } from 'vitest';
import { nodeChannelEnvironment } from '../../platform/crypto/node-channel-environment.js';
import { runtimeId, targetOf, taskIdOf } from './runtime-id.js';
import { CLUSTER_ARN, TASK_ARN, TASK_ID } from '../fixtures/agent-host.fixture.js';

const randomBytes = (length: number): Uint8Array => nodeChannelEnvironment.randomBytes(length);

test('a runtime id is the task id and ten digits, as on Fargate', () => {
  for (let index = 0; index < 200; index += 1) {
    expect(runtimeId(TASK_ARN, randomBytes)).toMatch(new RegExp(`^${TASK_ID}-[1-9][0-9]{9}$`));
  }
});

test('old task ARNs have their id without hyphens', () => {
  expect(taskIdOf('arn:aws:ecs:us-east-1:1:task/01234567-89ab-cdef-0123-456789abcdef')).toBe(TASK_ID);
});

test('a target names cluster, task and container', () => {
  expect(targetOf({ arn: TASK_ARN, clusterArn: CLUSTER_ARN }, `${TASK_ID}-1234567890`)).toBe(
    `ecs:demo_${TASK_ID}_${TASK_ID}-1234567890`,
  );
});
