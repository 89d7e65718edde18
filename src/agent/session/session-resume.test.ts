import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { UpgradeRefused } from '../../platform/aws/upgrade-refused.js';
import { settle } from '../fixtures/hand-clock.fixture.js';
import { frame, ScriptedEndpoint } from '../fixtures/scripted-endpoint.fixture.js';
import { PIPES, SESSION_ID, setUpSession, TERMINAL } from '../fixtures/session.fixture.js';
import { OVER } from './data-link.js';

test('resume in mid-stream: the socket cut twenty times, every byte arrives once and in order', async () => {
  const { clock, client, endpoint, ends, started } = setUpSession({ streams: PIPES });
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
  const { clock, client, endpoint, started } = setUpSession({ streams: TERMINAL });
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

test.each(OVER)('a service that says "%s" is believed: the command is hung up on', async (text) => {
  const { clock, endpoint, ends, started } = setUpSession({ streams: TERMINAL });
  const process = await started();
  endpoint.onPost = () => ({ status: 400, body: `<BadRequest><message>${text}</message></BadRequest>` });
  endpoint.data[0]!.socket.terminate();
  await clock.advance(200);
  const { posts } = endpoint;
  await clock.advance(60_000);
  expect(posts).toHaveLength(2);
  expect(process.calls).toEqual(['SIGHUP']);
  expect(ends).toMatchObject([{ status: 'Failed' }]);
});

test('a data channel that is never granted fails the session, in the words of the official agent', async () => {
  const { clock, endpoint, container, ends, begin } = setUpSession();
  endpoint.onPost = () => ({ status: 400, body: '<BadRequest><message>Unauthorized request.</message></BadRequest>' });
  await begin();
  await clock.advance(60_000);
  expect(endpoint.posts).toHaveLength(6);
  expect(container.processes).toEqual([]);
  expect(ends).toEqual([
    {
      status: 'Failed',
      output:
        `\n----------ERROR-------\nSetting up data channel with id ${SESSION_ID} failed: ` +
        'failed to create websocket for datachannel with error: CreateDataChannel failed with no output or error: ' +
        'createDataChannel request failed: unexpected response from the service ' +
        '<BadRequest><message>Unauthorized request.</message></BadRequest>',
    },
  ]);
});

const DENIED = '<AccessDeniedException><Message>User: x is not authorized</Message></AccessDeniedException>';

test('a role that may create a data channel and not open it: the session fails, the refusal quoted', async () => {
  const { clock, endpoint, container, ends, begin } = setUpSession();
  endpoint.onConnect = () => {
    throw new UpgradeRefused(400, DENIED);
  };
  await begin();
  await clock.advance(60_000);
  expect(endpoint.connects).toHaveLength(6);
  expect(container.processes).toEqual([]);
  expect(ends).toEqual([
    {
      status: 'Failed',
      output:
        `\n----------ERROR-------\nSetting up data channel with id ${SESSION_ID} failed: ` +
        `failed to open datachannel with error: the WebSocket was refused with HTTP status 400: ${DENIED}`,
    },
  ]);
});

test('a permission that goes does not end a session that lives; lost, it waits for the permission to come back', async () => {
  const { clock, client, endpoint, ends, started } = setUpSession({ streams: TERMINAL });
  const process = await started();
  endpoint.onPost = () => ({ status: 400, body: DENIED });
  process.stdout.write('one ');
  await clock.advance(60_000);
  expect(client.text()).toBe('one ');
  endpoint.data[0]!.socket.terminate();
  process.stdout.write('two');
  await clock.advance(60_000);
  expect([client.text(), ends, process.calls]).toEqual(['one ', [], []]);
  endpoint.onPost = new ScriptedEndpoint().onPost;
  await clock.advance(10_000);
  expect(client.text()).toBe('one two');
});

test('malformed frames are dropped and leave the session alone', async () => {
  const { client, endpoint, ends, started } = setUpSession({ streams: TERMINAL });
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
