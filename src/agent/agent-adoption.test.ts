import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { TaskPayload } from '../core/protocol/agent-service.js';
import type { AgentOptions } from './agent.js';
import { agentByHand } from './fixtures/agent.fixture.js';
import { containerPayload, RecordedLog, TASK_ARN, TASK_ID, taskPayload } from './fixtures/agent-host.fixture.js';
import { FakeContainer, FakeRuntime, hangingPull } from './fixtures/fake-runtime.fixture.js';
import { HandClock, settle } from './fixtures/hand-clock.fixture.js';
import { roleCredentials } from './fixtures/role.fixture.js';
import { ScriptedEndpoint, sessionDocument } from './fixtures/scripted-endpoint.fixture.js';
import { SessionClient } from './fixtures/session-client.fixture.js';
import { createAgentState } from './host/agent-state.js';
import { NOT_SURVIVED } from './task/task-container.js';

const rootKey = new Uint8Array(32).fill(7);

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'gangway-adoption-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** An agent on a host with this state; each is another life of it. */
async function live(directory: string, left: readonly FakeContainer[] = [], changes: Partial<AgentOptions> = {}) {
  const clock = new HandClock();
  const endpoint = new ScriptedEndpoint();
  const runtime = new FakeRuntime('docker');
  runtime.outlivesAgent = true;
  if (left.length > 0) runtime.left.set(TASK_ID, [...left]);
  const log = new RecordedLog();
  const state = createAgentState(directory, rootKey, log);
  onTestFinished(() => state.tasks.idle());
  const agent = agentByHand(clock, endpoint, runtime, {
    log,
    state,
    leaveContainers: true,
    ...changes,
  });
  await agent.start();
  await settle();
  const say = async (task: TaskPayload): Promise<void> => {
    const message = { type: 'PayloadMessage', message: { messageId: 'm', tasks: [task] } };
    endpoint.hosts.at(-1)!.socket.send(JSON.stringify(message));
    await settle();
  };
  const reports = () =>
    endpoint.calls.filter(({ action }) => action === 'SubmitTaskStateChange').map(({ input }) => input);
  const manifest = (): unknown => JSON.parse(endpoint.hosts[0]!.texts[0]!);
  /** What is kept is on the disk when this many containers have started. */
  const running = async (count: number): Promise<void> => {
    await vi.waitFor(async () => {
      await settle();
      expect(runtime.containers).toHaveLength(count);
      expect(reports().at(-1)).toMatchObject({ status: 'RUNNING' });
    });
  };
  const leave = async (): Promise<void> => {
    const left = agent.stop();
    await clock.advance(20_000);
    await left;
  };
  return { agent, clock, endpoint, runtime, log, state, say, reports, manifest, running, leave };
}

const two = { containers: [containerPayload('web'), containerPayload('job', { essential: false })] };
const holding = { type: 'TaskManifestMessage', message: { taskArns: [TASK_ARN] } };

test('containers go on while their agent is replaced: nothing is stopped or reported, and the next one holds the task', async () => {
  const directory = temporaryDirectory();
  const first = await live(directory);
  await first.say(taskPayload(two));
  await first.running(2);
  const told = first.reports().length;
  await first.leave();
  expect(first.runtime.containers.map(({ stops }) => stops)).toEqual([[], []]);
  expect(first.runtime.released).toEqual([]);
  expect(first.reports()).toHaveLength(told);

  const left = first.runtime.containers.map(({ spec }) => new FakeContainer(spec));
  const second = await live(directory, left);
  expect(second.runtime.kept).toEqual([TASK_ID]);
  expect(second.runtime.resumed).toMatchObject([{ id: TASK_ID, networkMode: 'host', volumes: [] }]);
  expect(second.runtime.prepared).toEqual([]);
  expect(second.manifest()).toEqual(holding);
  expect(second.reports().at(-1)).toMatchObject({
    status: 'RUNNING',
    pullStartedAt: 1_700_000_000,
    containers: [
      { containerName: 'web', status: 'RUNNING', runtimeId: left[0]!.id },
      { containerName: 'job', status: 'RUNNING', runtimeId: left[1]!.id },
    ],
    managedAgents: [{ status: 'RUNNING' }, { status: 'RUNNING' }],
  });
  await second.say(taskPayload(two));
  expect(second.runtime.containers).toEqual([]);
  left[0]!.stdout.write('still here\n');
  await settle();
  expect(Buffer.from(second.agent.containerTail(TASK_ARN, 'web')!).toString()).toBe('still here\n');
  left[0]!.exit(3);
  await second.clock.advance(1_000);
  await vi.waitFor(() =>
    expect(second.reports().at(-1)).toMatchObject({
      status: 'STOPPED',
      reason: 'Essential container in task exited',
      containers: [{ exitCode: 3 }, { exitCode: 143 }],
    }),
  );
  expect(second.runtime.released).toEqual([TASK_ID]);
  await vi.waitFor(() => expect(readdirSync(join(directory, 'tasks'))).toEqual([]));
});

