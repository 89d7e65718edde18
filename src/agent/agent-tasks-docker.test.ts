import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import {
  BUSYBOX_IMAGE,
  dockerRefusal,
  makeBusyboxImage,
  openDocker,
} from '../platform/runtime/docker/docker.fixture.js';
import { hangingRegistry } from '../platform/runtime/docker/hanging-registry.fixture.js';
import { startAgent } from './fixtures/agent.fixture.js';
import { containerPayload, RecordedLog, TASK_ARN, taskPayload } from './fixtures/agent-host.fixture.js';
import { roleCredentials } from './fixtures/role.fixture.js';
import { ScriptedEndpoint, sessionDocument } from './fixtures/scripted-endpoint.fixture.js';
import { SessionClient } from './fixtures/session-client.fixture.js';
import { createAgentState } from './host/agent-state.js';
import { nodeClock } from './node-clock.js';

const refusal = await dockerRefusal();
const shell = (script: string) => ({
  image: BUSYBOX_IMAGE,
  entryPoint: ['/bin/sh', '-c'],
  command: [script],
  stopTimeout: 1,
});
/** Asks for its credentials and metadata whenever it is told to, by a file. */
const ASKING =
  'while :; do if [ -e /tmp/ask ]; then rm /tmp/ask; ' +
  'wget -qO- --header "Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN" $AWS_CONTAINER_CREDENTIALS_FULL_URI; ' +
  'wget -qO- $ECS_CONTAINER_METADATA_URI_V4; fi; sleep 0.1; done';

