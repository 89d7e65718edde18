import { expect, test } from 'vitest';
import { whyNotConnected, whyNotEnterable } from './not-enterable.js';
import type { Task, TaskContainer } from './task.js';

const found = 'no agent has a control channel open';
const agent = (reason?: string) => ({ managedAgent: { lastStatus: 'RUNNING', reason } }) as unknown as TaskContainer;

test('a host that is away is the cause, whatever its agent said last', () => {
  const connectivityAt = Date.UTC(2026, 0, 2, 3, 4, 5);
  const task = { connectivity: 'DISCONNECTED', connectivityAt } as Task;
  expect(whyNotConnected(found, task, agent('ExecuteCommandAgent started'))).toBe(
    `${found}; the container host of the task is not connected since 2026-01-02T03:04:05.000Z`,
  );
});

test.each([undefined, 'ExecuteCommandAgent started', 'ExecuteCommandAgent restarted'])(
  'an agent that says no more than %s goes on trying',
  (reason) => {
    expect(whyNotConnected(found, { connectivity: 'CONNECTED' } as Task, agent(reason))).toMatch(
      /: it goes on trying$/,
    );
  },
);

test('a task that is to stop says so while it still runs', () => {
  const task = {
    enableExecuteCommand: true,
    lastStatus: 'RUNNING',
    desiredStatus: 'STOPPED',
    stoppedReason: 'Scaling',
  };
  expect(whyNotEnterable(task as Task, agent())).toBe('the task is RUNNING and is being stopped (Scaling)');
});
