import { expect, test } from 'vitest';
import type { AgentServiceMessage, TaskPayload } from '../../core/protocol/agent-service.js';
import { StartError } from '../../platform/runtime/runtime.js';
import { agentHost, containerPayload, TASK_ARN, TASK_ID, taskPayload } from '../fixtures/agent-host.fixture.js';
import { FakeRuntime } from '../fixtures/fake-runtime.fixture.js';
import { HandClock, settle } from '../fixtures/hand-clock.fixture.js';
import { ScriptedEndpoint } from '../fixtures/scripted-endpoint.fixture.js';
import type { TaskStateChange } from '../host/state-reports.js';
import { MAX_REMEMBERED_TASKS, Tasks, type TasksOptions } from './tasks.js';

function setUp(changes: Partial<TasksOptions> = {}) {
  const clock = new HandClock();
  const endpoint = new ScriptedEndpoint();
  const runtime = new FakeRuntime();
  const reports: TaskStateChange[] = [];
  const facts: AgentServiceMessage[] = [];
  const host = agentHost(endpoint, clock);
  const tasks = new Tasks({
    host,
    runtimes: [runtime],
    report: (state) => reports.push(state),
    say: (fact) => facts.push(fact),
    ...changes,
  });
  const apply = async (change: Partial<TaskPayload> = {}): Promise<void> => {
    tasks.apply([taskPayload(change)]);
    await settle();
  };
  return { clock, endpoint, runtime, reports, facts, tasks, apply };
}

test('a task runs: reported with runtime id and managed agent', async () => {
  const { runtime, reports, tasks, apply } = setUp();
  await apply();
  expect(tasks.held()).toEqual([TASK_ARN]);
  expect(runtime.containers).toHaveLength(1);
  expect(reports[0]).toMatchObject({
    task: TASK_ARN,
    status: 'RUNNING',
    containers: [{ containerName: 'main', status: 'RUNNING', runtimeId: runtime.containers[0]!.id }],
    managedAgents: [{ containerName: 'main', managedAgentName: 'ExecuteCommandAgent', status: 'PENDING' }],
    pullStartedAt: 1_700_000_000,
    pullStoppedAt: 1_700_000_000,
  });
  expect(reports.at(-1)!.managedAgents).toEqual([
    {
      containerName: 'main',
      managedAgentName: 'ExecuteCommandAgent',
      status: 'RUNNING',
      reason: 'ExecuteCommandAgent started',
    },
  ]);
});

test('a container gets what its definition says, and nothing of the host', async () => {
  process.env['GANGWAY_TEST_SECRET'] = 'host';
  const { runtime, apply } = setUp();
  const container = containerPayload('main', {
    entryPoint: ['/bin/sh', '-c'],
    command: ['exec sleep 1'],
    environment: [
      { name: 'A', value: '1' },
      { name: 'A', value: '2' },
    ],
    user: 'nobody',
    workingDirectory: '/srv',
    hostname: 'web',
  });
  await apply({ containers: [container] });
  delete process.env['GANGWAY_TEST_SECRET'];
  const { id, ...spec } = runtime.containers[0]!.spec;
  expect(id).toMatch(new RegExp(`^${TASK_ID}-[0-9]{10}$`));
  expect(spec).toEqual({
    image: 'host',
    argv: ['/bin/sh', '-c', 'exec sleep 1'],
    environment: { A: '2' },
    workingDirectory: '/srv',
    user: 'nobody',
    hostname: 'web',
    readonlyRootFilesystem: false,
  });
});

test('a repeated payload starts nothing twice', async () => {
  const { runtime, apply } = setUp();
  await apply();
  await apply();
  expect(runtime.containers).toHaveLength(1);
});

test('a task without ECS Exec has no managed agents and no control channel', async () => {
  const { endpoint, reports, apply } = setUp();
  await apply({ enableExecuteCommand: false });
  expect(reports.at(-1)!.managedAgents).toEqual([]);
  expect(endpoint.posts).toEqual([]);
});

