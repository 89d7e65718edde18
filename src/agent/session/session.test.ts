import { createHash, randomBytes } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import type { StreamsRequest } from '../../core/channel/channel-api.js';
import { encodeFlag, Flag, GangwayFlag, signalFlag } from '../../core/protocol/flag.js';
import { encodeSize } from '../../core/protocol/size.js';
import { NO_SESSION_INPUTS, type SessionDocument } from '../../core/protocol/session-document.js';
import { EnterError } from '../../platform/runtime/runtime.js';
import type { AgentHost } from '../agent-host.js';
import { agentHost } from '../fixtures/agent-host.fixture.js';
import { FakeContainer, type FakeProcess } from '../fixtures/fake-runtime.fixture.js';
import { HandClock, settle } from '../fixtures/hand-clock.fixture.js';
import { frame, ScriptedEndpoint, sessionDocument } from '../fixtures/scripted-endpoint.fixture.js';
import { SessionClient } from '../fixtures/session-client.fixture.js';
import { ABSENT_DRAIN_MS, DRAIN_MS } from './data-link.js';
import { HANG_UP_MS } from './hang-up.js';
import { CONTAINER_END_MS, EXIT_WAIT_MS, Session, type SessionEnd } from './session.js';
import { SIZE_WAIT_MS } from './session-input.js';

const TARGET = 'ecs:demo_0123456789abcdef0123456789abcdef_0123456789abcdef0123456789abcdef-1234567890';
const ID = 'ecs-execute-command-0123456789abcdefg';
const TERMINAL: StreamsRequest = { mode: 'terminal', columns: 120, rows: 40, term: 'xterm-kitty' };
const PIPES: StreamsRequest = { mode: 'pipes' };

const clients: SessionClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.leave();
});

function setUp(
  options: {
    streams?: StreamsRequest;
    document?: Partial<SessionDocument>;
    command?: string;
    host?: Partial<AgentHost>;
    containerEnvironment?: Record<string, string>;
  } = {},
) {
  const clock = new HandClock();
  const endpoint = new ScriptedEndpoint();
  const container = new FakeContainer({
    id: 'c',
    image: 'host',
    argv: ['sleep'],
    environment: {},
    workingDirectory: '/',
    user: '',
    hostname: 'c',
    readonlyRootFilesystem: false,
  });
  const client = new SessionClient(endpoint, clock, {
    sessionId: ID,
    target: TARGET,
    ...(options.streams === undefined ? {} : { streams: options.streams }),
  });
  clients.push(client);
  const session = new Session({
    host: agentHost(endpoint, clock, options.host),
    document: sessionDocument(ID, options.command ?? '/bin/sh', options.document),
    target: TARGET,
    container,
    containerEnvironment: options.containerEnvironment ?? {},
  });
  const ends: SessionEnd[] = [];
  const begin = async (): Promise<void> => {
    void session.run().then((end) => ends.push(end));
    await settle();
  };
  const started = async (): Promise<FakeProcess> => {
    const next = container.nextProcess();
    await begin();
    const process = await next;
    await settle();
    return process;
  };
  return { clock, endpoint, container, client, session, ends, begin, started };
}

test('the data channel is opened as the gateway expects it, the handshake offered, the command run', async () => {
  const { endpoint, client, container, started } = setUp({ streams: TERMINAL, command: '/bin/sh -c "ls -l"' });
  await started();
  const path = `/v1/data-channel/${ID}`;
  expect(endpoint.posts).toEqual([{ path, body: expect.any(String) }]);
  expect(JSON.parse(endpoint.posts[0]!.body)).toMatchObject({ MessageSchemaVersion: '1.0', ClientId: '' });
  expect(endpoint.connects).toEqual([`ssmmessages ${path}?role=publish_subscribe`]);
  expect(JSON.parse(endpoint.data[0]!.texts[0]!)).toMatchObject({
    MessageSchemaVersion: '1.0',
    TokenValue: 't0k&n',
    ClientInstanceId: TARGET,
    ClientId: '',
  });
  expect(client.order.slice(0, 2)).toEqual(['Connected', 'output 5']);
  expect(client.outcomes).toMatchObject([{ sessionType: 'InteractiveCommands', encrypted: false, streams: TERMINAL }]);
  expect(container.processes[0]!.request).toEqual({
    argv: ['/bin/sh', '-c', 'ls -l'],
    environment: { TERM: 'xterm-kitty', HOME: '/root', LANG: 'C.UTF-8' },
    terminal: { columns: 120, rows: 40 },
  });
});

