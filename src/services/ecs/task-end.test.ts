import { describe, expect, test } from 'vitest';
import { awsvpc, openEcs, prepare } from './ecs.fixture.js';
import { HOST_LOST_MS } from './host-loss.js';
import { HOUSEKEEPING_MS } from './housekeeping.js';

/** Every way in which a task ends, as DescribeTasks tells it (ecs-api 3.4). */
async function open() {
  const it = openEcs();
  await it.ecs.start();
  await prepare(it, {
    containerDefinitions: [
      { name: 'app', image: 'host' },
      { name: 'side', image: 'host', essential: false },
    ],
  });
  const host = it.connect();
  host.manual = true;
  const { tasks } = await it.call('RunTask', { ...awsvpc, taskDefinition: 'web', launchType: 'FARGATE' });
  await it.settle();
  const taskArn: string = tasks[0].taskArn;
  return {
    it,
    host,
    taskArn,
    run: () => host.run(host.tasks.get(taskArn)!),
    /** What the host reports, and what is then shown. */
    shown: async (report?: Record<string, unknown>) => {
      if (report !== undefined) await host.report(taskArn, report);
      await it.settle();
      return (await it.call('DescribeTasks', { tasks: [taskArn] })).tasks[0];
    },
  };
}

const containers = (change: object) => ({ containers: [{ containerName: 'app', status: 'STOPPED', ...change }] });

describe('before it runs: TaskFailedToStart', () => {
  test('an image that cannot be pulled', async () => {
    const { shown, host } = await open();
    const reason = "CannotPullContainerError: pull image manifest has been retried 1 time(s): 'x' not found";
    const stopping = await shown({ status: 'PENDING', ...containers({ reason }) });
    expect(stopping).toMatchObject({
      lastStatus: 'STOPPING',
      stopCode: 'TaskFailedToStart',
      stoppedReason: reason,
      containers: [{ name: 'app', lastStatus: 'STOPPED', reason }, { lastStatus: 'PENDING' }],
    });
    expect(host.stopped).toHaveLength(1);
    expect(await shown({ status: 'STOPPED' })).toMatchObject({ lastStatus: 'STOPPED', stoppedReason: reason });
  });

  test('without a reason', async () => {
    const { shown } = await open();
    expect(await shown({ status: 'STOPPED' })).toMatchObject({
      stopCode: 'TaskFailedToStart',
      stoppedReason: 'Task failed to start',
      startedAt: undefined,
    });
  });

  test('pull times stand', async () => {
    const { it, shown } = await open();
    const [start, stop] = [it.time.now / 1000, it.time.now / 1000 + 60];
    expect(await shown({ status: 'PENDING', pullStartedAt: start, pullStoppedAt: stop })).toMatchObject({
      pullStartedAt: new Date(start * 1000),
      pullStoppedAt: new Date(stop * 1000),
    });
  });
});

describe('after it ran', () => {
  test('an essential container exits: its code and reason are its own', async () => {
    const { run, shown, it } = await open();
    await run();
    const reason = 'OutOfMemoryError: Container killed due to memory usage';
    await shown({ status: 'RUNNING', ...containers({ exitCode: 137, reason }) });
    expect(await shown({ status: 'STOPPED' })).toMatchObject({
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
      containers: [
        { name: 'app', exitCode: 137, reason, lastStatus: 'STOPPED' },
        { name: 'side', lastStatus: 'STOPPED' },
      ],
      executionStoppedAt: new Date(it.time.now),
      stoppedAt: new Date(it.time.now),
    });
  });

  test('one that is not essential exits: the task runs on', async () => {
    const { run, shown } = await open();
    await run();
    const side = { containers: [{ containerName: 'side', status: 'STOPPED', exitCode: 1 }] };
    expect(await shown({ status: 'RUNNING', ...side })).toMatchObject({
      lastStatus: 'RUNNING',
      desiredStatus: 'RUNNING',
      containers: [{ lastStatus: 'RUNNING' }, { lastStatus: 'STOPPED', exitCode: 1 }],
    });
  });

  test('somebody stops it: the first reason stands', async () => {
    const { it, run, shown, taskArn } = await open();
    await run();
    await it.call('StopTask', { task: taskArn });
    expect(await shown({ status: 'STOPPED', reason: 'gone', ...containers({ exitCode: 143 }) })).toMatchObject({
      stopCode: 'UserInitiated',
      stoppedReason: 'Task stopped by user',
      containers: [{ exitCode: 143 }, {}],
    });
  });

  test('its host comes back without it', async () => {
    const { it, run, shown } = await open();
    await run();
    it.connect('hostId=h1&capacity=FARGATE', []);
    expect(await shown()).toMatchObject({
      stopCode: 'TerminationNotice',
      stoppedReason: 'The container host no longer runs the task.',
    });
  });

  test('its host does not come back to stop it', async () => {
    const { it, host, run, shown, taskArn } = await open();
    await run();
    await it.call('StopTask', { task: taskArn, reason: 'enough' });
    host.vanish();
    await it.settle();
    await it.pass(HOST_LOST_MS + HOUSEKEEPING_MS);
    expect(await shown()).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'UserInitiated',
      stoppedReason: 'enough',
    });
  });

  test('a service scales in', async () => {
    const it = openEcs();
    await it.ecs.start();
    await prepare(it);
    it.connect();
    const run = { ...awsvpc, taskDefinition: 'web', launchType: 'FARGATE' };
    await it.call('CreateService', { ...run, serviceName: 'api', desiredCount: 1 });
    await it.settle();
    const { taskArns } = await it.call('ListTasks', { serviceName: 'api' });
    await it.call('UpdateService', { service: 'api', desiredCount: 0 });
    await it.settle();
    const { tasks } = await it.call('DescribeTasks', { tasks: taskArns });
    expect(tasks[0]).toMatchObject({
      lastStatus: 'STOPPED',
      stopCode: 'ServiceSchedulerInitiated',
      stoppedReason: expect.stringMatching(/^Scaling activity initiated by \(deployment ecs-svc\/\d{19}\)$/),
    });
  });
});
