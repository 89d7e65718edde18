import { expect, test } from 'vitest';
import { encodeFlag, Flag } from '../../core/protocol/flag.js';
import { settle } from '../fixtures/hand-clock.fixture.js';
import { PIPES, SESSION_ID, setUpSession, TERMINAL } from '../fixtures/session.fixture.js';
import { HANG_UP_MS } from './hang-up.js';
import { SIZE_WAIT_MS } from './session-input.js';

test('channel_closed: hang-up, then kill; no Terminating, and the completion says Success', async () => {
  const { clock, client, endpoint, ends, started } = setUpSession({ streams: TERMINAL });
  const process = await started();
  process.mortal = ['SIGKILL'];
  endpoint.closeChannel(endpoint.data[0]!, SESSION_ID);
  await clock.advance(HANG_UP_MS - 1);
  expect(process.calls).toEqual(['SIGHUP']);
  expect(ends).toEqual([]);
  await clock.advance(1);
  expect(process.calls).toEqual(['SIGHUP', 'SIGKILL']);
  expect(ends).toEqual([{ status: 'Success', output: '' }]);
  expect(client.order).not.toContain('Terminating');
});

test('channel_closed ends a session whose command reads nothing', async () => {
  const { clock, client, container, endpoint, ends, started } = setUpSession({ streams: PIPES });
  container.stdinHighWaterMark = 1_000;
  await started();
  for (let index = 0; index < 10; index += 1) client.type('x'.repeat(60_000));
  await settle();
  endpoint.closeChannel(endpoint.data[0]!, SESSION_ID);
  await clock.advance(HANG_UP_MS);
  expect(ends).toEqual([{ status: 'Success', output: '' }]);
});

test('channel_closed while the command is being started leaves none behind', async () => {
  const { container, endpoint, ends, begin } = setUpSession({ streams: TERMINAL });
  let enter: () => void = () => undefined;
  container.onEnter = () => new Promise((resolve) => (enter = resolve));
  await begin();
  endpoint.closeChannel(endpoint.data[0]!, SESSION_ID);
  await settle();
  expect(ends).toEqual([]);
  enter();
  await settle();
  expect(container.processes[0]!.calls).toEqual(['SIGHUP']);
  expect(ends).toEqual([{ status: 'Success', output: '' }]);
});

test('channel_closed while the size is waited for starts no command', async () => {
  const { clock, container, endpoint, ends, begin } = setUpSession();
  await begin();
  endpoint.closeChannel(endpoint.data[0]!, SESSION_ID);
  await clock.advance(10 * SIZE_WAIT_MS);
  expect(container.processes).toEqual([]);
  expect(ends).toEqual([{ status: 'Success', output: '' }]);
});

test('channel_closed while the record is being opened starts no command, and closes the record', async () => {
  const log: string[] = [];
  let open: () => void = () => undefined;
  const { container, endpoint, ends, begin } = setUpSession({
    streams: TERMINAL,
    host: {
      openRecorder: async () => {
        await new Promise<void>((resolve) => (open = resolve));
        const close = () => Promise.resolve(void log.push('closed'));
        return { record: () => undefined, resize: () => undefined, close };
      },
    },
  });
  await begin();
  endpoint.closeChannel(endpoint.data[0]!, SESSION_ID);
  await settle();
  open();
  await settle();
  expect(container.processes).toEqual([]);
  expect(log).toEqual(['closed']);
  expect(ends).toEqual([{ status: 'Success', output: '' }]);
});

test('the flag TerminateSession ends the session', async () => {
  const { client, ends, started } = setUpSession({ streams: TERMINAL });
  const process = await started();
  client.channel.write(10, encodeFlag(Flag.TerminateSession));
  await settle();
  expect(process.calls).toEqual(['SIGHUP']);
  expect(ends).toEqual([{ status: 'Success', output: '' }]);
});