test('an adopted container can be entered, and its task stopped', async () => {
  const directory = temporaryDirectory();
  const first = await live(directory);
  await first.say(taskPayload());
  await first.running(1);
  const [container] = first.runtime.containers;
  const before = new SessionClient(first.endpoint, first.clock, {
    sessionId: 's1',
    target: first.endpoint.controls[0]!.path.slice('/v1/control-channel/'.length).split('?')[0]!,
    streams: { mode: 'terminal', columns: 80, rows: 24 },
  });
  first.endpoint.startSession(sessionDocument('s1', 'sh'));
  await settle();
  expect(container!.processes).toHaveLength(1);
  await first.leave();
  expect(container!.processes[0]!.calls).toContain('SIGHUP');
  expect(first.endpoint.completions).toMatchObject([
    {
      taskId: 's1',
      finalTaskStatus: 'Failed',
      output: "The session has ended because its host's agent is being replaced.",
    },
  ]);
  expect(before.text(12)).toBe('EXIT_CODE: 129');

  const left = new FakeContainer(container!.spec);
  const second = await live(directory, [left]);
  second.endpoint.startSession(sessionDocument('s2', 'sh'));
  new SessionClient(second.endpoint, second.clock, {
    sessionId: 's2',
    target: second.endpoint.controls[0]!.path.slice('/v1/control-channel/'.length).split('?')[0]!,
    streams: { mode: 'terminal', columns: 80, rows: 24 },
  });
  await settle();
  expect(left.processes).toHaveLength(1);
  await second.say(taskPayload({ desiredStatus: 'STOPPED' }));
  await second.clock.advance(5_000);
  expect(left.stops).toEqual([30_000]);
  await vi.waitFor(() => expect(second.reports().at(-1)).toMatchObject({ status: 'STOPPED' }));
});

test('what has not survived is reported STOPPED, held until that is taken, and forgotten then', async () => {
  const directory = temporaryDirectory();
  const first = await live(directory);
  await first.say(taskPayload(two));
  await first.running(2);
  await first.leave();
  const down = new ScriptedEndpoint();
  down.onEcs = () => {
    throw new Error('ECONNREFUSED');
  };
  const second = await live(directory, [], { api: down });
  expect(JSON.parse(down.hosts[0]!.texts[0]!)).toEqual(holding);
  expect(down.calls.at(-1)!.input).toMatchObject({
    status: 'STOPPED',
    reason: NOT_SURVIVED,
    containers: [
      { containerName: 'web', status: 'STOPPED', reason: NOT_SURVIVED },
      { containerName: 'job', status: 'STOPPED', reason: NOT_SURVIVED },
    ],
    managedAgents: [{ status: 'STOPPED' }, { status: 'STOPPED' }],
  });
  down.onEcs = () => ({});
  await second.clock.advance(30_000);
  await vi.waitFor(() => expect(readdirSync(join(directory, 'tasks'))).toEqual([]));
  down.hosts[0]!.socket.terminate();
  await second.clock.advance(1_000);
  expect(JSON.parse(down.hosts[1]!.texts[0]!)).toMatchObject({ message: { taskArns: [] } });
  expect(second.runtime.containers).toEqual([]);
});

test('a runtime whose containers end with the agent: they are stopped as ever', async () => {
  const directory = temporaryDirectory();
  const first = await live(directory);
  first.runtime.outlivesAgent = false;
  await first.say(taskPayload());
  await first.running(1);
  await first.leave();
  expect(first.runtime.containers[0]!.stops).toEqual([10_000]);
  expect(first.reports().at(-1)).toMatchObject({ status: 'STOPPED' });
});

test('an agent that died: a container it lost counts as ended, one nobody knows is removed, one that waited is started', async () => {
  const directory = temporaryDirectory();
  const containers = [
    containerPayload('gone', { essential: false }),
    containerPayload('init', { essential: false }),
    containerPayload('app', { dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }] }),
  ];
  const first = await live(directory);
  await first.say(taskPayload({ containers }));
  await vi.waitFor(() => expect(first.runtime.containers).toHaveLength(2));
  // It is kept before it is reported that it waits.
  await vi.waitFor(() => expect(first.reports().at(-1)).toMatchObject({ status: 'PENDING' }));
  await vi.waitFor(async () => {
    const [kept] = await first.state.tasks.read();
    expect(kept?.containers.map(({ status }) => status)).toEqual(['RUNNING', 'RUNNING', 'PENDING']);
  });
  const init = new FakeContainer(first.runtime.containers[1]!.spec);
  const stranger = new FakeContainer({ ...init.spec, id: `${TASK_ID}-9999999999` });
  const second = await live(directory, [init, stranger]);
  expect(stranger.stops).toEqual([0]);
  expect(second.runtime.containers).toEqual([]);
  init.exit(0);
  await second.running(1);
  expect(second.reports().at(-1)).toMatchObject({
    status: 'RUNNING',
    containers: [
      { containerName: 'gone', status: 'STOPPED', reason: NOT_SURVIVED },
      { containerName: 'init', status: 'STOPPED', exitCode: 0 },
      { containerName: 'app', status: 'RUNNING', runtimeId: second.runtime.containers[0]!.id },
    ],
  });
});

