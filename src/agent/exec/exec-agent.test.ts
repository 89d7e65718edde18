import { expect, test } from 'vitest';
import { encodeInteractiveShell } from '../../core/protocol/interactive-shell.js';
import type { StreamsRequest } from '../../core/channel/channel-api.js';
import { agentHost, RecordedLog } from '../fixtures/agent-host.fixture.js';
import { FakeContainer } from '../fixtures/fake-runtime.fixture.js';
import { HandClock, settle } from '../fixtures/hand-clock.fixture.js';
import { frame, ScriptedEndpoint, sessionDocument } from '../fixtures/scripted-endpoint.fixture.js';
import { SessionClient } from '../fixtures/session-client.fixture.js';
import { UpgradeRefused } from '../../platform/aws/upgrade-refused.js';
import { CONTAINER_END_MS } from '../session/session.js';
import { CONTROL_BACKOFF } from './control-channel.js';
import {
  ExecAgent,
  FAREWELL_MS,
  INITIALIZATION_MS,
  INITIALIZATION_TRIES,
  MAX_REMEMBERED_SESSIONS,
} from './exec-agent.js';

const TASK_ARN = 'arn:aws:ecs:us-east-1:123456789012:task/demo/0123456789abcdef0123456789abcdef';
const TARGET = 'ecs:demo_0123456789abcdef0123456789abcdef_0123456789abcdef0123456789abcdef-1234567890';
const TERMINAL: StreamsRequest = { mode: 'terminal', columns: 80, rows: 24 };

function setUp(sessionLimit = 2) {
  const clock = new HandClock();
  const endpoint = new ScriptedEndpoint();
  const log = new RecordedLog();
  const container = new FakeContainer();
  const states: string[] = [];
  const agent = new ExecAgent({
    host: agentHost(endpoint, clock, { log }),
    container,
    target: TARGET,
    taskArn: TASK_ARN,
    containerName: 'app',
    sessionLimit,
    containerEnvironment: {},
    changed: (status, reason) => states.push(`${status} ${reason}`),
  });
  const client = (sessionId: string): SessionClient =>
    new SessionClient(endpoint, clock, { sessionId, target: TARGET, streams: TERMINAL });
  /** Starts a session and its client; resolves when the command runs. */
  const begin = async (sessionId: string): Promise<SessionClient> => {
    const joined = client(sessionId);
    endpoint.startSession(sessionDocument(sessionId, '/bin/sh'));
    await settle();
    return joined;
  };
  return { clock, endpoint, log, container, agent, states, client, begin };
}

test('the control channel is opened as the gateway expects it; then the agent is RUNNING', async () => {
  const { endpoint, agent, states } = setUp();
  agent.start();
  await settle();
  const path = `/v1/control-channel/${TARGET}`;
  expect(endpoint.posts.map((post) => post.path)).toEqual([path]);
  expect(JSON.parse(endpoint.posts[0]!.body)).toEqual({ MessageSchemaVersion: '1.0', RequestId: expect.any(String) });
  expect(endpoint.connects).toEqual([`ssmmessages ${path}?role=subscribe&stream=input`]);
  expect(endpoint.controls[0]!.texts.map((text) => JSON.parse(text))).toEqual([
    {
      Cookie: null,
      MessageSchemaVersion: '1.0',
      RequestId: expect.any(String),
      TokenValue: 't0k&n',
      AgentVersion: '3.3.0.0',
      PlatformType: 'linux',
    },
  ]);
  expect(states).toEqual(['RUNNING ExecuteCommandAgent started']);
});

test('not RUNNING before the control channel is open; STOPPED with the cause when that fails for long', async () => {
  const { clock, endpoint, agent, states } = setUp();
  endpoint.onPost = () => ({ status: 400, body: '<BadRequest xmlns=""><message>no</message></BadRequest>' });
  const begun = clock.now();
  agent.start();
  await clock.advance(INITIALIZATION_MS - 1);
  expect(endpoint.posts.length).toBeGreaterThanOrEqual(INITIALIZATION_TRIES);
  expect(states).toEqual([]);
  while (states.length === 0) await clock.advance(100);
  expect(clock.now() - begun).toBeLessThan(2 * INITIALIZATION_MS);
  expect(states).toEqual([
    'STOPPED ExecuteCommandAgent Initialization failed - createControlChannel request failed: ' +
      'unexpected response from the service <BadRequest xmlns=""><message>no</message></BadRequest>',
  ]);
  endpoint.onPost = new ScriptedEndpoint().onPost;
  await clock.advance(60_000);
  expect(states[1]).toBe('RUNNING ExecuteCommandAgent restarted');
  expect(states).toHaveLength(2);
});

const DENIED =
  '<AccessDeniedException><Message>User: arn:aws:sts::1:assumed-role/r/t is not authorized to perform: ' +
  'ssmmessages:X because &quot;no&quot;</Message></AccessDeniedException>';
const DENIED_WORDS = 'User: arn:aws:sts::1:assumed-role/r/t is not authorized to perform: ssmmessages:X because "no"';

