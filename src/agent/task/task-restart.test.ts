import { expect, test } from 'vitest';
import { hangingPull } from '../fixtures/fake-runtime.fixture.js';
import { StartError } from '../../platform/runtime/runtime.js';
import { named, setUpTasks } from './tasks.fixture.js';

const policy = { restartPolicy: { enabled: true, ignoredExitCodes: [0], restartAttemptPeriod: 60 } };

test('a container with a restart policy starts again by itself, under a new runtime id, and the task runs on', async () => {
  const { clock, runtime, reports, endpoint, apply } = setUpTasks();
  await apply({ containers: [named('web', policy)] });
  await clock.advance(60_000);
  const told = reports.length;
  runtime.containers[0]!.exit(1);
  await clock.advance(3_000);
  expect(runtime.containers).toHaveLength(2);
  expect(reports.slice(told).map(({ status }) => status)).not.toContain('STOPPED');
  expect(reports.at(-1)).toMatchObject({
    status: 'RUNNING',
    containers: [{ status: 'RUNNING', runtimeId: runtime.containers[1]!.id }],
    managedAgents: [{ status: 'RUNNING' }],
  });
  expect(reports.at(-1)!.containers[0]).not.toHaveProperty('exitCode');
  expect(endpoint.controls.at(-1)!.path).toContain(runtime.containers[1]!.id);
  // Too soon after: no loop.
  runtime.containers[1]!.exit(1);
  await clock.advance(3_000);
  expect(runtime.containers).toHaveLength(2);
  expect(reports.at(-1)).toMatchObject({ status: 'STOPPED', containers: [{ exitCode: 1 }] });
});

test('a command that exits at once is not started again, whatever its policy', async () => {
  const { clock, runtime, reports, apply } = setUpTasks();
  await apply({ containers: [named('web', policy)] });
  runtime.containers[0]!.exit(1);
  await clock.advance(1_000);
  expect(runtime.containers).toHaveLength(1);
  expect(reports.at(-1)).toMatchObject({ status: 'STOPPED', containers: [{ exitCode: 1 }] });
});

test('a task that is stopped while a container is being started again leaves none behind', async () => {
  const { clock, runtime, reports, apply } = setUpTasks();
  await apply({ containers: [named('web', policy)] });
  await clock.advance(60_000);
  let go: () => void = () => undefined;
  runtime.onStart = () => new Promise((resolve) => (go = resolve));
  runtime.containers[0]!.exit(1);
  await clock.advance(3_000);
  await apply({ desiredStatus: 'STOPPED' });
  expect(reports.at(-1)!.status).toBe('RUNNING');
  go();
  await clock.advance(1_000);
  expect(runtime.containers[1]!.stops).toEqual([30_000]);
  expect(reports.at(-1)).toMatchObject({ status: 'STOPPED', containers: [{ exitCode: 143 }] });
});

test('a task that is stopped while the image of a container to be started again does not come ends as that ended', async () => {
  const { clock, runtime, reports, apply } = setUpTasks();
  await apply({ containers: [named('web', policy)] });
  await clock.advance(60_000);
  runtime.onStart = hangingPull;
  runtime.containers[0]!.exit(9);
  await clock.advance(3_000);
  await apply({ desiredStatus: 'STOPPED' });
  expect(reports.at(-1)).toMatchObject({ status: 'STOPPED', containers: [{ exitCode: 9 }] });
});

test('a container that cannot be started again has ended as it ended', async () => {
  const { clock, runtime, reports, log, apply } = setUpTasks();
  await apply({ containers: [named('web', policy)] });
  await clock.advance(60_000);
  runtime.onStart = () => Promise.reject(new StartError('CannotStartContainerError: no room'));
  runtime.containers[0]!.exit(9);
  await clock.advance(3_000);
  expect(reports.at(-1)).toMatchObject({ status: 'STOPPED', containers: [{ exitCode: 9 }] });
  expect(log.lines.join()).toContain('no room');
});