describe.skipIf(refusal !== undefined)(`tasks in Docker${refusal ?? ''}`, { timeout: 60_000 }, () => {
  beforeAll(() => makeBusyboxImage(), 60_000);

  /** One life of an agent on a host whose state is in `directory`. */
  async function live(directory: string, leaveContainers: boolean) {
    const { runtime, docker } = await openDocker({ stateDirectory: directory });
    const endpoint = new ScriptedEndpoint();
    const log = new RecordedLog();
    const agent = await startAgent(endpoint, runtime, {
      containers: { region: 'us-east-1', waysDirectory: join(directory, 'ways') },
      log,
      state: createAgentState(directory, new Uint8Array(32).fill(5), log),
      leaveContainers,
    });
    const said = (): { type: string; message: { privateIpv4Address?: string } }[] =>
      endpoint.hosts[0]!.texts.map((text) => JSON.parse(text) as ReturnType<typeof said>[number]);
    const state = () =>
      endpoint.calls.filter(({ action }) => action === 'SubmitTaskStateChange').at(-1)?.input as
        { status: string; containers: { runtimeId: string; status: string; exitCode?: number }[] } | undefined;
    const until = (status: string) =>
      vi.waitFor(() => expect(state()).toMatchObject({ status }), { timeout: 30_000, interval: 100 });
    /** Runs a command in the container of this number, and resolves with what it wrote. */
    const exec = async (index: number, command: string): Promise<string> => {
      const { runtimeId } = state()!.containers[index]!;
      const control = await vi.waitFor(
        () => {
          const found = endpoint.controls.find(({ path }) => path.includes(runtimeId));
          expect(found).toBeDefined();
          return found!;
        },
        { timeout: 20_000 },
      );
      const target = control.path.replace('/v1/control-channel/', '').split('?')[0]!;
      const sessionId = `s${Math.random()}`;
      const client = new SessionClient(endpoint, nodeClock, { sessionId, target, streams: { mode: 'pipes' } });
      const document = sessionDocument(sessionId, command);
      endpoint.controls.splice(endpoint.controls.indexOf(control), 1);
      endpoint.controls.push(control);
      endpoint.startSession(document);
      await vi.waitFor(() => expect(endpoint.completions.some(({ taskId }) => taskId === sessionId)).toBe(true), {
        timeout: 20_000,
      });
      client.leave();
      return client.text();
    };
    const tail = (name: string): string => Buffer.from(agent.containerTail(TASK_ARN, name) ?? []).toString();
    return { agent, docker, endpoint, log, said, state, until, exec, tail };
  }

  test('two containers in a network of their own; the agent is replaced, and nothing else is', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'gangway-dt-'));
    const task = taskPayload({
      networkMode: 'awsvpc',
      pidMode: 'task',
      roleCredentials: roleCredentials(1),
      volumes: [{ name: 'data' }],
      containers: [
        containerPayload('init', {
          ...shell('echo prepared > /data/ready'),
          essential: false,
          mountPoints: [{ sourceVolume: 'data', containerPath: '/data', readOnly: false }],
        }),
        containerPayload('web', {
          ...shell(ASKING),
          mountPoints: [{ sourceVolume: 'data', containerPath: '/data', readOnly: true }],
          dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }],
          settings: { healthCheck: { command: ['CMD-SHELL', 'test -e /data/ready'], interval: 1 } },
        }),
      ],
    });
    const first = await live(directory, true);
    const payload = { type: 'PayloadMessage', message: { messageId: 'm', tasks: [task] } };
    first.endpoint.hosts[0]!.socket.send(JSON.stringify(payload));
    await first.until('RUNNING');
    const network = first.said().find(({ type }) => type === 'TaskNetworkMessage');
    expect(network?.message.privateIpv4Address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    await vi.waitFor(() => expect(JSON.stringify(first.said())).toContain('"HEALTHY"'), { timeout: 20_000 });
    expect(await first.exec(1, '/bin/cat /data/ready')).toBe('prepared\n');
    await first.exec(1, '/bin/touch /tmp/ask');
    await vi.waitFor(() => expect(first.tail('web')).toContain('ASIATASK1'), { timeout: 10_000 });
    await vi.waitFor(() => expect(first.tail('web')).toContain(network!.message.privateIpv4Address));
    const before = first.state()!.containers[1]!.runtimeId;
    await first.agent.stop();

    const second = await live(directory, false);
    expect(second.log.lines.filter((line) => line.startsWith('task adopted'))).toHaveLength(1);
    await second.until('RUNNING');
    expect(second.state()!.containers).toMatchObject([
      { status: 'STOPPED', exitCode: 0 },
      { status: 'RUNNING', runtimeId: before },
    ]);
    expect(second.said().find(({ type }) => type === 'TaskNetworkMessage')).toEqual(network);
    second.endpoint.hosts[0]!.socket.send(
      JSON.stringify({
        type: 'PayloadMessage',
        message: { messageId: 'm', tasks: [{ ...task, roleCredentials: roleCredentials(2) }] },
      }),
    );
    expect(await second.exec(1, '/bin/touch /tmp/ask')).toBe('');
    await vi.waitFor(() => expect(second.tail('web')).toContain('ASIATASK2'), { timeout: 10_000 });
    await second.agent.stop();
    expect(second.state()).toMatchObject({ status: 'STOPPED' });
  });

  test.each(['awsvpc', 'bridge'] as const)(
    'mode %s: a container that ends after its agent was replaced is started again, entered, and finds its role',
    async (networkMode) => {
      const directory = mkdtempSync(join(tmpdir(), 'gangway-dt-'));
      const task = taskPayload({
        networkMode,
        roleCredentials: roleCredentials(1),
        volumes: [{ name: 'data' }],
        containers: [
          containerPayload('web', {
            ...shell(ASKING.replace('sleep', '[ -e /tmp/end ] && exit 3; sleep')),
            mountPoints: [{ sourceVolume: 'data', containerPath: '/data', readOnly: false }],
            restartPolicy: { enabled: true, ignoredExitCodes: [], restartAttemptPeriod: 0 },
          }),
        ],
      });
      const first = await live(directory, true);
      const payload = { type: 'PayloadMessage', message: { messageId: 'm', tasks: [task] } };
      first.endpoint.hosts[0]!.socket.send(JSON.stringify(payload));
      await first.until('RUNNING');
      const before = first.state()!.containers[0]!.runtimeId;
      await first.agent.stop();

      const second = await live(directory, false);
      await second.until('RUNNING');
      await second.exec(0, "/bin/sh -c 'echo kept > /data/file; touch /tmp/end'");
      await vi.waitFor(() => expect(second.state()!.containers[0]!.runtimeId).not.toBe(before), { timeout: 20_000 });
      expect(second.state()).toMatchObject({ status: 'RUNNING', containers: [{ status: 'RUNNING' }] });
      expect(second.log.lines.filter((line) => line.startsWith('container started again'))).toHaveLength(1);
      expect(await second.exec(0, '/bin/cat /data/file')).toBe('kept\n');
      await second.exec(0, '/bin/touch /tmp/ask');
      await vi.waitFor(() => expect(second.tail('web')).toContain('ASIATASK1'), { timeout: 10_000 });
      await second.agent.stop();
      expect(second.state()).toMatchObject({ status: 'STOPPED' });
    },
  );

  test('a task whose image does not come is stopped at once, with what runs of it', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'gangway-dt-'));
    const { image, connections } = await hangingRegistry();
    const task = taskPayload({
      containers: [containerPayload('web', shell('sleep 1000')), containerPayload('late', { image })],
    });
    const { agent, endpoint, until, state } = await live(directory, false);
    const say = (payload: object): void =>
      endpoint.hosts[0]!.socket.send(
        JSON.stringify({ type: 'PayloadMessage', message: { messageId: 'm', tasks: [payload] } }),
      );
    say(task);
    await vi.waitFor(() => expect(connections.size).toBeGreaterThan(0), { timeout: 10_000 });
    const begun = Date.now();
    say({ ...task, desiredStatus: 'STOPPED' });
    await until('STOPPED');
    // The daemon itself would wait for fifteen seconds; web has one for its end.
    expect(Date.now() - begun).toBeLessThan(5_000);
    expect(state()!.containers).toMatchObject([{ status: 'STOPPED', exitCode: 137 }, { status: 'STOPPED' }]);
    expect(state()!.containers[1]!.exitCode).toBeUndefined();
    await agent.stop();
  });
});
