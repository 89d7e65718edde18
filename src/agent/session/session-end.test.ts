import { expect, test } from 'vitest';
import { ACKNOWLEDGE_DELAY } from '../../core/channel/owed-acknowledgements.js';
import { encodeFlag, GangwayFlag } from '../../core/protocol/flag.js';
import { settle } from '../fixtures/hand-clock.fixture.js';
import { frame } from '../fixtures/scripted-endpoint.fixture.js';
import { PIPES, setUpSession, TERMINAL } from '../fixtures/session.fixture.js';
import { ABSENT_DRAIN_MS, DRAIN_MS } from './data-link.js';
import { HANG_UP_MS } from './hang-up.js';
import { CONTAINER_END_MS, EXIT_WAIT_MS } from './session.js';
import { SIZE_WAIT_MS } from './session-input.js';

test('terminal: all output, then the exit status, then Terminating', async () => {
  const { client, endpoint, ends, started } = setUpSession({ streams: TERMINAL });
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
  const { clock, client, container, ends, begin } = setUpSession();
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
  const { client, ends, started } = setUpSession({ streams: PIPES, command: 'cat' });
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
  const { clock, ends, started } = setUpSession({ streams: PIPES });
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
  const { clock, client, container, ends, started } = setUpSession({ streams: TERMINAL });
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
  const { clock, client, ends, started } = setUpSession({ streams: TERMINAL });
  const process = await started();
  process.stdout.end('bye');
  await clock.advance(EXIT_WAIT_MS);
  expect(client.text(12)).toBe('EXIT_CODE: 0');
  await clock.advance(HANG_UP_MS);
  expect(ends).toEqual([{ status: 'Success', output: '' }]);
});

test('the container dies: its last output arrives, then a clear end', async () => {
  const { clock, client, container, session, ends, started } = setUpSession({ streams: TERMINAL });
  const process = await started();
  process.stdout.write('last words');
  container.exit(1);
  await settle();
  session.containerStopped();
  await clock.advance(CONTAINER_END_MS);
  expect(client.text()).toBe('last words');
  expect(client.text(11)).toBe('\r\nThe session has ended because its container has stopped.\r\n');
  expect(client.text(12)).toBe('EXIT_CODE: 137');
  expect(client.order).not.toContain('Terminating');
  expect(ends).toEqual([{ status: 'Failed', output: 'The session has ended because its container has stopped.' }]);
});

test('the container dies and its command will not: the session ends all the same', async () => {
  const { clock, session, ends, started } = setUpSession({ streams: TERMINAL });
  const process = await started();
  process.mortal = [];
  session.containerStopped();
  await clock.advance(CONTAINER_END_MS + 2 * HANG_UP_MS);
  expect(ends).toMatchObject([{ status: 'Failed' }]);
});

test('the container dies before the command runs', async () => {
  const { session, ends, begin } = setUpSession();
  await begin();
  session.containerStopped();
  await settle();
  expect(ends).toMatchObject([{ status: 'Failed' }]);
});

test('a command killed with SIGKILL while its container lives has an exit code like any other', async () => {
  const { clock, client, ends, started } = setUpSession({ streams: TERMINAL });
  (await started()).exit(137);
  await clock.advance(CONTAINER_END_MS);
  expect(client.text(12)).toBe('EXIT_CODE: 137');
  expect(ends).toEqual([{ status: 'Success', output: '' }]);
});

test('the end waits for acknowledgements, two seconds from the last one', async () => {
  const { clock, client, ends, started } = setUpSession({ streams: PIPES });
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
  const { clock, client, endpoint, ends, started } = setUpSession({ streams: PIPES });
  const process = await started();
  process.stdout.write('first');
  await clock.advance(ACKNOWLEDGE_DELAY);
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