test('an agent that is replaced during a pull does not wait for it: the next one pulls', async () => {
  const directory = temporaryDirectory();
  const first = await live(directory);
  first.runtime.onStart = (spec, unwanted) =>
    first.runtime.containers.length === 1 ? hangingPull(spec, unwanted) : Promise.resolve();
  await first.say(taskPayload(two));
  await vi.waitFor(() => expect(first.runtime.containers).toHaveLength(1));
  await vi.waitFor(async () => {
    const [kept] = await first.state.tasks.read();
    expect(kept?.containers.map(({ status, runtimeId }) => [status, runtimeId !== undefined])).toEqual([
      ['RUNNING', true],
      ['PENDING', true],
    ]);
  });
  await first.leave();
  expect(first.runtime.containers[0]!.stops).toEqual([]);

  const second = await live(directory, [new FakeContainer(first.runtime.containers[0]!.spec)]);
  await second.running(1);
  expect(second.reports().at(-1)).toMatchObject({
    status: 'RUNNING',
    containers: [
      { containerName: 'web', status: 'RUNNING', runtimeId: first.runtime.containers[0]!.id },
      { containerName: 'job', status: 'RUNNING', runtimeId: second.runtime.containers[0]!.id },
    ],
  });
});

test('an essential container that did not survive ends its task, and what is left of it', async () => {
  const directory = temporaryDirectory();
  const first = await live(directory);
  await first.say(taskPayload(two));
  await first.running(2);
  const job = new FakeContainer(first.runtime.containers[1]!.spec);
  const second = await live(directory, [job]);
  await second.clock.advance(1_000);
  expect(job.stops).toEqual([30_000]);
  await vi.waitFor(() =>
    expect(second.reports().at(-1)).toMatchObject({
      status: 'STOPPED',
      containers: [{ reason: NOT_SURVIVED }, { exitCode: 143 }],
    }),
  );
});

test('containers find their credentials and metadata where they were told, with what they were told', async () => {
  const directory = temporaryDirectory();
  const containers = { region: 'us-east-1', waysDirectory: join(directory, 'ways') };
  const first = await live(directory, [], { containers });
  await first.say(taskPayload({ roleCredentials: roleCredentials(1) }));
  await first.running(1);
  const { spec } = first.runtime.containers[0]!;
  await first.leave();
  const { environment } = spec;
  const ask = (name: string): Promise<Response> =>
    fetch(environment[name]!, { headers: { authorization: environment['AWS_CONTAINER_AUTHORIZATION_TOKEN']! } });
  await expect(ask('ECS_CONTAINER_METADATA_URI_V4')).rejects.toThrow();

  const second = await live(directory, [new FakeContainer(spec)], { containers });
  const credentials = (await (await ask('AWS_CONTAINER_CREDENTIALS_FULL_URI')).json()) as object;
  expect(credentials).toMatchObject({ AccessKeyId: 'ASIATASK1' });
  expect(await (await ask('ECS_CONTAINER_METADATA_URI_V4')).json()).toMatchObject({ DockerId: spec.id });
  await second.say(taskPayload({ roleCredentials: roleCredentials(2) }));
  expect(await (await ask('AWS_CONTAINER_CREDENTIALS_FULL_URI')).json()).toMatchObject({ AccessKeyId: 'ASIATASK2' });
  await second.leave();
});

test('what is kept is for nobody else to read, and says nothing without the key', async () => {
  const directory = temporaryDirectory();
  const first = await live(directory);
  const environment = [{ name: 'DATABASE_PASSWORD', value: 'hunter2-hunter2' }];
  await first.say(
    taskPayload({ roleCredentials: roleCredentials(1), containers: [containerPayload('web', { environment })] }),
  );
  await first.running(1);
  await first.leave();
  const tasks = join(directory, 'tasks');
  const [name] = readdirSync(tasks);
  const path = join(tasks, name!);
  expect([statSync(tasks).mode & 0o777, statSync(path).mode & 0o777]).toEqual([0o700, 0o600]);
  const bytes = readFileSync(path).toString('latin1');
  for (const secret of ['hunter2', 'role secret', 'role/token', TASK_ID]) expect(bytes).not.toContain(secret);
  const log = new RecordedLog();
  const stranger = createAgentState(directory, new Uint8Array(32).fill(8), log);
  writeFileSync(join(tasks, `${name}.0123`), 'cut off');
  const keys = readFileSync(path);
  expect(await stranger.tasks.read()).toEqual([]);
  expect(log.lines.filter((line) => line.includes('cannot be read'))).toHaveLength(2);
  expect(log.lines.join()).not.toContain('hunter2');
  writeFileSync(path, keys, { mode: 0o600 });
  expect(await first.state.tasks.read()).toHaveLength(1);
});
