import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { TaskPayload } from '../core/protocol/agent-service.js';
import { openSandbox, sandboxRefusal } from '../platform/runtime/sandbox/sandbox.fixture.js';
import type { Agent } from './agent.js';
import { startAgent } from './fixtures/agent.fixture.js';
import { containerPayload, TASK_ARN, taskPayload } from './fixtures/agent-host.fixture.js';
import { ScriptedEndpoint } from './fixtures/scripted-endpoint.fixture.js';

const refusal = await sandboxRefusal();
const shell = (script: string) => ({ command: ['/bin/sh', '-c', script], stopTimeout: 2 });
const volume = { sourceVolume: 'data', containerPath: '/mnt', readOnly: false };

describe.skipIf(refusal !== undefined)(`tasks of several containers in the sandbox${refusal ?? ''}`, () => {
  const agents: Agent[] = [];

  afterEach(async () => {
    for (const agent of agents.splice(0)) await agent.stop();
  });

  async function run(changes: Partial<TaskPayload>) {
    const { runtime, stateDirectory } = openSandbox();
    const endpoint = new ScriptedEndpoint();
    const agent = await startAgent(endpoint, runtime, {
      containers: { region: 'us-east-1', waysDirectory: join(stateDirectory, '../ways') },
    });
    agents.push(agent);
    const say = (task: Partial<TaskPayload>): void => {
      const message = { messageId: 'm', tasks: [taskPayload({ ...changes, ...task })] };
      endpoint.hosts[0]!.socket.send(JSON.stringify({ type: 'PayloadMessage', message }));
    };
    say({});
    const state = () =>
      endpoint.calls.filter(({ action }) => action === 'SubmitTaskStateChange').at(-1)?.input as
        | { status: string; reason?: string; containers: { status: string; exitCode?: number; reason?: string }[] }
        | undefined;
    const until = (status: string) =>
      vi.waitFor(() => expect(state()).toMatchObject({ status }), { timeout: 20_000, interval: 50 });
    const said = (): { type: string; message: unknown }[] =>
      endpoint.hosts[0]!.texts.map((text) => JSON.parse(text) as { type: string; message: unknown });
    const tail = (name: string): string => Buffer.from(agent.containerTail(TASK_ARN, name) ?? []).toString();
    return { say, state, until, said, tail };
  }

  test('a container waits for one that prepares a volume, and finds what that has written', async () => {
    const { until, state, tail } = await run({
      volumes: [{ name: 'data' }],
      containers: [
        containerPayload('app', {
          ...shell('cat /mnt/ready; touch /mnt/no; exec sleep 1000'),
          mountPoints: [{ ...volume, readOnly: true }],
          dependsOn: [{ containerName: 'init', condition: 'SUCCESS' }],
        }),
        containerPayload('init', {
          ...shell('sleep 0.3; echo prepared > /mnt/ready'),
          essential: false,
          mountPoints: [volume],
        }),
      ],
    });
    await until('RUNNING');
    expect(state()!.containers).toMatchObject([{ status: 'RUNNING' }, { status: 'STOPPED', exitCode: 0 }]);
    await vi.waitFor(() => expect(tail('app')).toMatch(/prepared\n(.*Read-only file system)/));
  });

  test('a health check enters the container, its verdict is said, and what waits for it starts then', async () => {
    const { until, said, state } = await run({
      containers: [
        containerPayload('web', {
          ...shell('sleep 1; touch /tmp/gangway-up; exec sleep 1000'),
          mountPoints: [{ sourceVolume: 'data', containerPath: '/tmp', readOnly: false }],
          settings: { healthCheck: { command: ['CMD', 'test', '-e', '/tmp/gangway-up'], interval: 1, retries: 9 } },
        }),
        containerPayload('app', {
          ...shell('exec sleep 1000'),
          dependsOn: [{ containerName: 'web', condition: 'HEALTHY' }],
        }),
      ],
      volumes: [{ name: 'data' }],
    });
    await until('PENDING');
    expect(state()!.containers).toMatchObject([{ status: 'RUNNING' }, { status: 'PENDING' }]);
    await until('RUNNING');
    const message = { taskArn: TASK_ARN, containers: [{ containerName: 'web', healthStatus: 'HEALTHY' }] };
    expect(said()).toContainEqual({ type: 'PublishHealthRequest', message });
  });

  test('pidMode task: each sees the other; a container that ignores SIGTERM is gone after its stopTimeout', async () => {
    const { until, say, state, tail } = await run({
      pidMode: 'task',
      containers: [
        containerPayload('stubborn', shell('trap "" TERM; while :; do sleep 0.1; done')),
        containerPayload('looker', {
          ...shell('while ! grep -aq TERM /proc/[0-9]*/cmdline; do sleep 0.1; done; echo seen; exec sleep 1000'),
          dependsOn: [{ containerName: 'stubborn', condition: 'START' }],
        }),
      ],
    });
    await until('RUNNING');
    await vi.waitFor(() => expect(tail('looker')).toBe('seen\n'), { timeout: 10_000 });
    const begun = Date.now();
    say({ desiredStatus: 'STOPPED' });
    await until('STOPPED');
    expect(Date.now() - begun).toBeGreaterThan(1_900);
    expect(state()!.containers[0]).toMatchObject({ status: 'STOPPED', exitCode: 137 });
  });

  test('a command that exits at once, in the middle of three: the task ends with its code', async () => {
    const { until, state } = await run({
      containers: [
        containerPayload('a', shell('exec sleep 1000')),
        containerPayload('b', shell('exit 6')),
        containerPayload('c', shell('exec sleep 1000')),
      ],
    });
    await until('STOPPED');
    expect(state()).toMatchObject({ reason: 'Essential container in task exited' });
    expect(state()!.containers[1]).toMatchObject({ exitCode: 6 });
  });

  test('what the sandbox cannot do is the reason of the task', async () => {
    const { until, state } = await run({
      containers: [containerPayload('a', { ...shell('sleep 1'), settings: { privileged: true } })],
    });
    await until('STOPPED');
    expect(state()!.reason).toMatch(/privileged/);
  });
});
