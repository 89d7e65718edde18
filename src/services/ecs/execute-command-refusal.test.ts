import { describe, expect, test } from 'vitest';
import { type Answer } from './ecs.fixture.js';
import { SessionRefusal } from '../session-ports.js';
import { execute, open, two } from './execute-command.fixture.js';

const NOT_ENABLED =
  'The execute command failed because execute command was not enabled when the task was run or the execute command agent isn’t running. Wait and try again or run a new task with execute command enabled and try again.';

describe('11 a task that cannot be entered', () => {
  const refused = { code: 'InvalidParameterException', message: NOT_ENABLED };

  test('was started without exec', async () => {
    const { it, task } = await open({}, {}, { enableExecuteCommand: false });
    await expect(execute(it, { task })).rejects.toMatchObject({
      ...refused,
      reason: expect.stringContaining('without'),
    });
  });

  test('stops, or has stopped', async () => {
    const { it, host, task } = await open();
    host.manual = true;
    await it.call('StopTask', { task });
    await expect(execute(it, { task })).rejects.toMatchObject({
      ...refused,
      reason: 'the task is STOPPING (UserInitiated: Task stopped by user)',
    });
    await host.end(it.arn(`task/default/${task}`));
    await expect(execute(it, { task })).rejects.toMatchObject({
      ...refused,
      reason: 'the task is STOPPED (UserInitiated: Task stopped by user)',
    });
  });

  test('has an agent that does not run', async () => {
    const { it, host, task, taskArn } = await open();
    const managedAgents = [
      { containerName: 'app', managedAgentName: 'ExecuteCommandAgent', status: 'STOPPED', reason: 'no pty' },
    ];
    await host.report(taskArn, { managedAgents });
    await expect(execute(it, { task })).rejects.toMatchObject({
      ...refused,
      reason: 'ExecuteCommandAgent is STOPPED: no pty',
    });
  });

  test('has a read-only root, where AWS’s limits hold', async () => {
    const readonly = { containerDefinitions: [{ name: 'app', image: 'host', readonlyRootFilesystem: true }] };
    const { it, task } = await open({}, readonly);
    await expect(execute(it, { task })).rejects.toMatchObject(refused);
    const free = await open({ limits: 'open' }, readonly);
    expect(await execute(free.it, { task: free.task })).toMatchObject({ containerName: 'app' });
  });

  test('shares its PID namespace: one container only, where AWS’s limits hold', async () => {
    const { it, task } = await open({}, { ...two, pidMode: 'task' });
    expect(await execute(it, { task, container: 'app' })).toMatchObject({ containerName: 'app' });
    await expect(execute(it, { task, container: 'side' })).rejects.toMatchObject(refused);
    const { tasks } = await it.call('DescribeTasks', { tasks: [task] });
    expect(tasks[0].containers.map(({ managedAgents }: Answer) => managedAgents[0].lastStatus)).toEqual([
      'RUNNING',
      'STOPPED',
    ]);
    const free = await open({ limits: 'open' }, { ...two, pidMode: 'task' });
    expect(await execute(free.it, { task: free.task, container: 'side' })).toMatchObject({ containerName: 'side' });
  });
});

test('14 an agent whose channel is refused: the caller reads AWS’s text, the operator what the agent says', async () => {
  const { it, host, task, taskArn } = await open();
  await host.report(taskArn, {
    managedAgents: [
      {
        containerName: 'app',
        managedAgentName: 'ExecuteCommandAgent',
        status: 'RUNNING',
        reason: 'not authorized to perform: ssmmessages:CreateControlChannel',
      },
    ],
  });
  it.sessions.refuse = new SessionRefusal('not-connected', 'no agent has a control channel open');
  await expect(execute(it, { task })).rejects.toMatchObject({
    code: 'TargetNotConnectedException',
    message: 'The execute command failed due to an internal error. Try again later.',
    reason:
      'no agent has a control channel open; ExecuteCommandAgent says: not authorized to perform: ssmmessages:CreateControlChannel',
  });
});
