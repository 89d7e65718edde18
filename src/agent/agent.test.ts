import { expect, test } from 'vitest';
import { LAST_REPORTS_MS, type AgentOptions } from './agent.js';
import { agentByHand } from './fixtures/agent.fixture.js';
import { RecordedLog, TASK_ARN, taskPayload } from './fixtures/agent-host.fixture.js';
import { FakeRuntime } from './fixtures/fake-runtime.fixture.js';
import { HandClock, settle } from './fixtures/hand-clock.fixture.js';
import { ScriptedEndpoint } from './fixtures/scripted-endpoint.fixture.js';

function setUp(changes: Partial<AgentOptions> = {}) {
  const clock = new HandClock();
  const endpoint = new ScriptedEndpoint();
  const runtime = new FakeRuntime();
  const log = new RecordedLog();
  const agent = agentByHand(clock, endpoint, runtime, {
    log,
    ...changes,
  });
  const say = async (tasks: unknown[]): Promise<void> => {
    const message = { type: 'PayloadMessage', message: { messageId: 'm', tasks } };
    endpoint.hosts.at(-1)!.socket.send(JSON.stringify(message));
    await settle();
  };
  const reports = () => endpoint.calls.filter(({ action }) => action === 'SubmitTaskStateChange');
  return { agent, clock, endpoint, runtime, log, say, reports };
}

test('cleans up, connects, runs a task, reports it, and stops it', async () => {
  const { agent, clock, endpoint, runtime, say, reports } = setUp();
  await agent.start();
  await settle();
  expect(runtime.recovered).toBe(1);
  expect(endpoint.connects[0]).toBe('ecs /ws?hostId=host-1&capacity=FARGATE');
  await say([taskPayload()]);
  await settle();
  expect(reports().at(-1)!.input).toMatchObject({
    cluster: taskPayload().clusterArn,
    task: TASK_ARN,
    status: 'RUNNING',
    managedAgents: [{ status: 'RUNNING' }],
  });
  runtime.containers[0]!.stdout.write('listening\n');
  await settle();
  expect(Buffer.from(agent.containerTail(TASK_ARN, 'main')!).toString()).toBe('listening\n');
  await say([taskPayload({ desiredStatus: 'STOPPED' })]);
  await clock.advance(1_000);
  expect(reports().at(-1)!.input).toMatchObject({ status: 'STOPPED', containers: [{ exitCode: 143 }] });
  await agent.stop();
  await settle();
  expect(endpoint.hosts[0]!.socket.closed?.code).toBe(1000);
});

test('a task outlives a restart of the endpoint and is in the next manifest', async () => {
  const { agent, clock, endpoint, runtime, say } = setUp();
  await agent.start();
  await settle();
  await say([taskPayload()]);
  endpoint.hosts[0]!.socket.terminate();
  await clock.advance(1_000);
  expect(JSON.parse(endpoint.hosts[1]!.texts[0]!)).toEqual({
    type: 'TaskManifestMessage',
    message: { taskArns: [TASK_ARN] },
  });
  await say([taskPayload()]);
  expect(runtime.containers).toHaveLength(1);
});

test('stop ends containers and reports them, in bounded time though the endpoint is gone', async () => {
  const { agent, clock, endpoint, runtime, say } = setUp({ stopContainersMs: 3_000 });
  await agent.start();
  await settle();
  await say([taskPayload()]);
  endpoint.onEcs = () => {
    throw new Error('ECONNREFUSED');
  };
  let stopped = false;
  void agent.stop().then(() => (stopped = true));
  await clock.advance(LAST_REPORTS_MS + 1_000);
  expect(stopped).toBe(true);
  expect(runtime.containers[0]!.stops).toEqual([3_000]);
  const told = endpoint.calls.length;
  const connected = endpoint.connects.length;
  await clock.advance(3_600_000);
  expect([endpoint.calls.length, endpoint.connects.length]).toEqual([told, connected]);
  expect(clock.pending).toBe(0);
});

test('a container instance registers before each connection, and again under its ARN', async () => {
  const arn = 'arn:aws:ecs:us-east-1:123456789012:container-instance/demo/abc';
  const { agent, clock, endpoint } = setUp({ capacity: { cluster: 'demo', attributes: [] } });
  endpoint.onEcs = () => ({ containerInstance: { containerInstanceArn: arn } });
  await agent.start();
  await settle();
  const query = new URLSearchParams(endpoint.connects[0]!.split('?')[1]);
  expect(Object.fromEntries(query)).toEqual({
    hostId: 'host-1',
    containerInstanceArn: arn,
    clusterArn: 'arn:aws:ecs:us-east-1:123456789012:cluster/demo',
  });
  endpoint.hosts[0]!.socket.terminate();
  await clock.advance(1_000);
  expect(endpoint.calls.map(({ input }) => input['containerInstanceArn'])).toEqual([undefined, arn]);
});

test('leftovers that cannot be removed are logged and do not keep the host from serving', async () => {
  const { agent, endpoint, runtime, log } = setUp();
  runtime.recover = () => Promise.reject(new Error('EBUSY'));
  await agent.start();
  await settle();
  expect(log.lines.join()).toContain('EBUSY');
  expect(endpoint.hosts).toHaveLength(1);
});

test('records are kept from before the first session to behind the last, and shipped while the endpoint is there', async () => {
  const order: string[] = [];
  const { agent, endpoint, runtime, say } = setUp({
    recorders: {
      open: () => Promise.resolve(undefined),
      start: () => Promise.resolve(void order.push(`start, ${endpoint.connects.length} connections`)),
      stop: () =>
        Promise.resolve(
          void order.push(
            `stop, ${runtime.containers[0]!.stops.length} stopped, ${endpoint.hosts[0]!.socket.closed === undefined ? 'connected' : 'gone'}`,
          ),
        ),
    },
  });
  await agent.start();
  await settle();
  await say([taskPayload()]);
  await agent.stop();
  expect(order).toEqual(['start, 0 connections', 'stop, 1 stopped, connected']);
});

test('a host that cannot keep records does not start', async () => {
  const { agent, endpoint } = setUp({
    recorders: {
      open: () => Promise.resolve(undefined),
      start: () => Promise.reject(new Error('the directory is in use')),
      stop: () => Promise.resolve(),
    },
  });
  await expect(agent.start()).rejects.toThrow('the directory is in use');
  await settle();
  expect(endpoint.connects).toEqual([]);
});
