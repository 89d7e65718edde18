import { expect, test } from 'vitest';
import { StartError } from '../../platform/runtime/runtime.js';
import { TASK_ARN, TASK_ID } from '../fixtures/agent-host.fixture.js';
import { FakeRuntime, hangingPull } from '../fixtures/fake-runtime.fixture.js';
import { settle } from '../fixtures/hand-clock.fixture.js';
import { named, setUpTasks } from './tasks.fixture.js';

const onSuccess = (containerName: string) => ({ dependsOn: [{ containerName, condition: 'SUCCESS' as const }] });
const onHealth = (containerName: string) => ({ dependsOn: [{ containerName, condition: 'HEALTHY' as const }] });
const check = (command: readonly string[], more = {}) => ({ settings: { healthCheck: { command, ...more } } });

test('a task is made ready before its first container, and let go of after its last', async () => {
  const { clock, runtime, apply } = setUpTasks();
  await apply({
    containers: [named('a'), named('b')],
    networkMode: 'host',
    pidMode: 'task',
    ipcMode: 'none',
    volumes: [{ name: 'data' }],
    metadata: { launchType: 'FARGATE', tags: {}, cpu: 256, memory: 512 },
  });
  expect(runtime.prepared).toEqual([
    {
      id: TASK_ID,
      networkMode: 'host',
      pidMode: 'task',
      ipcMode: 'none',
      cpu: 256,
      memory: 512,
      volumes: [{ name: 'data' }],
      forwards: expect.any(Function) as () => Promise<unknown>,
    },
  ]);
  expect(await runtime.prepared[0]!.forwards()).toEqual([]);
  runtime.containers[0]!.stoppable = false;
  await apply({ desiredStatus: 'STOPPED' });
  expect(runtime.released).toEqual([]);
  runtime.containers[0]!.exit(0);
  await clock.advance(1_000);
  expect(runtime.released).toEqual([TASK_ID]);
});

test('a stop does not wait for an image that does not come, and says no reason for the container without it', async () => {
  const { clock, runtime, reports, log, apply } = setUpTasks();
  runtime.onStart = (spec, unwanted) => (spec.argv[0] === 'late' ? hangingPull(spec, unwanted) : Promise.resolve());
  await apply({ containers: [named('main'), named('late')] });
  await apply({ desiredStatus: 'STOPPED' });
  await clock.advance(1_000);
  expect(reports.at(-1)).toMatchObject({ status: 'STOPPED', containers: [{ exitCode: 143 }, { status: 'STOPPED' }] });
  expect(reports.at(-1)).not.toHaveProperty('reason');
  expect(reports.at(-1)!.containers[1]).not.toHaveProperty('reason');
  expect(log.lines.join()).not.toContain('given up');
});

test('a task that cannot be made ready: STOPPED with the reason, and nothing started', async () => {
  const { runtime, reports, apply, started } = setUpTasks();
  runtime.onPrepare = () => Promise.reject(new StartError('CannotStartContainerError: no bridge'));
  await apply();
  expect(reports.at(-1)).toMatchObject({ status: 'STOPPED', reason: 'CannotStartContainerError: no bridge' });
  expect(started()).toEqual([]);
});

test('images of two runtimes: one task where it shares nothing, refused by name where it does', async () => {
  const containers = [named('a'), named('b', { image: 'nginx' })];
  const apart = setUpTasks([new FakeRuntime(), new FakeRuntime('docker')]);
  await apart.apply({ containers, networkMode: 'host' });
  expect(apart.reports.at(-1)).toMatchObject({ status: 'RUNNING' });
  for (const [shared, name] of [
    [{ networkMode: 'awsvpc' }, 'the network of mode awsvpc'],
    [{ networkMode: 'host', pidMode: 'task' }, 'pidMode task'],
    [{ networkMode: 'host', ipcMode: 'task' }, 'ipcMode task'],
    [{ networkMode: 'none', volumes: [{ name: 'v' }] }, 'volumes'],
  ] as const) {
    const { clock, reports, runtime, apply } = setUpTasks([new FakeRuntime(), new FakeRuntime('docker')]);
    await apply({ containers, ...shared });
    await clock.advance(1_000);
    expect(reports.at(-1)).toMatchObject({ status: 'STOPPED' });
    expect(reports.at(-1)!.reason).toContain(`cannot share ${name}`);
    expect(runtime.released).toEqual([TASK_ID]);
  }
});

