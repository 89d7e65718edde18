import { createHash, randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { StreamsRequest } from '../core/channel/channel-api.js';
import { encodeFlag, GangwayFlag } from '../core/protocol/flag.js';
import { openSandbox, sandboxRefusal } from '../platform/runtime/sandbox/sandbox.fixture.js';
import type { Agent } from './agent.js';
import { startAgent } from './fixtures/agent.fixture.js';
import { containerPayload, TASK_ARN, taskPayload } from './fixtures/agent-host.fixture.js';
import { ScriptedEndpoint, sessionDocument } from './fixtures/scripted-endpoint.fixture.js';
import { SessionClient } from './fixtures/session-client.fixture.js';
import { nodeClock } from './node-clock.js';

const refusal = await sandboxRefusal();
const TERMINAL: StreamsRequest = { mode: 'terminal', columns: 91, rows: 31, term: 'xterm-256color' };
const PIPES: StreamsRequest = { mode: 'pipes' };

describe.skipIf(refusal !== undefined)(`the agent with the sandbox${refusal ?? ''}`, () => {
  const agents: Agent[] = [];
  const clients: SessionClient[] = [];

  afterEach(async () => {
    for (const client of clients.splice(0)) client.leave();
    for (const agent of agents.splice(0)) await agent.stop();
  });

  /** A running task with one container. */
  async function setUp() {
    const { runtime } = openSandbox();
    const endpoint = new ScriptedEndpoint();
    const agent = await startAgent(endpoint, runtime);
    agents.push(agent);
    const container = containerPayload('main', {
      command: ['/bin/sh', '-c', 'echo up; while :; do sleep 1000; done'],
      environment: [{ name: 'COLOUR', value: 'green' }],
      stopTimeout: 2,
    });
    const say = (desiredStatus: 'RUNNING' | 'STOPPED'): void => {
      const message = { messageId: 'm', tasks: [taskPayload({ containers: [container], desiredStatus })] };
      endpoint.hosts[0]!.socket.send(JSON.stringify({ type: 'PayloadMessage', message }));
    };
    say('RUNNING');
    await vi.waitFor(() => expect(endpoint.controls).toHaveLength(1), { timeout: 20_000 });
    const target = endpoint.posts[0]!.path.replace('/v1/control-channel/', '');
    const begin = (sessionId: string, command: string, streams?: StreamsRequest): SessionClient => {
      const options = { sessionId, target, ...(streams === undefined ? {} : { streams }) };
      const client = new SessionClient(endpoint, nodeClock, options);
      clients.push(client);
      endpoint.startSession(sessionDocument(sessionId, command));
      return client;
    };
    const completion = (sessionId: string) =>
      vi.waitFor(
        () => {
          const found = endpoint.completions.find(({ taskId }) => taskId === sessionId);
          expect(found).toBeDefined();
          return found!;
        },
        { timeout: 20_000 },
      );
    return { agent, endpoint, say, begin, completion };
  }

  test('a terminal: user 0, the environment, the size, the exit code', async () => {
    const { begin, completion } = await setUp();
    const command = `/bin/sh -c 'id -u; echo $COLOUR $HOME $TERM $LANG; stty size; exit 7'`;
    const client = begin('s1', command, TERMINAL);
    expect(await completion('s1')).toMatchObject({ finalTaskStatus: 'Success' });
    expect(client.text()).toBe('0\r\ngreen /root xterm-256color C.UTF-8\r\n31 91\r\n');
    expect(client.text(12)).toBe('EXIT_CODE: 7');
    expect(client.order.slice(-2)).toEqual(['output 12', 'Terminating']);
  });

  test('an interactive shell, typed to by an official client', async () => {
    const { begin, completion } = await setUp();
    const client = begin('s1', '/bin/sh');
    await vi.waitFor(() => expect(client.text()).toMatch(/[#$] $/));
    client.type('echo hi-$((40+2))\r');
    await vi.waitFor(() => expect(client.text()).toContain('hi-42\r\n'));
    client.type('exit\r');
    expect(await completion('s1')).toMatchObject({ finalTaskStatus: 'Success', output: '' });
    expect(client.text(12)).toBe('');
  });

  test('pipes: standard input, output and error apart, and the exit code', async () => {
    const { begin, completion } = await setUp();
    const client = begin('s1', `sh -c 'cat; echo err >&2; exit 7'`, PIPES);
    await vi.waitFor(() => expect(client.outcomes).toHaveLength(1));
    client.type('a\nb\n');
    client.channel.write(10, encodeFlag(GangwayFlag.StdinEof));
    await completion('s1');
    expect([client.text(1), client.text(11), client.text(12)]).toEqual(['a\nb\n', 'err\n', 'EXIT_CODE: 7']);
  });

  test('twenty megabytes through a container, in and out, with the socket cut: the same digest', async () => {
    const { endpoint, begin, completion } = await setUp();
    const client = begin('s1', 'cat', PIPES);
    await vi.waitFor(() => expect(client.outcomes).toHaveLength(1));
    const all = randomBytes(20_000_000);
    for (let at = 0, cut = 0; at < all.length; at += 50_000) {
      while (!client.channel.writable) await new Promise((resolve) => setTimeout(resolve, 1));
      client.channel.write(1, all.subarray(at, at + 50_000));
      if (at / 4_000_000 > cut) {
        cut += 1;
        endpoint.data.at(-1)!.socket.terminate();
      }
    }
    client.channel.write(10, encodeFlag(GangwayFlag.StdinEof));
    await completion('s1');
    const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
    expect(digest(client.bytes())).toBe(digest(all));
    expect(endpoint.data.length).toBeGreaterThan(4);
  });

  test('a command that does not exist: status 127 and the words of the official agent', async () => {
    const { begin, completion } = await setUp();
    const client = begin('s1', 'no-such-command', PIPES);
    const text =
      'Unable to start command: Failed to start pty: exec: "no-such-command": executable file not found in $PATH';
    expect(await completion('s1')).toMatchObject({
      finalTaskStatus: 'Failed',
      output: `\n----------ERROR-------\n${text}`,
    });
    expect(client.text(11)).toBe(`${text}\n`);
    expect(client.text(12)).toBe('EXIT_CODE: 127');
  });

  test('the service ends a session: nothing of its command is left', async () => {
    const { endpoint, begin, completion } = await setUp();
    const client = begin('s1', `/bin/sh -c 'trap "" HUP; echo ready; while :; do sleep 0.1; done'`, TERMINAL);
    await vi.waitFor(() => expect(client.text()).toContain('ready'));
    endpoint.closeChannel(endpoint.data[0]!, 's1');
    expect(await completion('s1')).toMatchObject({ finalTaskStatus: 'Success' });
    const look = begin('s2', `/bin/sh -c 'grep -l t[r]ap /proc/[0-9]*/cmdline; true'`, PIPES);
    await completion('s2');
    expect(look.text()).toBe('');
  });

  test('the container is stopped in mid-session: a clear end', async () => {
    const { agent, endpoint, say, begin, completion } = await setUp();
    const client = begin('s1', '/bin/sh', TERMINAL);
    await vi.waitFor(() => expect(client.text()).toMatch(/[#$] $/));
    expect(Buffer.from(agent.containerTail(TASK_ARN, 'main')!).toString()).toBe('up\n');
    say('STOPPED');
    expect(await completion('s1')).toMatchObject({
      finalTaskStatus: 'Failed',
      output: 'The session has ended because its container has stopped.',
    });
    await vi.waitFor(() => expect(endpoint.calls.at(-1)!.input['status']).toBe('STOPPED'));
  });
});
