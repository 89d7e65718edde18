import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { encodeFlag, GangwayFlag } from '../core/protocol/flag.js';
import { region, temporary } from '../platform/aws/access-keys.fixture.js';
import { bundledSdk } from '../platform/aws/bundled-sdk.fixture.js';
import { startEndpoint } from '../platform/aws/endpoint.fixture.js';
import { openSandbox, sandboxRefusal } from '../platform/runtime/sandbox/sandbox.fixture.js';
import type { Agent } from './agent.js';
import { startAgent } from './fixtures/agent.fixture.js';
import { containerPayload, TASK_ARN, taskPayload } from './fixtures/agent-host.fixture.js';
import { roleCredentials } from './fixtures/role.fixture.js';
import { ScriptedEndpoint, sessionDocument } from './fixtures/scripted-endpoint.fixture.js';
import { SessionClient } from './fixtures/session-client.fixture.js';
import { nodeClock } from './node-clock.js';

const refusal = await sandboxRefusal();
const OTHER_ARN = `${TASK_ARN.slice(0, -1)}0`;
/** Asks for what the first argument names, with the second as token. */
const FETCH = `
  const [uri, authorization] = process.argv.slice(1);
  const response = await fetch(uri, { headers: authorization ? { authorization } : {} });
  console.log(response.status, await response.text());
`;