test('conditions: PENDING is reported while a container waits, RUNNING when all have started', async () => {
  const { runtime, reports, apply, started } = setUpTasks();
  await apply({ containers: [named('app', onSuccess('init')), named('init', { essential: false })] });
  expect(started()).toEqual(['init']);
  expect(reports.at(-1)).toMatchObject({
    status: 'PENDING',
    containers: [{ status: 'PENDING' }, { status: 'RUNNING' }],
  });
  runtime.containers[0]!.exit(0);
  await settle();
  await settle();
  expect(started()).toEqual(['init', 'app']);
  expect(reports.at(-1)).toMatchObject({
    status: 'RUNNING',
    containers: [{ status: 'RUNNING' }, { status: 'STOPPED', exitCode: 0 }],
  });
});

test('an essential container that completes ends the task, as on AWS, also where another waits for it', async () => {
  const { clock, runtime, reports, apply, started } = setUpTasks();
  await apply({ containers: [named('init'), named('app', onSuccess('init'))] });
  runtime.containers[0]!.exit(0);
  await clock.advance(1_000);
  expect(started()).toEqual(['init']);
  expect(reports.at(-1)).toMatchObject({ status: 'STOPPED', reason: 'Essential container in task exited' });
});

test('a condition that can never come true fails the task and the container that waits', async () => {
  const { clock, runtime, reports, apply } = setUpTasks();
  await apply({ containers: [named('web'), named('init', { essential: false }), named('app', onSuccess('init'))] });
  runtime.containers[1]!.exit(2);
  await clock.advance(1_000);
  const reason =
    'dependency graph: failed to resolve container ordering dependency [init, SUCCESS] for target [app] as dependency did not exit successfully';
  expect(reports.at(-1)).toMatchObject({
    status: 'STOPPED',
    reason,
    containers: [{ exitCode: 143 }, { exitCode: 2 }, { status: 'STOPPED', reason }],
    managedAgents: [{ status: 'STOPPED' }, { status: 'STOPPED' }, { status: 'STOPPED' }],
  });
});

test('a task that waits for a condition can be stopped', async () => {
  const { clock, runtime, reports, apply, started } = setUpTasks();
  await apply({ containers: [named('init', { essential: false }), named('app', onSuccess('init'))] });
  await apply({ desiredStatus: 'STOPPED' });
  await clock.advance(1_000);
  expect(started()).toEqual(['init']);
  expect(runtime.containers[0]!.stops).toEqual([30_000]);
  expect(reports.at(-1)).toMatchObject({ status: 'STOPPED', containers: [{ exitCode: 143 }, { status: 'STOPPED' }] });
  expect(clock.pending).toBe(0);
});

test('a runtime that fails in the middle of three containers: what runs is stopped, what waits never starts', async () => {
  const { clock, runtime, reports, apply, started } = setUpTasks();
  runtime.onStart = ({ argv }) => (argv[0] === 'b' ? Promise.reject(new Error('EMFILE')) : Promise.resolve());
  await apply({ containers: [named('a'), named('b'), named('c')] });
  await clock.advance(1_000);
  expect(started()).toEqual(['a']);
  expect(reports.map(({ status, reason }) => [status, reason])).toEqual([
    ['STOPPED', 'CannotStartContainerError: EMFILE'],
  ]);
  expect(reports[0]!.containers).toMatchObject([
    { exitCode: 143 },
    { reason: 'CannotStartContainerError: EMFILE' },
    {},
  ]);
  expect(runtime.released).toEqual([TASK_ID]);
});