test('LANG of the container is left alone; TERM is xterm-256color where the client names none', async () => {
  const { started } = setUp({ streams: PIPES, containerEnvironment: { LANG: 'de_DE.UTF-8' } });
  const process = await started();
  expect(process.request.environment).toEqual({ TERM: 'xterm-256color', HOME: '/root' });
  expect(process.request.terminal).toBeUndefined();
});

test('the official client sends its size first, and the terminal starts with it', async () => {
  const { client, container, begin } = setUp();
  await begin();
  expect(container.processes).toEqual([]);
  client.channel.write(3, encodeSize({ cols: 300, rows: 100 }));
  client.type('ls\r');
  await settle();
  const process = container.processes[0]!;
  expect(process.request.terminal).toEqual({ columns: 300, rows: 100 });
  expect(String(process.stdin.read())).toBe('ls\r');
  client.channel.write(3, encodeSize({ cols: 90, rows: 20 }));
  await settle();
  expect(process.calls).toEqual(['resize 90x20']);
});

test('a client that sends no size waits no longer than the named time', async () => {
  const { clock, container, begin } = setUp();
  await begin();
  await clock.advance(SIZE_WAIT_MS - 1);
  expect(container.processes).toEqual([]);
  await clock.advance(1);
  expect(container.processes[0]!.request.terminal).toEqual({ columns: 80, rows: 24 });
});

test('typing ends the wait for a size, and is not lost', async () => {
  const { client, container, begin } = setUp();
  await begin();
  client.type('a');
  client.type('b');
  await settle();
  expect(container.processes[0]!.request.terminal).toEqual({ columns: 80, rows: 24 });
  expect(String(container.processes[0]!.stdin.read())).toBe('ab');
});

test('terminal: all output, then the exit status, then Terminating', async () => {
  const { client, endpoint, ends, started } = setUp({ streams: TERMINAL });
  const process = await started();
  process.stdout.write('one\r\n');
  await settle();
  process.stdout.write('two\r\n');
  process.exit(7);
  await settle();
  await settle();
  expect(client.text()).toBe('one\r\ntwo\r\n');
  expect(client.text(12)).toBe('EXIT_CODE: 7');
  expect(client.order.slice(-2)).toEqual(['output 12', 'Terminating']);
  expect(client.order.filter((each) => each === 'output 12' || each === 'Terminating')).toHaveLength(2);
  expect(ends).toEqual([{ status: 'Success', output: '' }]);
  expect(endpoint.data[0]!.socket.closed?.code).toBe(1000);
});

test('the official client gets output and nothing else', async () => {
  const { clock, client, container, ends, begin } = setUp();
  await begin();
  await clock.advance(SIZE_WAIT_MS);
  const process = container.processes[0]!;
  process.stdout.write('hello');
  process.exit(7);
  await settle();
  await settle();
  expect(client.text()).toBe('hello');
  expect(new Set(client.order)).toEqual(new Set(['Connected', 'output 5', 'output 7', 'output 1', 'Terminating']));
  expect(ends).toEqual([{ status: 'Success', output: '' }]);
});

