import { expect, test } from 'vitest';
import type { HealthCheck } from '../../core/protocol/container-settings.js';
import { EnterError } from '../../platform/runtime/runtime.js';
import { FakeContainer } from '../fixtures/fake-runtime.fixture.js';
import { HandClock, settle } from '../fixtures/hand-clock.fixture.js';
import { hasHealthCheck, healthCommand, HealthMonitor } from './health-monitor.js';

function setUp(check: HealthCheck = { command: ['CMD', 'check'] }, user = '') {
  const clock = new HandClock();
  const container = new FakeContainer({ user });
  const monitor = new HealthMonitor({ container, check, user, environment: { A: '1' }, clock });
  const changes: string[] = [];
  monitor.watch((status) => changes.push(status));
  /** Lets the next check run, and end so. */
  const check_ = async (code: number): Promise<void> => {
    const next = container.nextProcess();
    await clock.advance((check.interval ?? 30) * 1000);
    (await next).exit(code);
    await settle();
  };
  return { clock, container, monitor, changes, checked: check_ };
}

test('every 30 seconds, UNHEALTHY after three failures in a row, HEALTHY at the first success', async () => {
  const { clock, container, monitor, changes, checked } = setUp();
  await clock.advance(29_999);
  expect([monitor.status, container.processes.length]).toEqual(['UNKNOWN', 0]);
  await checked(1);
  await checked(1);
  expect(changes).toEqual([]);
  await checked(1);
  expect(changes).toEqual(['UNHEALTHY']);
  await checked(0);
  await checked(1);
  await checked(1);
  await checked(0);
  await checked(1);
  await checked(1);
  expect(changes).toEqual(['UNHEALTHY', 'HEALTHY']);
  expect(container.processes[0]!.request).toEqual({ argv: ['check'], environment: { A: '1' } });
});

test('failures within startPeriod do not count, a success there does', async () => {
  const { changes, checked } = setUp({ command: ['CMD', 'x'], interval: 10, retries: 1, startPeriod: 25 });
  await checked(1);
  await checked(1);
  expect(changes).toEqual([]);
  await checked(1);
  expect(changes).toEqual(['UNHEALTHY']);
  const early = setUp({ command: ['CMD', 'x'], interval: 10, retries: 1, startPeriod: 1_000 });
  await early.checked(0);
  await early.checked(1);
  expect(early.changes).toEqual(['HEALTHY', 'UNHEALTHY']);
});

test('a check that takes longer than its timeout is killed, and has failed', async () => {
  const { clock, container, changes } = setUp({ command: ['CMD', 'x'], interval: 10, timeout: 3, retries: 1 });
  await clock.advance(12_999);
  expect(container.processes[0]!.calls).toEqual([]);
  await clock.advance(1);
  expect(container.processes[0]!.calls).toEqual(['SIGKILL']);
  expect(changes).toEqual(['UNHEALTHY']);
});

test('a check that cannot be started has failed', async () => {
  const { clock, container, changes } = setUp({ command: ['CMD', 'x'], interval: 10, retries: 2 });
  container.onEnter = () => Promise.reject(new EnterError('no such file or directory', 127));
  await clock.advance(20_000);
  expect(changes).toEqual(['UNHEALTHY']);
});

test('nothing is left of it when the container has ended, or the agent leaves it, also in the middle of a check', async () => {
  for (const end of ['container', 'agent'] as const) {
    const { clock, container, monitor, changes } = setUp({ command: ['CMD', 'x'], interval: 10, retries: 1 });
    await clock.advance(10_000);
    const [process] = container.processes;
    if (end === 'container') container.exit(0);
    else monitor.stop();
    await clock.advance(100_000);
    expect(process!.calls).toEqual(end === 'container' ? [] : ['SIGKILL']);
    expect([changes, container.processes.length, clock.pending]).toEqual([[], 1, 0]);
  }
});

test("the container's user, and the forms of a command", async () => {
  const { container, checked } = setUp({ command: ['CMD-SHELL', 'curl -f http://localhost || exit 1'] }, 'www');
  await checked(0);
  expect(container.processes[0]!.request).toMatchObject({
    argv: ['/bin/sh', '-c', 'curl -f http://localhost || exit 1'],
    user: 'www',
  });
  expect(healthCommand(['/bin/check', '-v'])).toEqual(['/bin/check', '-v']);
  expect([{ command: ['NONE'] }, { command: [] }, undefined].map(hasHealthCheck)).toEqual([false, false, false]);
});
