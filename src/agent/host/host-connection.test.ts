import { expect, test } from 'vitest';
import type { AgentServiceMessage, TaskPayload, TaskRoleCredentials } from '../../core/protocol/agent-service.js';
import { KeepAlive } from '../connection/keep-alive.js';
import { noJitter, RecordedLog, taskPayload } from '../fixtures/agent-host.fixture.js';
import { HandClock, settle } from '../fixtures/hand-clock.fixture.js';
import { roleCredentials } from '../fixtures/role.fixture.js';
import { ScriptedEndpoint } from '../fixtures/scripted-endpoint.fixture.js';
import { HostConnection, type RoleType } from './host-connection.js';

function setUp() {
  const clock = new HandClock();
  const endpoint = new ScriptedEndpoint();
  const log = new RecordedLog();
  const applied: (readonly TaskPayload[])[] = [];
  const renewed: [string, TaskRoleCredentials, RoleType][] = [];
  const facts: AgentServiceMessage[] = [];
  const connection = new HostConnection({
    api: endpoint,
    clock,
    random: noJitter,
    keepAlive: new KeepAlive(clock),
    log,
    tasks: {
      held: () => ['arn:a', 'arn:b'],
      facts: () => facts,
      apply: (tasks) => applied.push(tasks),
      renew: (...renewal) => renewed.push(renewal),
    },
    query: () => Promise.resolve('hostId=h&capacity=FARGATE'),
  });
  connection.start();
  const said = (): unknown[] => endpoint.hosts.at(-1)!.texts.map((text) => JSON.parse(text));
  const say = (message: unknown): void => endpoint.hosts.at(-1)!.socket.send(JSON.stringify(message));
  return { clock, endpoint, log, applied, renewed, facts, connection, said, say };
}

const manifest = { type: 'TaskManifestMessage', message: { taskArns: ['arn:a', 'arn:b'] } };

test('the first frame of every connection is the manifest', async () => {
  const { clock, endpoint, said } = setUp();
  await settle();
  expect(endpoint.connects).toEqual(['ecs /ws?hostId=h&capacity=FARGATE']);
  expect(said()).toEqual([manifest]);
  endpoint.hosts[0]!.socket.terminate();
  await clock.advance(100);
  expect(endpoint.hosts).toHaveLength(2);
  expect(said()).toEqual([manifest]);
});

test('a payload is applied and acknowledged, its repetition too', async () => {
  const { applied, said, say } = setUp();
  await settle();
  const payload = { type: 'PayloadMessage', message: { messageId: 'm1', tasks: [taskPayload()] } };
  say(payload);
  say(payload);
  await settle();
  expect(applied).toEqual([[taskPayload()], [taskPayload()]]);
  const acknowledged = { type: 'AckRequest', message: { messageId: 'm1' } };
  expect(said()).toEqual([manifest, acknowledged, acknowledged]);
});

test('new credentials of a role are handed on and acknowledged', async () => {
  const { applied, renewed, said, say } = setUp();
  await settle();
  const message = { messageId: 'm1', taskArn: 'arn:a', roleCredentials: roleCredentials() };
  say({ type: 'IAMRoleCredentialsMessage', message });
  await settle();
  expect(renewed).toEqual([['arn:a', roleCredentials(), 'TaskApplication']]);
  expect(applied).toEqual([]);
  expect(said()).toEqual([manifest, { type: 'AckRequest', message: { messageId: 'm1' } }]);
});

test('heartbeats are answered with their own id', async () => {
  const { said, say } = setUp();
  await settle();
  say({ type: 'HeartbeatMessage', message: { messageId: 'beat' } });
  await settle();
  expect(said().at(-1)).toEqual({ type: 'HeartbeatMessage', message: { messageId: 'beat' } });
});

test.each([
  'not JSON',
  '[]',
  '{"type":"PayloadMessage"}',
  '{"type":"PayloadMessage","message":{"messageId":"m","tasks":{}}}',
  '{"type":"PayloadMessage","message":{"messageId":"m","tasks":[{"arn":1}]}}',
  JSON.stringify({
    type: 'PayloadMessage',
    message: { messageId: 'm', tasks: [{ ...taskPayload(), containers: [{ name: 'x' }] }] },
  }),
  '{"type":7,"message":{"messageId":"m"}}',
])('a frame that is not understood is logged and dropped: %s', async (text) => {
  const { endpoint, applied, log, said } = setUp();
  await settle();
  endpoint.hosts[0]!.socket.send(text);
  endpoint.hosts[0]!.socket.send(new Uint8Array(3));
  await settle();
  expect(applied).toEqual([]);
  expect(said()).toEqual([manifest]);
  expect(log.lines.filter((line) => line.includes('not understood'))).toHaveLength(2);
});

test('a message of a type that this agent does not know is logged, and acknowledged so that it is not repeated', async () => {
  const { applied, renewed, log, said, say } = setUp();
  await settle();
  say({ type: 'SomethingNew', message: { messageId: 'm7', tasks: [taskPayload()] } });
  await settle();
  expect([applied, renewed]).toEqual([[], []]);
  expect(said()).toEqual([manifest, { type: 'AckRequest', message: { messageId: 'm7' } }]);
  expect(log.lines.filter((line) => line.includes('SomethingNew'))).toHaveLength(1);
});

test('members of a newer endpoint are passed over', async () => {
  const { applied, say } = setUp();
  await settle();
  const task = { ...taskPayload(), somethingNew: { deep: [1] } };
  say({ type: 'PayloadMessage', message: { messageId: 'm1', tasks: [task], also: true }, more: 1 });
  await settle();
  expect(applied).toEqual([[task]]);
});

test.each([
  { dependsOn: [{ containerName: 'a' }] },
  { dependsOn: {} },
  { mountPoints: [{ sourceVolume: 'v' }] },
  { volumesFrom: ['a'] },
  { startTimeout: '5' },
  { restartPolicy: { enabled: true } },
])('a container that cannot be read: %j', async (members) => {
  const { applied, said, say } = setUp();
  await settle();
  const [container] = taskPayload().containers;
  const task = { ...taskPayload(), containers: [{ ...container, ...members }] };
  say({ type: 'PayloadMessage', message: { messageId: 'm1', tasks: [task] } });
  await settle();
  expect(applied).toEqual([]);
  expect(said()).toEqual([manifest]);
});

test('health and networks of tasks are said again after each manifest', async () => {
  const { clock, endpoint, facts, said } = setUp();
  await settle();
  const health = { taskArn: 'arn:a', containers: [{ containerName: 'main', healthStatus: 'HEALTHY' as const }] };
  facts.push({ type: 'PublishHealthRequest', message: health });
  endpoint.hosts[0]!.socket.terminate();
  await clock.advance(100);
  expect(said()).toEqual([manifest, { type: 'PublishHealthRequest', message: health }]);
});