test('pipes: stdin, stdout and stderr apart, exit code last', async () => {
  const { client, ends, started } = setUp({ streams: PIPES, command: 'cat' });
  const process = await started();
  client.type('in\n');
  client.channel.write(10, encodeFlag(GangwayFlag.StdinEof));
  await settle();
  expect(String(process.stdin.read())).toBe('in\n');
  expect(process.stdin.writableEnded).toBe(true);
  process.stdout.write('out');
  process.stderr.write('err');
  await settle();
  process.exit(3);
  await settle();
  await settle();
  expect(client.text(1)).toBe('out');
  expect(client.text(11)).toBe('err');
  expect(client.text(12)).toBe('EXIT_CODE: 3');
  expect(client.order.slice(-2)).toEqual(['output 12', 'Terminating']);
  expect(ends).toEqual([{ status: 'Success', output: '' }]);
});

test('pipes: the session waits for both pipes and for the exit', async () => {
  const { clock, ends, started } = setUp({ streams: PIPES });
  const process = await started();
  process.stdout.end();
  await clock.advance(10_000);
  expect(ends).toEqual([]);
  process.stderr.end('late');
  await clock.advance(10_000);
  expect(ends).toEqual([]);
  process.exit(0);
  await settle();
  expect(ends).toEqual([{ status: 'Success', output: '' }]);
});

test('T25: a terminal ends with its last holder, not with the command', async () => {
  const { clock, client, container, ends, started } = setUp({ streams: TERMINAL });
  const next = container.nextProcess();
  void next;
  const process = await started();
  // The shell is gone, a background job still holds the terminal.
  const end = process.stdout.end.bind(process.stdout);
  process.stdout.end = () => process.stdout;
  process.exit(0);
  await clock.advance(60_000);
  expect(ends).toEqual([]);
  process.stdout.write('from the background');
  process.stdout.end = end;
  process.stdout.end();
  await settle();
  expect(client.text()).toBe('from the background');
  expect(ends).toHaveLength(1);
});

test('a command that lets go of its terminal and stays is not waited for without end', async () => {
  const { clock, client, ends, started } = setUp({ streams: TERMINAL });
  const process = await started();
  process.stdout.end('bye');
  await clock.advance(EXIT_WAIT_MS);
  expect(client.text(12)).toBe('EXIT_CODE: 0');
  await clock.advance(HANG_UP_MS);
  expect(ends).toEqual([{ status: 'Success', output: '' }]);
});

test.each([
  [1, 'SIGHUP'],
  [2, 'SIGINT'],
  [3, 'SIGQUIT'],
  [9, 'SIGKILL'],
  [15, 'SIGTERM'],
])('flag for signal %i becomes %s', async (number, name) => {
  const { client, started } = setUp({ streams: PIPES });
  const process = await started();
  client.channel.write(10, encodeFlag(signalFlag(number)));
  await settle();
  expect(process.calls[0]).toBe(name);
});

test('a full stdin holds the client back, byte for byte', async () => {
  const { client, container, ends, started } = setUp({ streams: PIPES });
  container.stdinHighWaterMark = 16_384;
  const process = await started();
  const all = randomBytes(12_000_000);
  const hash = createHash('sha256');
  let sent = 0;
  const feed = async (): Promise<void> => {
    while (sent < all.length) {
      if (client.channel.writable) {
        client.channel.write(1, all.subarray(sent, sent + 65_536));
        sent += 65_536;
      } else {
        await settle();
        if (process.stdin.readableLength === 0 && process.stdin.writableLength === 0) await settle();
        else break;
      }
    }
  };
  await feed();
  // Nothing was read: what has gone out is bounded by the window, and what the process's pipe holds is bounded too.
  expect(sent).toBeLessThan(all.length);
  expect(process.stdin.readableLength + process.stdin.writableLength).toBeLessThan(16_384 + 2 * 65_536);
  process.stdin.on('data', (chunk: Buffer) => hash.update(chunk));
  const finished = new Promise((resolve) => process.stdin.once('end', resolve));
  const rest = async (): Promise<void> => {
    while (sent < all.length) {
      while (!client.channel.writable) await settle();
      client.channel.write(1, all.subarray(sent, sent + 65_536));
      sent += 65_536;
    }
    client.channel.write(10, encodeFlag(GangwayFlag.StdinEof));
  };
  await rest();
  await finished;
  expect(hash.digest('hex')).toBe(createHash('sha256').update(all).digest('hex'));
  expect(ends).toEqual([]);
});