describe.skipIf(refusal !== undefined)(`task roles in the sandbox${refusal ?? ''}`, () => {
  const agents: Agent[] = [];
  const clients: SessionClient[] = [];

  afterEach(async () => {
    for (const client of clients.splice(0)) client.leave();
    for (const agent of agents.splice(0)) await agent.stop();
  });

  /** Two tasks of one container each, with the credentials of two roles. */
  async function setUp(endpointUrl?: string) {
    const { runtime, stateDirectory } = openSandbox();
    const endpoint = new ScriptedEndpoint();
    const agent = await startAgent(endpoint, runtime, {
      containers: {
        region,
        waysDirectory: join(stateDirectory, '../ways'),
        ...(endpointUrl !== undefined && { endpointUrl }),
      },
    });
    agents.push(agent);
    const { accessKeyId, secretAccessKey, sessionToken } = temporary;
    const first = { accessKeyId, secretAccessKey: secretAccessKey.reveal(), sessionToken: sessionToken.reveal() };
    // An SDK would ask at once, before the runtime has said that the container has started.
    const command = ['/bin/sh', '-c', 'exec sleep 1000'];
    const containers = [containerPayload('main', { command })];
    const tasks = [
      taskPayload({ containers, roleCredentials: roleCredentials(1, first) }),
      taskPayload({ arn: OTHER_ARN, containers, roleCredentials: roleCredentials(2, { credentialsId: 'other' }) }),
    ];
    const payload = { type: 'PayloadMessage', message: { messageId: 'm', tasks } };
    endpoint.hosts[0]!.socket.send(JSON.stringify(payload));
    await vi.waitFor(() => expect(endpoint.controls).toHaveLength(2), { timeout: 20_000 });
    let count = 0;
    /** Runs a command in the container of a task, as ECS Exec does, and reads what it wrote. */
    const exec = async (taskArn: string, command: string, stdin = ''): Promise<string> => {
      const sessionId = `s${(count += 1)}`;
      const control = endpoint.controls.find(({ path }) => path.includes(taskArn.slice(-32)))!;
      const target = control.path.replace('/v1/control-channel/', '').replace(/\?.*/, '');
      const client = new SessionClient(endpoint, nodeClock, { sessionId, target, streams: { mode: 'pipes' } });
      clients.push(client);
      endpoint.controls.push(...endpoint.controls.splice(endpoint.controls.indexOf(control), 1));
      endpoint.startSession(sessionDocument(sessionId, command));
      await vi.waitFor(() => expect(client.outcomes).toHaveLength(1));
      for (let at = 0; at < stdin.length; at += 50_000) {
        while (!client.channel.writable) await new Promise((resolve) => setTimeout(resolve, 1));
        client.type(stdin.slice(at, at + 50_000));
      }
      client.channel.write(10, encodeFlag(GangwayFlag.StdinEof));
      await vi.waitFor(() => expect(endpoint.completions.some(({ taskId }) => taskId === sessionId)).toBe(true), {
        timeout: 20_000,
      });
      expect(client.text(11)).toBe('');
      return client.text();
    };
    const node = (taskArn: string, program: string, ...args: readonly string[]): Promise<string> => {
      const quoted = [process.execPath, '--input-type=module', '-e', program, ...args].map(
        (word) => `'${word.replaceAll("'", `'"'"'`)}'`,
      );
      return exec(taskArn, quoted.join(' '));
    };
    const environment = async (taskArn: string): Promise<Record<string, string>> => {
      const text = await exec(taskArn, 'env');
      return Object.fromEntries(
        text
          .split('\n')
          .flatMap((line) => (line.includes('=') ? [[line.split('=', 1)[0], line.slice(line.indexOf('=') + 1)]] : [])),
      ) as Record<string, string>;
    };
    return { endpoint, exec, node, environment };
  }

  test('an AWS SDK in an entered shell is the role of the task, by itself', async () => {
    const { url, calls } = await startEndpoint();
    const { exec } = await setUp(url);
    expect(await exec(TASK_ARN, `${process.execPath} --no-warnings -`, await bundledSdk())).toBe(
      'ASIATEMP arn:aws:iam::123456789012:user/a<b>&\n',
    );
    expect(calls.events).toMatchObject([{ operation: 'GetCallerIdentity', status: 200 }]);
  });

  test('credentials and metadata from inside; what was stolen is of no use in another container or on the host', async () => {
    const { node, environment } = await setUp();
    const mine = await environment(TASK_ARN);
    const [uri = '', token = ''] = [
      mine['AWS_CONTAINER_CREDENTIALS_FULL_URI'],
      mine['AWS_CONTAINER_AUTHORIZATION_TOKEN'],
    ];
    const metadata = mine['ECS_CONTAINER_METADATA_URI_V4'] ?? '';
    expect(await node(TASK_ARN, FETCH, uri, token)).toMatch(/^200 .*"AccessKeyId":"ASIATEMP"/);
    expect(await node(TASK_ARN, FETCH, metadata)).toMatch(/^200 .*"Name":"main"/);
    expect(await node(OTHER_ARN, FETCH, uri, token)).toMatch(/^403 .*"HTTPErrorCode":403/);
    expect(await node(OTHER_ARN, FETCH, metadata)).toMatch(/^404 /);
    expect((await fetch(uri, { headers: { authorization: token } })).status).toBe(403);
    expect((await fetch(metadata)).status).toBe(404);
    const theirs = await environment(OTHER_ARN);
    expect(theirs['AWS_CONTAINER_AUTHORIZATION_TOKEN']).not.toBe(token);
    expect(await node(OTHER_ARN, FETCH, uri, theirs['AWS_CONTAINER_AUTHORIZATION_TOKEN'] ?? '')).toMatch(/^403 /);
  });

  test('statistics of what really runs there, each time beside the last', async () => {
    const { node, environment } = await setUp();
    const { ECS_CONTAINER_METADATA_URI_V4: metadata = '' } = await environment(TASK_ARN);
    const read = async (path: string) =>
      JSON.parse((await node(TASK_ARN, FETCH, metadata + path)).slice(4)) as Record<string, unknown>;
    const first = await read('/stats');
    expect(first).toMatchObject({ preread: '0001-01-01T00:00:00Z', name: 'main', num_procs: 0 });
    const second = await read('/stats');
    expect(second['preread']).toBe(first['read']);
    // `sleep`, what holds the container, and the program that asks.
    expect((second['pids_stats'] as { current: number }).current).toBeGreaterThanOrEqual(2);
    expect((second['memory_stats'] as { usage: number }).usage).toBeGreaterThan(20_000_000);
    const task = (await read('/task')) as { Containers: { DockerId: string }[] };
    expect(Object.keys(await read('/task/stats'))).toEqual([task.Containers[0]!.DockerId]);
  });
});
