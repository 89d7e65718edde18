import { Limits } from '../limits.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { reported, stopRequested, type TaskReport } from './task-lifecycle.js';
import type { Task, TaskStatus } from './task.js';

const base: Task = {
  arn: 'arn',
  id: 'id',
  clusterArn: 'c',
  clusterName: 'c',
  taskDefinitionArn: 'd',
  family: 'f',
  revision: 1,
  launchType: 'FARGATE',
  lastStatus: 'PENDING',
  desiredStatus: 'RUNNING',
  enableExecuteCommand: true,
  sharedPidNamespace: false,
  overrides: {},
  containers: ['a', 'b'].map((name) => ({
    arn: name,
    name,
    image: 'host',
    essential: name === 'a',
    lastStatus: 'PENDING' as const,
    networkBindings: [],
    cpu: '0',
    readonlyRootFilesystem: false,
    managedAgent: { lastStatus: 'PENDING' as const },
  })),
  group: 'g',
  host: 'h',
  seen: false,
  availabilityZone: 'z',
  createdAt: 0,
  version: 1,
};

const ORDER: readonly TaskStatus[] = [
  'PROVISIONING',
  'PENDING',
  'ACTIVATING',
  'RUNNING',
  'DEACTIVATING',
  'STOPPING',
  'DEPROVISIONING',
  'STOPPED',
];
const status = fc.constantFrom('PENDING' as const, 'RUNNING' as const, 'STOPPED' as const);
const name = fc.constantFrom('a', 'b', 'x');
const report: fc.Arbitrary<TaskReport> = fc.record({
  status: fc.option(status, { nil: undefined }),
  containers: fc.array(
    fc.record({
      name,
      status,
      runtimeId: fc.constantFrom('r1', 'r2'),
      exitCode: fc.option(fc.nat(255), { nil: undefined }),
    }),
    { maxLength: 3 },
  ),
  managedAgents: fc.array(fc.record({ containerName: name, status }), { maxLength: 3 }),
});

test('in whatever order reports come, states only go forward and the end is whole', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ weight: 6, arbitrary: report }, fc.constant('stop' as const)), { maxLength: 12 }),
      (events) => {
        let task = base;
        let now = 0;
        for (const event of events) {
          now++;
          const before = task;
          task =
            event === 'stop'
              ? stopRequested(task, { stopCode: 'UserInitiated', reason: 'r' }, now)
              : reported(task, event, Limits.aws, now);
          expect(ORDER.indexOf(task.lastStatus)).toBeGreaterThanOrEqual(ORDER.indexOf(before.lastStatus));
          expect(task.version > before.version || task === before).toBe(true);
          before.containers.forEach((container, index) => {
            const after = task.containers[index]!;
            expect(ORDER.indexOf(after.lastStatus)).toBeGreaterThanOrEqual(ORDER.indexOf(container.lastStatus));
            expect(after.runtimeId).toBe(container.runtimeId ?? after.runtimeId);
          });
          if (task.lastStatus === 'STOPPED') {
            expect(task.desiredStatus).toBe('STOPPED');
            expect(task.stopCode).toBeDefined();
            expect(task.stoppedReason).toBeDefined();
            expect(task.stoppedAt).toBeDefined();
            for (const { lastStatus, managedAgent } of task.containers) {
              expect([lastStatus, managedAgent?.lastStatus]).toEqual(['STOPPED', 'STOPPED']);
            }
          }
        }
      },
    ),
  );
});

test('a repeated report changes nothing', () => {
  const running: TaskReport = {
    status: 'RUNNING',
    containers: [{ name: 'a', status: 'RUNNING', runtimeId: 'r' }],
    managedAgents: [{ containerName: 'a', status: 'RUNNING' }],
  };
  const first = reported(base, running, Limits.aws, 5);
  expect(reported(first, running, Limits.aws, 9)).toBe(first);
  expect(first.containers[0]?.managedAgent).toEqual({ lastStatus: 'RUNNING', lastStartedAt: 5, reason: undefined });
});

test('the first cause of a stop stands', () => {
  const stopping = stopRequested(base, { stopCode: 'UserInitiated', reason: 'enough' }, 5);
  const ended = reported(
    stopping,
    { status: 'STOPPED', reason: 'other', containers: [], managedAgents: [] },
    Limits.aws,
    6,
  );
  expect(ended).toMatchObject({
    lastStatus: 'STOPPED',
    stopCode: 'UserInitiated',
    stoppedReason: 'enough',
    stoppingAt: 5,
    stoppedAt: 6,
  });
});

test.each([
  ['its own reason', { reason: 'CannotPullContainerError' }, {}, 'TaskFailedToStart', 'CannotPullContainerError'],
  ['its container’s', {}, { reason: 'no such command' }, 'TaskFailedToStart', 'no such command'],
  ['an exit', {}, { exitCode: 1 }, 'EssentialContainerExited', 'Essential container in task exited'],
])('a task that ends before it ran gives %s', (_name, task, container, stopCode, stoppedReason) => {
  const report: TaskReport = {
    status: 'STOPPED',
    ...task,
    containers: [{ name: 'a', status: 'STOPPED', ...container }],
    managedAgents: [],
  };
  expect(reported(base, report, Limits.aws, 1)).toMatchObject({ stopCode, stoppedReason });
});