test('a command that closes its stdin does not hold up the session', async () => {
  const { client, started } = setUp({ streams: PIPES });
  const process = await started();
  process.stdin.destroy(new Error('EPIPE'));
  await settle();
  for (let index = 0; index < 20; index += 1) client.type('x'.repeat(60_000));
  await settle();
  expect(client.channel.drained).toBe(true);
  process.stdout.end('done');
  await settle();
  expect(client.text()).toBe('done');
});

test('a client that takes nothing stops the command itself, and gets everything in the end', async () => {
  const { clock, client, ends, started } = setUp({ streams: PIPES });
  const process = await started();
  client.channel.pauseDelivery();
  const all = randomBytes(16_000_000);
  let written = 0;
  const source = (async (): Promise<void> => {
    while (written < all.length) {
      const more = process.stdout.write(all.subarray(written, written + 50_000));
      written += 50_000;
      if (!more) await new Promise((resolve) => process.stdout.once('drain', resolve));
    }
    process.exit(0);
  })();
  for (let turn = 0; turn < 50; turn += 1) await settle();
  expect(written).toBeLessThan(6_000_000);
  client.channel.resumeDelivery();
  while (ends.length === 0) await clock.advance(100);
  await source;
  expect(createHash('sha256').update(client.bytes()).digest('hex')).toBe(
    createHash('sha256').update(all).digest('hex'),
  );
});