test('a task role that may not create a control channel: RUNNING, not connected, and the reason; heals by itself', async () => {
  const { clock, endpoint, agent, states, log } = setUp();
  endpoint.onPost = () => ({ status: 400, body: DENIED });
  agent.start();
  await clock.advance(120_000);
  expect(endpoint.posts.length).toBeGreaterThan(INITIALIZATION_TRIES);
  expect(endpoint.controls).toHaveLength(0);
  const reason = `ssmmessages:CreateControlChannel was refused: ${DENIED_WORDS}`;
  expect(states).toEqual([`RUNNING ExecuteCommandAgent is running but not connected: ${reason}`]);
  expect(log.lines.filter((line) => line.includes('cannot be entered'))).toHaveLength(1);
  endpoint.onPost = new ScriptedEndpoint().onPost;
  await clock.advance(CONTROL_BACKOFF.capMs);
  expect(endpoint.controls).toHaveLength(1);
  expect(states.slice(1)).toEqual(['RUNNING ExecuteCommandAgent started']);
});

test('a permission that is taken away shows when the channel is opened anew, the action that was refused named', async () => {
  const { clock, endpoint, agent, states } = setUp();
  agent.start();
  await settle();
  endpoint.onConnect = () => {
    throw new UpgradeRefused(400, DENIED);
  };
  await clock.advance(60_000);
  expect(states).toEqual(['RUNNING ExecuteCommandAgent started']);
  endpoint.controls[0]!.socket.terminate();
  await clock.advance(1_000);
  expect(states.slice(1)).toEqual([
    `RUNNING ExecuteCommandAgent is running but not connected: ssmmessages:OpenControlChannel was refused: ${DENIED_WORDS}`,
  ]);
  endpoint.onConnect = () => undefined;
  await clock.advance(30_000);
  expect(states.slice(2)).toEqual(['RUNNING ExecuteCommandAgent started']);
});

test('a session runs and is completed, acknowledged once', async () => {
  const { clock, endpoint, container, agent, begin } = setUp();
  agent.start();
  await settle();
  const client = await begin('s1');
  container.processes[0]!.stdout.write('hello');
  container.processes[0]!.exit(0);
  await clock.advance(60_000);
  expect(client.text()).toBe('hello');
  expect(endpoint.completions).toMatchObject([
    { taskId: 's1', instanceId: TARGET, finalTaskStatus: 'Success', output: '', retryNumber: 1 },
  ]);
});

test('a start message that comes twice runs the command once, also after its end', async () => {
  const { clock, endpoint, container, agent, begin } = setUp();
  agent.start();
  await settle();
  await begin('s1');
  endpoint.startSession(sessionDocument('s1', '/bin/sh'));
  await settle();
  container.processes[0]!.exit(0);
  await clock.advance(1_000);
  endpoint.startSession(sessionDocument('s1', '/bin/sh'));
  await clock.advance(1_000);
  expect(container.processes).toHaveLength(1);
  expect(endpoint.data).toHaveLength(1);
  expect(endpoint.completions).toHaveLength(1);
});

test('sessions past the limit are refused in the words of ECS, and a place becomes free again', async () => {
  const { clock, endpoint, container, agent, begin } = setUp(2);
  agent.start();
  await settle();
  for (const id of ['s1', 's2', 's3']) await begin(id);
  expect(container.processes).toHaveLength(2);
  expect(endpoint.completions).toMatchObject([
    {
      taskId: 's3',
      finalTaskStatus: 'Failed',
      output: 'Unable to start new execute sessions because the maximum session limit of 2 has been reached.',
    },
  ]);
  container.processes[0]!.exit(0);
  await clock.advance(1_000);
  await begin('s4');
  expect(container.processes).toHaveLength(3);
});

test('channel_closed on the control channel ends its session and no other', async () => {
  const { clock, endpoint, container, agent, begin } = setUp();
  agent.start();
  await settle();
  await begin('s1');
  await begin('s2');
  endpoint.closeChannel(endpoint.controls[0]!, 's1');
  endpoint.closeChannel(endpoint.controls[0]!, 'unknown');
  await clock.advance(1_000);
  expect(container.processes.map(({ calls }) => calls)).toEqual([['SIGHUP'], []]);
  expect(endpoint.completions).toMatchObject([{ taskId: 's1', finalTaskStatus: 'Success' }]);
});

test('sessions survive a restart of the endpoint; what they wrote meanwhile arrives', async () => {
  const { clock, endpoint, container, agent, states, begin } = setUp();
  agent.start();
  await settle();
  const clients = [await begin('s1'), await begin('s2')];
  container.processes[0]!.stdout.write('before ');
  await settle();
  const refuse = (): never => {
    throw new Error('ECONNREFUSED');
  };
  endpoint.onPost = refuse;
  for (const end of [...endpoint.controls, ...endpoint.data]) end.socket.terminate();
  await settle();
  container.processes[0]!.stdout.write('during ');
  container.processes[1]!.stdout.write('other');
  await clock.advance(20_000);
  endpoint.onPost = new ScriptedEndpoint().onPost;
  await clock.advance(30_000);
  container.processes[0]!.stdout.write('after');
  await clock.advance(1_000);
  expect(clients.map((client) => client.text())).toEqual(['before during after', 'other']);
  expect(endpoint.controls).toHaveLength(2);
  expect(container.processes).toHaveLength(2);
  expect(states).toEqual(['RUNNING ExecuteCommandAgent started']);
});

