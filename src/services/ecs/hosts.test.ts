import { expect, test } from 'vitest';
import { awsvpc, openEcs, prepare, type Answer } from './ecs.fixture.js';
import { HEARTBEAT_MS, SILENCE_MS } from './host-connection.js';

const fargate = { ...awsvpc, taskDefinition: 'web', launchType: 'FARGATE' };

async function open(count = 0) {
  const it = openEcs();
  await it.ecs.start();
  await prepare(it);
  const host = it.connect();
  await it.settle();
  const arns: string[] =
    count === 0 ? [] : (await it.call('RunTask', { ...fargate, count })).tasks.map((task: Answer) => task.taskArn);
  await it.settle();
  const statuses = async () =>
    (await it.call('DescribeTasks', { tasks: arns })).tasks.map(({ lastStatus }: Answer) => lastStatus);
  return { it, host, arns, statuses };
}

test('tasks survive the loss of the connection; the host says that it still holds them', async () => {
  const { it, host, arns, statuses } = await open(2);
  host.vanish();
  await it.settle();
  expect(await statuses()).toEqual(['RUNNING', 'RUNNING']);
  const again = it.connect('hostId=h1&capacity=FARGATE', arns);
  await it.settle();
  expect(await statuses()).toEqual(['RUNNING', 'RUNNING']);
  expect(again.tasks.size).toBe(0);
  await it.call('StopTask', { task: arns[0]! });
  await it.settle();
  expect(again.stopped).toEqual([arns[0]]);
});

test('what a host no longer holds is STOPPED, its sessions are ended, and a service replaces it', async () => {
  const { it, host } = await open();
  await it.call('CreateService', { ...fargate, serviceName: 'api', desiredCount: 1, enableExecuteCommand: true });
  await it.settle();
  const [lost] = (await it.call('ListTasks', { serviceName: 'api' })).taskArns;
  host.vanish();
  it.connect();
  await it.settle();
  const { tasks } = await it.call('DescribeTasks', { tasks: [lost] });
  expect(tasks[0]).toMatchObject({ lastStatus: 'STOPPED', stopCode: 'TerminationNotice' });
  expect(it.sessions.ended).toHaveLength(1);
  expect((await it.call('DescribeServices', { services: ['api'] })).services[0]).toMatchObject({ runningCount: 1 });
  expect((await it.call('ListTasks', { serviceName: 'api' })).taskArns).not.toContain(lost);
});

test('what a host never reported on is sent again, not given up', async () => {
  const { it, host } = await open();
  host.manual = true;
  const { tasks } = await it.call('RunTask', fargate);
  await it.settle();
  expect(host.tasks.size).toBe(1);
  host.vanish();
  const again = it.connect();
  await it.settle();
  expect([...again.tasks.keys()]).toEqual([tasks[0].taskArn]);
  expect((await it.call('DescribeTasks', { tasks: [tasks[0].taskArn] })).tasks[0].lastStatus).toBe('RUNNING');
});

test('a host is told to stop what it should not hold: stopped meanwhile, or unknown', async () => {
  const { it, host, arns } = await open(1);
  host.vanish();
  await it.settle();
  await it.call('StopTask', { task: arns[0]! });
  await it.settle();
  const unknown = it.arn(`task/default/${'f'.repeat(32)}`);
  const again = it.connect('hostId=h1&capacity=FARGATE', [arns[0]!, unknown]);
  await it.settle();
  expect(again.stopped.sort()).toEqual([arns[0], unknown].sort());
});

test('heartbeats go out, and a silent host is dropped', async () => {
  const { it, host } = await open();
  for (let beat = 1; beat <= 4; beat++) {
    it.time.advance(HEARTBEAT_MS);
    await it.settle();
    expect(host.heartbeats).toBe(beat);
  }
  host.manual = true;
  it.time.advance(SILENCE_MS);
  await it.settle();
  expect(host.closed?.code).toBe(1006);
  expect(it.logged.at(-1)?.message).toBe('host is silent; connection dropped');
});

test('a host that connects again before its old connection is lost takes its place', async () => {
  const { it, host, arns } = await open(1);
  const again = it.connect('hostId=h1&capacity=FARGATE', arns);
  await it.settle();
  expect(host.closed).toEqual({ code: 1001, reason: 'replaced by a newer connection' });
  await it.call('StopTask', { task: arns[0]! });
  await it.settle();
  expect(again.stopped).toEqual(arns);
});

test.each([
  ['nothing', '', 1008],
  ['no capacity', 'hostId=h1', 1008],
  ['a strange id', 'capacity=FARGATE&hostId=a%2Fb', 1008],
  ['an unknown container instance', 'containerInstanceArn=arn', 1008],
])('a host that gives %s is refused', async (_name, query, code) => {
  const { it } = await open();
  const host = it.connect(query);
  await it.settle();
  expect(host.closed?.code).toBe(code);
});

test('what is no message is logged and dropped', async () => {
  const { it, host } = await open();
  for (const data of [
    '',
    '{',
    '[]',
    'null',
    '{"type":"AckRequest","message":1}',
    '{"type":"X","message":{}}',
    new Uint8Array(200),
  ]) {
    host.babble(data);
  }
  await it.settle();
  expect(it.logged.map(({ message }) => message)).toEqual(Array(7).fill('frame from a host not understood'));
  await it.call('RunTask', fargate);
  await it.settle();
  expect(host.tasks.size).toBe(1);
});

test('stopping closes the connections', async () => {
  const { it, host } = await open();
  await it.ecs.stop();
  await it.settle();
  expect(host.closed?.code).toBe(1001);
});

test('after a kill everything goes on: tasks, a service in the middle of a deployment, tasks that were stopping', async () => {
  const { it, host } = await open();
  await it.call('CreateService', { ...fargate, serviceName: 'api', desiredCount: 2 });
  await it.settle();
  const kept = (await it.call('ListTasks', { serviceName: 'api' })).taskArns;
  host.manual = true;
  await it.call('UpdateService', { service: 'api', forceNewDeployment: true });
  const [stopping] = (await it.call('RunTask', fargate)).tasks;
  await it.settle();
  await it.call('StopTask', { task: stopping.taskArn });
  await it.restart();
  const during = (await it.call('DescribeServices', { services: ['api'] })).services[0];
  expect(during).toMatchObject({ runningCount: 2, pendingCount: 2 });
  it.connect('hostId=h1&capacity=FARGATE', [...kept, stopping.taskArn]);
  await it.settle();
  const after = (await it.call('DescribeServices', { services: ['api'] })).services[0];
  expect(after).toMatchObject({ runningCount: 2, pendingCount: 0, deployments: [{ rolloutState: 'COMPLETED' }] });
  expect((await it.call('DescribeTasks', { tasks: kept })).tasks.map((task: Answer) => task.lastStatus)).toEqual([
    'STOPPED',
    'STOPPED',
  ]);
  expect((await it.call('DescribeTasks', { tasks: [stopping.taskArn] })).tasks[0].lastStatus).toBe('STOPPED');
});