test('containers start in the order of the definition, one after the other', async () => {
  const { runtime, apply } = setUp();
  const order: string[] = [];
  runtime.onStart = async ({ argv }) => {
    order.push(`start ${argv[0]}`);
    await settle();
    order.push(`started ${argv[0]}`);
  };
  await apply({ containers: ['a', 'b'].map((name) => containerPayload(name, { command: [name] })) });
  await settle();
  await settle();
  expect(order).toEqual(['start a', 'started a', 'start b', 'started b']);
});

test('the end of an essential container ends the task, with its exit code', async () => {
  const { clock, runtime, reports, apply } = setUp();
  await apply({ containers: [containerPayload('main'), containerPayload('side', { stopTimeout: 5 })] });
  runtime.containers[0]!.exit(3);
  await clock.advance(5_000);
  expect(runtime.containers[1]!.stops).toEqual([5_000]);
  expect(reports.at(-1)).toMatchObject({
    status: 'STOPPED',
    reason: 'Essential container in task exited',
    containers: [
      { containerName: 'main', status: 'STOPPED', exitCode: 3 },
      { containerName: 'side', status: 'STOPPED', exitCode: 143 },
    ],
    managedAgents: [
      { containerName: 'main', status: 'STOPPED', reason: 'Received Container Stopped event' },
      { containerName: 'side', status: 'STOPPED', reason: 'Received Container Stopped event' },
    ],
  });
});

test('the end of another container is reported, and the task runs on', async () => {
  const { runtime, reports, apply } = setUp();
  await apply({ containers: [containerPayload('main'), containerPayload('job', { essential: false })] });
  runtime.containers[1]!.exit(0);
  await settle();
  expect(reports.at(-1)).toMatchObject({
    status: 'RUNNING',
    containers: [{ status: 'RUNNING' }, { status: 'STOPPED', exitCode: 0 }],
  });
  expect(runtime.containers[0]!.stops).toEqual([]);
});

test('desired status STOPPED stops within stopTimeout and gives no reason of its own', async () => {
  const { runtime, reports, apply } = setUp();
  await apply();
  await apply({ desiredStatus: 'STOPPED' });
  await apply({ desiredStatus: 'STOPPED' });
  expect(runtime.containers[0]!.stops).toEqual([30_000]);
  expect(reports.at(-1)!.status).toBe('STOPPED');
  expect(reports.at(-1)!.reason).toBeUndefined();
});

test('a stop that comes while the task is starting leaves no container behind', async () => {
  const { runtime, reports, apply } = setUp();
  let started: () => void = () => undefined;
  runtime.onStart = () => new Promise((resolve) => (started = resolve));
  await apply({ containers: [containerPayload('a'), containerPayload('b')] });
  await apply({ desiredStatus: 'STOPPED' });
  started();
  await settle();
  expect(runtime.containers).toHaveLength(1);
  expect(runtime.containers[0]!.stops).toEqual([30_000]);
  expect(reports.map(({ status }) => status)).toEqual(['STOPPED']);
  expect(reports[0]!.containers).toMatchObject([{ status: 'STOPPED' }, { status: 'STOPPED' }]);
});

test('no runtime for the image: STOPPED with the reason of a failed pull, before it ever ran', async () => {
  const { reports, apply } = setUp();
  await apply({ containers: [containerPayload('main', { image: 'nginx' })] });
  const reason = expect.stringContaining('CannotPullContainerError: no way to run image nginx');
  expect(reports).toMatchObject([
    { status: 'STOPPED', reason, containers: [{ status: 'STOPPED', reason }], managedAgents: [{ status: 'STOPPED' }] },
  ]);
});