test('a session that ends while the endpoint is away is completed when it is back', async () => {
  const { clock, endpoint, container, agent, begin } = setUp();
  agent.start();
  await settle();
  await begin('s1');
  endpoint.onPost = () => {
    throw new Error('ECONNREFUSED');
  };
  for (const end of [...endpoint.controls, ...endpoint.data]) end.socket.terminate();
  await settle();
  container.processes[0]!.exit(5);
  await clock.advance(60_000);
  expect(endpoint.completions).toEqual([]);
  endpoint.onPost = new ScriptedEndpoint().onPost;
  await clock.advance(30_000);
  expect(endpoint.completions).toMatchObject([{ taskId: 's1', finalTaskStatus: 'Success', retryNumber: 1 }]);
});

test('malformed control messages are logged and dropped; the agent goes on', async () => {
  const { endpoint, log, container, agent, begin } = setUp();
  agent.start();
  await settle();
  const { socket } = endpoint.controls[0]!;
  const whole = frame('interactive_shell', encodeInteractiveShell(sessionDocument('s0', 'sh')));
  socket.send('x'.repeat(500));
  socket.send(new Uint8Array(3));
  socket.send(whole.subarray(0, 119));
  socket.send(frame('interactive_shell', Buffer.from('{"Content":"{}"}')));
  socket.send(frame('interactive_shell', Buffer.from('not JSON')));
  socket.send(frame('channel_closed', Buffer.from('[]')));
  socket.send(frame('agent_task_acknowledge', Buffer.from('{}')));
  socket.send(frame('agent_job', Buffer.from('{}')));
  await settle();
  expect(log.lines.filter((line) => line.startsWith('control message dropped'))).toHaveLength(6);
  await begin('s1');
  expect(container.processes).toHaveLength(1);
});

test('the container stops: sessions end, the service is told, the control channel closes', async () => {
  const { clock, endpoint, container, agent, begin } = setUp();
  agent.start();
  await settle();
  const client = await begin('s1');
  container.exit(0);
  const stopped = agent.stop();
  await clock.advance(CONTAINER_END_MS);
  await stopped;
  await settle();
  expect(endpoint.completions).toMatchObject([
    { taskId: 's1', finalTaskStatus: 'Failed', output: 'The session has ended because its container has stopped.' },
  ]);
  expect(client.text(12)).toBe('EXIT_CODE: 137');
  expect(endpoint.controls[0]!.socket.closed?.code).toBe(1000);
  endpoint.controls[0]!.socket.terminate();
  await clock.advance(60_000);
  expect(endpoint.controls).toHaveLength(1);
});

test('a service that acknowledges nothing holds up the end of a container only so long', async () => {
  const { clock, endpoint, container, agent, begin } = setUp();
  endpoint.acknowledgeCompletions = false;
  agent.start();
  await settle();
  await begin('s1');
  container.exit(0);
  let done = false;
  void agent.stop().then(() => (done = true));
  await clock.advance(CONTAINER_END_MS + FAREWELL_MS);
  expect(done).toBe(true);
  expect(endpoint.completions.length).toBeGreaterThan(1);
});

test('ended sessions are remembered up to a bound', async () => {
  const { clock, endpoint, agent } = setUp(0);
  agent.start();
  await settle();
  for (let index = 0; index <= MAX_REMEMBERED_SESSIONS; index += 1) {
    endpoint.startSession(sessionDocument(`s${index}`, 'sh'));
  }
  await clock.advance(100);
  const told = endpoint.completions.length;
  endpoint.startSession(sessionDocument('s1', 'sh'));
  await clock.advance(100);
  expect(endpoint.completions).toHaveLength(told);
  endpoint.startSession(sessionDocument('s0', 'sh'));
  await clock.advance(100);
  expect(endpoint.completions).toHaveLength(told + 1);
});

test('nothing a user types or reads, and no token, comes into the log', async () => {
  const { clock, endpoint, log, container, agent, begin } = setUp();
  agent.start();
  await settle();
  const client = await begin('s1');
  client.type('pass-w0rd\r');
  container.processes[0]!.stdout.write('s3cret output');
  await settle();
  endpoint.data[0]!.socket.terminate();
  await clock.advance(1_000);
  container.processes[0]!.exit(0);
  await clock.advance(1_000);
  const text = log.lines.join('\n');
  expect(text).toContain('session ended');
  for (const secret of ['pass-w0rd', 's3cret', 't0k&n']) expect(text).not.toContain(secret);
});