test('containers are stopped in the reverse of their order, each within its own stopTimeout', async () => {
  const { runtime, clock, apply } = setUpTasks();
  const start = (containerName: string) => ({ dependsOn: [{ containerName, condition: 'START' as const }] });
  await apply({
    containers: [named('db', { stopTimeout: 60 }), named('app', { ...start('db'), stopTimeout: 5 })],
  });
  const [db, app] = runtime.containers;
  app!.stoppable = false;
  await apply({ desiredStatus: 'STOPPED' });
  expect([db!.stops, app!.stops]).toEqual([[], [5_000]]);
  app!.exit(137);
  await clock.advance(100);
  expect(db!.stops).toEqual([60_000]);
});

test("a health check that the agent runs: as the container's user, reported at each change, and waited for", async () => {
  const { clock, runtime, reports, facts, apply, started } = setUpTasks();
  await apply({
    containers: [
      named('web', {
        essential: false,
        user: 'www',
        ...check(['CMD-SHELL', 'curl -f localhost'], { interval: 10, retries: 2 }),
      }),
      named('app', onHealth('web')),
    ],
  });
  const [web] = runtime.containers;
  const probe = async (code: number): Promise<void> => {
    const next = web!.nextProcess();
    await clock.advance(10_000);
    (await next).exit(code);
    await settle();
  };
  const said = (healthStatus: string): unknown => ({
    type: 'PublishHealthRequest',
    message: { taskArn: TASK_ARN, containers: [{ containerName: 'web', healthStatus }] },
  });
  await probe(1);
  expect([started(), facts]).toEqual([['web'], []]);
  await probe(0);
  expect(web!.processes[0]!.request).toMatchObject({ argv: ['/bin/sh', '-c', 'curl -f localhost'], user: 'www' });
  expect(started()).toEqual(['web', 'app']);
  expect(reports.at(-1)).toMatchObject({ status: 'RUNNING' });
  expect(new Set(facts.map((fact) => JSON.stringify(fact)))).toEqual(new Set([JSON.stringify(said('HEALTHY'))]));
  await probe(1);
  await probe(1);
  expect(facts.at(-1)).toEqual(said('UNHEALTHY'));
  web!.exit(0);
  await settle();
  const told = facts.length;
  await clock.advance(60_000);
  expect([facts.length, web!.processes]).toEqual([told, expect.objectContaining({ length: 4 })]);
});

test('a health check that the runtime runs is only passed on', async () => {
  const { clock, runtime, facts, tasks, apply } = setUpTasks([new FakeRuntime('docker')]);
  await apply({
    containers: [named('web', { image: 'nginx', ...check(['CMD', 'true']) }), named('side', { image: 'x' })],
  });
  const [web] = runtime.containers;
  expect(facts).toEqual([
    {
      type: 'PublishHealthRequest',
      message: { taskArn: TASK_ARN, containers: [{ containerName: 'web', healthStatus: 'UNKNOWN' }] },
    },
  ]);
  web!.health!.become('HEALTHY');
  await clock.advance(120_000);
  expect(facts.at(-1)).toMatchObject({ message: { containers: [{ healthStatus: 'HEALTHY' }] } });
  expect(tasks.facts()).toEqual([facts.at(-1)]);
  expect(web!.processes).toEqual([]);
});

test("a network of the task's own is said, and said again", async () => {
  const { runtime, facts, tasks, apply } = setUpTasks();
  runtime.network = {
    privateIpv4Address: '172.20.0.5',
    macAddress: '02:42:ac:14:00:05',
    subnetCidrBlock: '172.20.0.0/16',
  };
  await apply();
  const message = { taskArn: TASK_ARN, privateIpv4Address: '172.20.0.5', macAddress: '02:42:ac:14:00:05' };
  expect(facts).toEqual([{ type: 'TaskNetworkMessage', message }]);
  expect(tasks.facts()).toEqual(facts);
});