test.each([
  [new StartError('CannotStartContainerError: no such user'), 'CannotStartContainerError: no such user'],
  [new Error('EMFILE'), 'CannotStartContainerError: EMFILE'],
])('a container that cannot be started stops the ones before it: %s', async (error, reason) => {
  const { runtime, reports, apply } = setUp();
  runtime.onStart = ({ argv }) => (argv[0] === 'b' ? Promise.reject(error) : Promise.resolve());
  await apply({ containers: ['a', 'b'].map((name) => containerPayload(name, { command: [name] })) });
  await settle();
  expect(runtime.containers[0]!.stops).toEqual([30_000]);
  expect(reports.map((report) => [report.status, report.reason])).toEqual([['STOPPED', reason]]);
});

test('a container with nothing to run is not started', async () => {
  const { reports, apply } = setUp();
  const { command, ...nothing } = containerPayload('main');
  expect(command).toBeDefined();
  await apply({ containers: [nothing] });
  expect(reports[0]!.reason).toContain('neither entryPoint nor command');
});

test("a read-only root file system is no hindrance here: whether AWS would have ECS Exec is the endpoint's to say", async () => {
  const { reports, apply } = setUp();
  await apply({ containers: [containerPayload('main', { readonlyRootFilesystem: true })] });
  expect(reports.at(-1)).toMatchObject({ status: 'RUNNING', managedAgents: [{ status: 'RUNNING' }] });
});

test('an ended task stays held until its end is taken, and is not started again after', async () => {
  const { runtime, reports, tasks, apply } = setUp();
  await apply();
  runtime.containers[0]!.exit(0);
  await settle();
  expect(tasks.held()).toEqual([TASK_ARN]);
  tasks.settled(TASK_ARN);
  expect(tasks.held()).toEqual([]);
  const told = reports.length;
  await apply();
  expect(runtime.containers).toHaveLength(1);
  expect(reports).toHaveLength(told + 1);
  expect(reports.at(-1)).toMatchObject({ status: 'STOPPED', containers: [{ exitCode: 0 }] });
});

test('a task that is to stop and was never here is reported STOPPED', async () => {
  const { reports, apply } = setUp();
  await apply({ desiredStatus: 'STOPPED' });
  expect(reports).toMatchObject([{ task: TASK_ARN, status: 'STOPPED', containers: [] }]);
});

test('ended tasks are remembered up to a bound', async () => {
  const { reports, tasks } = setUp();
  const arn = (index: number): string => `${TASK_ARN}${index}`;
  for (let index = 0; index <= MAX_REMEMBERED_TASKS; index += 1) {
    tasks.apply([taskPayload({ arn: arn(index), containers: [containerPayload('main', { image: 'nginx' })] })]);
  }
  await settle();
  for (let index = 0; index <= MAX_REMEMBERED_TASKS; index += 1) tasks.settled(arn(index));
  const told = reports.length;
  tasks.apply([taskPayload({ arn: arn(1) })]);
  expect(reports).toHaveLength(told + 1);
  tasks.apply([taskPayload({ arn: arn(0) })]);
  expect(reports).toHaveLength(told + 1);
  expect(tasks.held()).toEqual([arn(0)]);
});

test('the host stops: every container within the given time, also those already stopping, and nothing starts', async () => {
  const { clock, runtime, reports, tasks, apply } = setUp();
  runtime.onStart = () => Promise.resolve();
  await apply();
  runtime.containers[0]!.stoppable = false;
  await apply({ desiredStatus: 'STOPPED' });
  const stopped = tasks.stop(10_000);
  await settle();
  expect(runtime.containers[0]!.stops).toEqual([30_000, 10_000]);
  runtime.containers[0]!.exit(137);
  await clock.advance(5_000);
  await stopped;
  expect(reports.at(-1)!.status).toBe('STOPPED');
  await apply({ arn: `${TASK_ARN}1` });
  expect(runtime.containers).toHaveLength(1);
});

test('what a container wrote last can be read', async () => {
  const { runtime, tasks, apply } = setUp();
  await apply();
  runtime.containers[0]!.stderr.write('cannot bind port 80\n');
  await settle();
  expect(Buffer.from(tasks.tail(TASK_ARN, 'main')!).toString()).toBe('cannot bind port 80\n');
  expect(tasks.tail(TASK_ARN, 'other')).toBeUndefined();
});
