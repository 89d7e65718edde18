import { expect, test } from 'vitest';
import { awsvpc, openEcs, prepare, type Answer } from './ecs.fixture.js';
import { HEARTBEAT_MS, SILENCE_MS } from './host-connection.js';
import { HOST_LOST_MS } from './host-loss.js';

const fargate = { ...awsvpc, taskDefinition: 'web', launchType: 'FARGATE' };
const first = 'hostId=h1&capacity=FARGATE';
const second = 'hostId=h2&capacity=FARGATE';

/** A service of two tasks and a task of its own, all on the first of two hosts. */
async function open() {
  const it = openEcs();
  await it.ecs.start();
  await prepare(it);
  const lost = it.connect(first);
  await it.settle();
  await it.call('CreateService', { ...fargate, serviceName: 'api', desiredCount: 2 });
  const { tasks } = await it.call('RunTask', fargate);
  await it.settle();
  const other = it.connect(second);
  await it.settle();
  const held = [...lost.tasks.keys()];
  /** Time passes in steps, in which hosts answer heartbeats. */
  const pass = async (milliseconds: number): Promise<void> => {
    for (let left = milliseconds; left > 0; left -= HEARTBEAT_MS / 2) {
      it.time.advance(Math.min(left, HEARTBEAT_MS / 2));
      await it.settle();
    }
  };
  const statuses = async () =>
    (await it.call('DescribeTasks', { tasks: held })).tasks.map(({ lastStatus }: Answer) => lastStatus);
  const service = async () => (await it.call('DescribeServices', { services: ['api'] })).services[0];
  return { it, lost, other, held, alone: tasks[0].taskArn as string, pass, statuses, service };
}

test('a host that is killed: its tasks are over, and its service runs elsewhere within a minute', async () => {
  const { it, lost, other, held, alone, pass, statuses, service } = await open();
  lost.vanish();
  await pass(HOST_LOST_MS - HEARTBEAT_MS);
  expect(await statuses()).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
  await pass(HEARTBEAT_MS + 1000);
  expect(HOST_LOST_MS + 1000).toBeLessThan(60_000);
  expect(await statuses()).toEqual(['STOPPED', 'STOPPED', 'STOPPED']);
  expect(await service()).toMatchObject({ runningCount: 2, pendingCount: 0 });
  expect(other.tasks.size).toBe(2);
  const { tasks } = await it.call('DescribeTasks', { tasks: [alone] });
  expect(tasks[0]).toMatchObject({
    stopCode: 'TerminationNotice',
    stoppedReason: 'Container host h1 was lost: it has not been heard of for 50 seconds.',
  });
  expect(it.logged.at(-1)).toEqual({
    fields: { host: 'fargate/h1', tasks: 3 },
    message: 'container host lost; its tasks are over',
  });
  // It is no fault of the deployment.
  expect((await service()).deployments[0]).toMatchObject({ failedTasks: 0, rolloutState: 'COMPLETED' });

  const back = it.connect(first, held);
  await it.settle();
  expect(back.stopped.sort()).toEqual([...held].sort());
  expect(await service()).toMatchObject({ runningCount: 2, pendingCount: 0 });
});

test('a host that is cut off without a word is lost in the same time', async () => {
  const { lost, pass, statuses, service } = await open();
  lost.manual = true;
  await pass(SILENCE_MS + 1000);
  expect(lost.closed?.code).toBe(1006);
  expect(await statuses()).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
  await pass(HOST_LOST_MS - SILENCE_MS);
  expect(await statuses()).toEqual(['STOPPED', 'STOPPED', 'STOPPED']);
  expect(await service()).toMatchObject({ runningCount: 2 });
});

test.each([
  ['without a word', (host: { manual: boolean }) => (host.manual = true)],
  ['with its socket', (host: { vanish: () => void }) => host.vanish()],
])('a host that is cut off %s for half a minute keeps its tasks', async (_how, cut) => {
  const { it, lost, other, held, pass, statuses } = await open();
  cut(lost);
  await pass(30_000);
  const back = it.connect(first, held);
  await pass(120_000);
  expect(await statuses()).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
  expect(back.stopped).toEqual([]);
  expect(other.tasks.size).toBe(0);
});

test('after the restart of an endpoint hosts have their time from its start', async () => {
  const { it, held, pass, statuses } = await open();
  it.time.now += 600_000;
  await it.restart();
  await pass(HOST_LOST_MS - 5000);
  expect(await statuses()).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
  it.connect(first, held);
  await it.settle();
  await pass(HOST_LOST_MS);
  expect(await statuses()).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
  await it.restart();
  await pass(HOST_LOST_MS + 1000);
  expect(await statuses()).toEqual(['STOPPED', 'STOPPED', 'STOPPED']);
});

test('an endpoint that slept does not take its hosts for lost', async () => {
  const { it, held, statuses } = await open();
  it.time.now += 8 * 3_600_000;
  await it.settle();
  it.time.advance(0);
  await it.settle();
  it.connect(first, held);
  await it.settle();
  expect(await statuses()).toEqual(['RUNNING', 'RUNNING', 'RUNNING']);
});

test('a task that is to stop on a host that is away is over when the host is lost', async () => {
  const { it, lost, held, alone, pass } = await open();
  lost.vanish();
  await it.settle();
  await it.call('StopTask', { task: alone, reason: 'enough' });
  expect((await it.call('DescribeTasks', { tasks: [alone] })).tasks[0].lastStatus).toBe('STOPPING');
  await pass(HOST_LOST_MS + 1000);
  expect((await it.call('DescribeTasks', { tasks: [alone] })).tasks[0]).toMatchObject({
    lastStatus: 'STOPPED',
    stopCode: 'UserInitiated',
    stoppedReason: 'enough',
  });
  expect(held).toHaveLength(3);
});

test('how long a host may be away is a setting', async () => {
  const it = openEcs({ hostLostMs: 5000 });
  await it.ecs.start();
  await prepare(it);
  const host = it.connect();
  await it.settle();
  const { tasks } = await it.call('RunTask', fargate);
  await it.settle();
  host.vanish();
  await it.settle();
  it.time.advance(5001);
  await it.settle();
  expect((await it.call('DescribeTasks', { tasks: [tasks[0].taskArn] })).tasks[0]).toMatchObject({
    lastStatus: 'STOPPED',
    stoppedReason: 'Container host h1 was lost: it has not been heard of for 5 seconds.',
  });
});
