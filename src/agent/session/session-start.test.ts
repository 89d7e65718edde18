import { expect, test } from 'vitest';
import { NO_SESSION_INPUTS } from '../../core/protocol/session-document.js';
import { encodeSize } from '../../core/protocol/size.js';
import { EnterError } from '../../platform/runtime/runtime.js';
import { settle } from '../fixtures/hand-clock.fixture.js';
import { PIPES, SESSION_ID, setUpSession, TARGET, TERMINAL } from '../fixtures/session.fixture.js';
import { SIZE_WAIT_MS } from './session-input.js';

test('the data channel is opened as the gateway expects it, the handshake offered, the command run', async () => {
  const { endpoint, client, container, started } = setUpSession({ streams: TERMINAL, command: '/bin/sh -c "ls -l"' });
  await started();
  const path = `/v1/data-channel/${SESSION_ID}`;
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
  const { started } = setUpSession({ streams: PIPES, containerEnvironment: { LANG: 'de_DE.UTF-8' } });
  const process = await started();
  expect(process.request.environment).toEqual({ TERM: 'xterm-256color', HOME: '/root' });
  expect(process.request.terminal).toBeUndefined();
});

test('the official client sends its size first, and the terminal starts with it', async () => {
  const { client, container, begin } = setUpSession();
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
  const { clock, container, begin } = setUpSession();
  await begin();
  await clock.advance(SIZE_WAIT_MS - 1);
  expect(container.processes).toEqual([]);
  await clock.advance(1);
  expect(container.processes[0]!.request.terminal).toEqual({ columns: 80, rows: 24 });
});

test('typing ends the wait for a size, and is not lost', async () => {
  const { client, container, begin } = setUpSession();
  await begin();
  client.type('a');
  client.type('b');
  await settle();
  expect(container.processes[0]!.request.terminal).toEqual({ columns: 80, rows: 24 });
  expect(String(container.processes[0]!.stdin.read())).toBe('ab');
});

const NOT_FOUND = 'Unable to start command: Failed to start pty: exec: "nosuch": executable file not found in $PATH';

test.each([
  ['nosuch -x', new EnterError('exec: "nosuch": executable file not found in $PATH', 127), 127],
  ['/no/such', new EnterError('fork/exec /no/such: no such file or directory', 127), 127],
  ['/etc/passwd', new EnterError('fork/exec /etc/passwd: permission denied', 126), 126],
  ['sh', new Error('EAGAIN'), 126],
])('a command that does not start: %s', async (command, error, status) => {
  const text = `Unable to start command: Failed to start pty: ${error.message}`;
  const { client, container, ends, begin } = setUpSession({ streams: PIPES, command });
  container.onEnter = () => Promise.reject(error);
  await begin();
  await settle();
  expect(client.text(11)).toBe(`${text}\n`);
  expect(client.text(12)).toBe(`EXIT_CODE: ${status}`);
  expect(client.order.slice(-2)).toEqual(['output 11', 'output 12']);
  expect(ends).toEqual([{ status: 'Failed', output: `\n----------ERROR-------\n${text}` }]);
});

test('toward the official client a failed start has no stream messages', async () => {
  const { clock, client, container, ends, begin } = setUpSession({ command: 'nosuch' });
  container.onEnter = () => Promise.reject(new EnterError('exec: "nosuch": executable file not found in $PATH', 127));
  await begin();
  await clock.advance(SIZE_WAIT_MS);
  expect(client.received).toEqual([]);
  expect(ends).toEqual([{ status: 'Failed', output: `\n----------ERROR-------\n${NOT_FOUND}` }]);
});

test.each([
  ['sh -c "oops', 'Unable to start command: Failed to parse commands input: EOF found when expecting closing quote'],
  ['   ', 'Commands cannot be empty for session type InteractiveCommands'],
])('a command line that is none: %j', async (command, text) => {
  const { container, ends, begin } = setUpSession({ streams: PIPES, command });
  await begin();
  await settle();
  expect(container.processes).toEqual([]);
  expect(ends).toEqual([{ status: 'Failed', output: `\n----------ERROR-------\n${text}` }]);
});

test('a standard stream without a command is a shell', async () => {
  const { started } = setUpSession({ streams: TERMINAL, command: '', document: { sessionType: 'Standard_Stream' } });
  expect((await started()).request.argv).toEqual(['/bin/sh']);
});

test('a key that no key service can fetch fails the session', async () => {
  const { clock, ends, begin } = setUpSession({
    document: { inputs: { ...NO_SESSION_INPUTS, kmsKeyId: 'arn:aws:kms:k' } },
  });
  await begin();
  await clock.advance(100);
  expect(ends).toMatchObject([{ status: 'Failed' }]);
  expect(ends[0]!.output).toContain(
    'Encountered error while initiating handshake. Fetching data key failed: Unable to retrieve data key, ' +
      'Error when decrypting data key ',
  );
});

test('a client that never answers the handshake fails the session after 15 seconds', async () => {
  const { clock, client, ends, begin } = setUpSession();
  client.present = false;
  await begin();
  await clock.advance(15_050);
  expect(ends).toMatchObject([{ status: 'Failed' }]);
  expect(ends[0]!.output).toContain('Handshake timed out.');
});