test('resume in mid-stream: the socket cut twenty times, every byte arrives once and in order', async () => {
  const { clock, client, endpoint, ends, started } = setUp({ streams: PIPES });
  const process = await started();
  const all = randomBytes(10_000_000);
  for (let cut = 0; cut < 20; cut += 1) {
    // Cut while the piece is under way: after it was sent, before or while it is acknowledged.
    process.stdout.write(all.subarray(cut * 500_000, (cut + 1) * 500_000));
    for (let turn = 0; turn < cut % 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    endpoint.data.at(-1)!.socket.terminate();
    await clock.advance(200);
  }
  process.exit(0);
  while (ends.length === 0) await clock.advance(100);
  expect(endpoint.data).toHaveLength(21);
  expect(client.bytes().equals(all)).toBe(true);
  expect(ends).toEqual([{ status: 'Success', output: '' }]);
  expect(client.order.filter((each) => each === 'Connected')).toHaveLength(1);
});

test('the command runs on while there is no data channel, and the attempts have no end', async () => {
  const { clock, client, endpoint, started } = setUp({ streams: TERMINAL });
  const process = await started();
  endpoint.onPost = () => {
    throw new Error('ECONNREFUSED');
  };
  endpoint.data[0]!.socket.terminate();
  await clock.advance(3_600_000);
  process.stdout.write('still here');
  await settle();
  expect(endpoint.posts.length).toBeGreaterThan(500);
  endpoint.onPost = new ScriptedEndpoint().onPost;
  await clock.advance(5_000);
  expect(client.text()).toBe('still here');
});

test('a service that says the session is over is believed: the command is hung up on', async () => {
  const { clock, endpoint, ends, started } = setUp({ streams: TERMINAL });
  const process = await started();
  endpoint.onPost = () => ({ status: 400, body: '<Error><message>Session is already terminated</message></Error>' });
  endpoint.data[0]!.socket.terminate();
  await clock.advance(200);
  const { posts } = endpoint;
  await clock.advance(60_000);
  expect(posts).toHaveLength(2);
  expect(process.calls).toEqual(['SIGHUP']);
  expect(ends).toMatchObject([{ status: 'Failed' }]);
});

test('a data channel that is never granted fails the session, in the words of the official agent', async () => {
  const { clock, endpoint, container, ends, begin } = setUp();
  endpoint.onPost = () => ({ status: 400, body: '<BadRequest><message>Unauthorized request.</message></BadRequest>' });
  await begin();
  await clock.advance(60_000);
  expect(endpoint.posts).toHaveLength(6);
  expect(container.processes).toEqual([]);
  expect(ends).toEqual([
    {
      status: 'Failed',
      output:
        `\n----------ERROR-------\nSetting up data channel with id ${ID} failed: ` +
        'failed to create websocket for datachannel with error: CreateDataChannel failed with no output or error: ' +
        'createDataChannel request failed: unexpected response from the service ' +
        '<BadRequest><message>Unauthorized request.</message></BadRequest>',
    },
  ]);
});

test('channel_closed: hang-up, then kill; no Terminating, and the completion says Success', async () => {
  const { clock, client, endpoint, ends, started } = setUp({ streams: TERMINAL });
  const process = await started();
  process.mortal = ['SIGKILL'];
  endpoint.closeChannel(endpoint.data[0]!, ID);
  await clock.advance(HANG_UP_MS - 1);
  expect(process.calls).toEqual(['SIGHUP']);
  expect(ends).toEqual([]);
  await clock.advance(1);
  expect(process.calls).toEqual(['SIGHUP', 'SIGKILL']);
  expect(ends).toEqual([{ status: 'Success', output: '' }]);
  expect(client.order).not.toContain('Terminating');
});

test('channel_closed ends a session whose command reads nothing', async () => {
  const { clock, client, container, endpoint, ends, started } = setUp({ streams: PIPES });
  container.stdinHighWaterMark = 1_000;
  await started();
  for (let index = 0; index < 10; index += 1) client.type('x'.repeat(60_000));
  await settle();
  endpoint.closeChannel(endpoint.data[0]!, ID);
  await clock.advance(HANG_UP_MS);
  expect(ends).toEqual([{ status: 'Success', output: '' }]);
});

test('channel_closed while the command is being started leaves none behind', async () => {
  const { container, endpoint, ends, begin } = setUp({ streams: TERMINAL });
  let enter: () => void = () => undefined;
  container.onEnter = () => new Promise((resolve) => (enter = resolve));
  await begin();
  endpoint.closeChannel(endpoint.data[0]!, ID);
  await settle();
  expect(ends).toEqual([]);
  enter();
  await settle();
  expect(container.processes[0]!.calls).toEqual(['SIGHUP']);
  expect(ends).toEqual([{ status: 'Success', output: '' }]);
});

test('the flag TerminateSession ends the session', async () => {
  const { client, ends, started } = setUp({ streams: TERMINAL });
  const process = await started();
  client.channel.write(10, encodeFlag(Flag.TerminateSession));
  await settle();
  expect(process.calls).toEqual(['SIGHUP']);
  expect(ends).toEqual([{ status: 'Success', output: '' }]);
});

const NOT_FOUND = 'Unable to start command: Failed to start pty: exec: "nosuch": executable file not found in $PATH';

test.each([
  ['nosuch -x', new EnterError('no such command', 127), 127, NOT_FOUND],
  [
    '/no/such',
    new EnterError('no such command', 127),
    127,
    'Unable to start command: Failed to start pty: fork/exec /no/such: no such file or directory',
  ],
  [
    '/etc/passwd',
    new EnterError('not executable', 126),
    126,
    'Unable to start command: Failed to start pty: fork/exec /etc/passwd: permission denied',
  ],
  ['sh', new Error('EAGAIN'), 126, 'Unable to start command: Failed to start pty: EAGAIN'],
])('a command that does not start: %s', async (command, error, status, text) => {
  const { client, container, ends, begin } = setUp({ streams: PIPES, command });
  container.onEnter = () => Promise.reject(error);
  await begin();
  await settle();
  expect(client.text(11)).toBe(`${text}\n`);
  expect(client.text(12)).toBe(`EXIT_CODE: ${status}`);
  expect(client.order.slice(-2)).toEqual(['output 11', 'output 12']);
  expect(ends).toEqual([{ status: 'Failed', output: `\n----------ERROR-------\n${text}` }]);
});

test('toward the official client a failed start has no stream messages', async () => {
  const { clock, client, container, ends, begin } = setUp({ command: 'nosuch' });
  container.onEnter = () => Promise.reject(new EnterError('no such command', 127));
  await begin();
  await clock.advance(SIZE_WAIT_MS);
  expect(client.received).toEqual([]);
  expect(ends).toEqual([{ status: 'Failed', output: `\n----------ERROR-------\n${NOT_FOUND}` }]);
});

test.each([
  ['sh -c "oops', 'Unable to start command: Failed to parse commands input: EOF found when expecting closing quote'],
  ['   ', 'Commands cannot be empty for session type InteractiveCommands'],
])('a command line that is none: %j', async (command, text) => {
  const { container, ends, begin } = setUp({ streams: PIPES, command });
  await begin();
  await settle();
  expect(container.processes).toEqual([]);
  expect(ends).toEqual([{ status: 'Failed', output: `\n----------ERROR-------\n${text}` }]);
});

test('a standard stream without a command is a shell', async () => {
  const { started } = setUp({ streams: TERMINAL, command: '', document: { sessionType: 'Standard_Stream' } });
  expect((await started()).request.argv).toEqual(['/bin/sh']);
});

test('a key that no key service can fetch fails the session', async () => {
  const { clock, ends, begin } = setUp({ document: { inputs: { ...NO_SESSION_INPUTS, kmsKeyId: 'arn:aws:kms:k' } } });
  await begin();
  await clock.advance(100);
  expect(ends).toMatchObject([{ status: 'Failed' }]);
  expect(ends[0]!.output).toContain(
    'Encountered error while initiating handshake. Fetching data key failed: Unable to retrieve data key, ' +
      'Error when decrypting data key ',
  );
});

test('a client that never answers the handshake fails the session after 15 seconds', async () => {
  const { clock, client, ends, begin } = setUp();
  client.present = false;
  await begin();
  await clock.advance(15_050);
  expect(ends).toMatchObject([{ status: 'Failed' }]);
  expect(ends[0]!.output).toContain('Handshake timed out.');
});

test('the container dies: its last output arrives, then a clear end', async () => {
  const { clock, client, container, session, ends, started } = setUp({ streams: TERMINAL });
  const process = await started();
  process.stdout.write('last words');
  container.exit(1);
  await settle();
  session.containerStopped();
  await clock.advance(CONTAINER_END_MS);
  expect(client.text()).toBe('last words');
  expect(client.text(12)).toBe('EXIT_CODE: 137');
  expect(client.order).not.toContain('Terminating');
  expect(ends).toEqual([{ status: 'Failed', output: 'The session has ended because its container has stopped.' }]);
});

test('the container dies and its command will not: the session ends all the same', async () => {
  const { clock, session, ends, started } = setUp({ streams: TERMINAL });
  const process = await started();
  process.mortal = [];
  session.containerStopped();
  await clock.advance(CONTAINER_END_MS + 2 * HANG_UP_MS);
  expect(ends).toMatchObject([{ status: 'Failed' }]);
});

test('the container dies before the command runs', async () => {
  const { session, ends, begin } = setUp();
  await begin();
  session.containerStopped();
  await settle();
  expect(ends).toMatchObject([{ status: 'Failed' }]);
});

test('a command killed with SIGKILL while its container lives has an exit code like any other', async () => {
  const { clock, client, ends, started } = setUp({ streams: TERMINAL });
  (await started()).exit(137);
  await clock.advance(CONTAINER_END_MS);
  expect(client.text(12)).toBe('EXIT_CODE: 137');
  expect(ends).toEqual([{ status: 'Success', output: '' }]);
});

test('the end waits for acknowledgements, two seconds from the last one', async () => {
  const { clock, client, ends, started } = setUp({ streams: PIPES });
  const process = await started();
  client.present = false;
  process.stdout.write('unread');
  process.exit(0);
  await clock.advance(DRAIN_MS - 100);
  expect(ends).toEqual([]);
  await clock.advance(100);
  expect(ends).toEqual([{ status: 'Success', output: '' }]);
  expect(client.order.at(-1)).toBe('Terminating');
});

test('the end waits longer for a client that the gateway knows to be away', async () => {
  const { clock, client, endpoint, ends, started } = setUp({ streams: PIPES });
  const process = await started();
  process.stdout.write('first');
  await settle();
  client.present = false;
  process.stdout.write('second');
  process.exit(0);
  await settle();
  endpoint.data[0]!.socket.send(frame('pause_publication', Buffer.from('{}')));
  await clock.advance(ABSENT_DRAIN_MS - 5_000);
  expect(ends).toEqual([]);
  client.present = true;
  endpoint.data[0]!.socket.send(frame('start_publication', Buffer.from('{}')));
  await clock.advance(1_000);
  expect(client.text()).toBe('firstsecond');
  expect(client.text(12)).toBe('EXIT_CODE: 0');
  expect(ends).toEqual([{ status: 'Success', output: '' }]);
});

test('output is recorded before it is sent, and the record closed before the session is complete', async () => {
  const log: string[] = [];
  const { client, ends, started } = setUp({
    streams: TERMINAL,
    host: {
      openRecorder: ({ sessionId, owner, inputs }) => {
        log.push(`open ${sessionId} ${owner} ${String(inputs['s3BucketName'])}`);
        return Promise.resolve({
          record: (bytes) =>
            void log.push(`record ${Buffer.from(bytes).toString()} ${client.text().length}`) as undefined,
          close: () => Promise.resolve(void log.push(`close ${ends.length}`)),
        });
      },
    },
    document: { inputs: { ...NO_SESSION_INPUTS, s3BucketName: 'records' } },
  });
  const process = await started();
  process.stdout.write('secret');
  process.exit(0);
  await settle();
  expect(log).toEqual([`open ${ID} arn:aws:iam::123456789012:user/admin records`, 'record secret 0', 'close 0']);
  expect(ends).toHaveLength(1);
});

test('what cannot be recorded is not sent, and the session ends with the reason', async () => {
  const { client, ends, started } = setUp({
    streams: TERMINAL,
    host: {
      openRecorder: () =>
        Promise.resolve({ record: () => Promise.reject(new Error('disk full')), close: () => Promise.resolve() }),
    },
  });
  const process = await started();
  process.stdout.write('secret');
  await settle();
  expect(client.text()).toBe('');
  expect(process.calls).toEqual(['SIGHUP']);
  expect(ends).toEqual([
    { status: 'Failed', output: 'The session has ended because it could not be recorded: disk full' },
  ]);
});

test('a record that cannot be opened refuses the session before the command runs', async () => {
  const { container, ends, begin } = setUp({
    streams: TERMINAL,
    host: { openRecorder: () => Promise.reject(new Error('no such bucket')) },
  });
  await begin();
  await settle();
  expect(container.processes).toEqual([]);
  expect(ends).toMatchObject([{ status: 'Failed', output: expect.stringContaining('no such bucket') }]);
});

test('malformed frames are dropped and leave the session alone', async () => {
  const { client, endpoint, ends, started } = setUp({ streams: TERMINAL });
  const process = await started();
  const { socket } = endpoint.data[0]!;
  socket.send('text'.repeat(100));
  socket.send(new Uint8Array(0));
  socket.send(new Uint8Array(500).fill(0xff));
  socket.send(frame('channel_closed', Buffer.from('{"SchemaVersion":1}')).subarray(0, 119));
  await settle();
  process.stdout.write('alive');
  await settle();
  expect(client.text()).toBe('alive');
  expect(ends).toEqual([]);
});
