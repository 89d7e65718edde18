import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ExecuteCommandCommand, type Session } from '@aws-sdk/client-ecs';
import { ResumeSessionCommand, SSMClient, TerminateSessionCommand } from '@aws-sdk/client-ssm';
import { FRAME_OFFSET } from '../src/core/protocol/frame-layout.js';
import { clientOptions } from './client-options.fixture.js';
import { RawClient, inputFrame, tokenFrame, type Closed } from './raw-client.fixture.js';
import { RunningExec } from './running-exec.fixture.js';
import { Stack, stackUnavailable } from './stack.fixture.js';

const SEED = 'gangway-1';
const MiB = 1024 * 1024;

/** Bytes that are the same in every run. */
function arbitrary(index: number, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let block = 0; block * 64 < length; block += 1) {
    blocks.push(createHash('sha512').update(`${SEED}/${index}/${block}`).digest());
  }
  return Buffer.concat(blocks).subarray(0, length);
}

/** A good frame with one field overwritten. */
function spoilt(offset: number, value: number, text = 'touch /tmp/never\n'): Buffer {
  const frame = inputFrame(text);
  frame.writeUInt32BE(value, offset);
  return frame;
}

describe.skipIf(stackUnavailable())('bad frames and tokens leave every other session alone', () => {
  const stack = new Stack();
  let healthy: RunningExec;
  let task: Awaited<ReturnType<Stack['task']>>;
  let ssm: SSMClient;

  beforeAll(async () => {
    await stack.up();
    task = await stack.task();
    ssm = new SSMClient(clientOptions(stack));
    healthy = new RunningExec(stack.env(), [task.id, '--', 'sh', '-c', 'cat']);
    await healthy.echo();
  });
  afterEach(() => healthy.echo());
  afterAll(async () => {
    expect(await healthy.finish()).toBe(0);
    expect(healthy.stderr).toBe('');
    await stack.down();
  });

  async function session(): Promise<Session> {
    const command = new ExecuteCommandCommand({ task: task.id, command: 'sh', interactive: true });
    return (await stack.ecs.send(command)).session ?? {};
  }

  async function resumed({ sessionId }: Session): Promise<RawClient> {
    const { TokenValue, StreamUrl } = await ssm.send(new ResumeSessionCommand({ SessionId: sessionId }));
    expect(TokenValue).not.toBe('');
    const client = await RawClient.dial(StreamUrl);
    client.token(TokenValue);
    return client;
  }

  /** Attached, and past the first word of the container's agent. */
  async function attached(): Promise<{ client: RawClient; of: Session }> {
    const of = await session();
    const client = await RawClient.dial(of.streamUrl);
    client.token(of.tokenValue);
    await client.heard();
    return { client, of };
  }

  /** It has lost its socket, not more: a client that does better may come back. */
  async function goesOn(of: Session): Promise<void> {
    const client = await resumed(of);
    await client.heard();
    await ssm.send(new TerminateSessionCommand({ SessionId: of.sessionId }));
    client.terminate();
  }

  const good = inputFrame('x');
  const closing: [string, Buffer, Closed][] = [
    ['no bytes at all', Buffer.alloc(0), { code: 1002, reason: '0 bytes; a message has at least 120' }],
    ['119 bytes', good.subarray(0, 119), { code: 1002, reason: '119 bytes; a message has at least 120' }],
    ['HeaderLength 0', spoilt(0, 0, ''), { code: 1002, reason: 'HeaderLength 0 in a frame of 120 bytes' }],
    [
      'HeaderLength past the end',
      spoilt(0, 0xffff_ffff, ''),
      { code: 1002, reason: 'HeaderLength 4294967295 in a frame of 120 bytes' },
    ],
    [
      'a PayloadLength of more than follows',
      spoilt(FRAME_OFFSET.payloadLength, 5, 'ls'),
      { code: 1002, reason: 'PayloadLength 5, but 2 bytes follow' },
    ],
    [
      'a PayloadLength of less than follows',
      spoilt(FRAME_OFFSET.payloadLength, 1, 'ls'),
      { code: 1002, reason: 'PayloadLength 1, but 2 bytes follow' },
    ],
    [
      'a frame of 1 MiB and a byte',
      inputFrame('', { payload: Buffer.alloc(MiB + 1 - 120) }),
      { code: 1009, reason: '1048577 bytes; the limit is 1048576' },
    ],
    ['16 MiB', Buffer.alloc(16 * MiB), { code: 1009, reason: '16777216 bytes; the limit is 1048576' }],
    ['more than 16 MiB', Buffer.alloc(16 * MiB + 1), { code: 1009, reason: '' }],
  ];
  it.each(closing)('%s: the socket is closed, the session goes on', async (_name, frame, expected) => {
    const { client, of } = await attached();
    client.send(frame);
    expect(await client.closed).toEqual(expected);
    await goesOn(of);
  });

  it(`40 frames of arbitrary bytes (seed ${SEED}) close their sockets, the session goes on`, async () => {
    const of = await session();
    for (let index = 0; index < 40; index += 1) {
      const client = await resumed(of);
      await client.heard();
      client.send(arbitrary(index, 120 + ((index * 977) % 4096)));
      expect((await client.closed).code, `frame ${index}`).toBe(1002);
    }
    await goesOn(of);
  });

  const dropped: [string, Buffer | string][] = [
    ['a payload that does not fit its digest', spoilt(FRAME_OFFSET.payloadDigest, 0xdead_beef)],
    ['a message type that clients do not send', inputFrame('{}', { messageType: 'agent_session_state' })],
    ['a message type that nobody knows', inputFrame('{}', { messageType: 'self_destruct' })],
    ['an acknowledgement that is not JSON', inputFrame('{', { messageType: 'acknowledge' })],
    ['text behind the token frame', 'hello'],
    ['a second token frame', tokenFrame('x')],
  ];
  it.each(dropped)('%s: dropped, the socket stays', async (_name, frame) => {
    const { client, of } = await attached();
    client.send(frame);
    await client.answersPing();
    client.terminate();
    await goesOn(of);
  });

  it('binary before the token frame: dropped, up to 256 frames', async () => {
    const of = await session();
    const client = await RawClient.dial(of.streamUrl);
    for (let count = 0; count < 256; count += 1) client.send(arbitrary(count, 200));
    client.token(of.tokenValue);
    await client.heard();
    client.terminate();

    const other = await RawClient.dial(of.streamUrl);
    for (let count = 0; count < 257; count += 1) other.send(arbitrary(count, 200));
    expect(await other.closed).toEqual({ code: 1008, reason: 'the first frame must be the text frame with the token' });
    await goesOn(of);
  });

  const unreadable = { code: 1008, reason: 'the text frame with the token could not be read' };
  it.each([
    ['text that is not JSON', 'open sesame'],
    ['JSON that is no object', '[]'],
    ['no TokenValue', '{"MessageSchemaVersion":"1.0"}'],
    ['a TokenValue that is no text', '{"TokenValue":{"a":1}}'],
    ['20 kB of text', tokenFrame('x'.repeat(20_000))],
  ])('%s as the first frame: refused, and the token is still good', async (_name, text) => {
    const of = await session();
    const client = await RawClient.dial(of.streamUrl);
    client.send(text);
    expect(await client.closed).toEqual(unreadable);
    const second = await RawClient.dial(of.streamUrl);
    second.token(of.tokenValue);
    await second.heard();
    second.terminate();
    await goesOn(of);
  });

  it("a wrong token, another session's, and one that was used: refused, each in its words", async () => {
    const { of, client: first } = await attached();
    const other = await session();
    const refused = async (tokenValue: string | undefined): Promise<string> => {
      const client = await RawClient.dial(of.streamUrl);
      client.token(tokenValue);
      const { code, reason } = await client.closed;
      expect(code).toBe(1008);
      expect(client.received).toEqual([]);
      return reason;
    };
    expect(await refused('nonsense')).toBe('the token is not known');
    expect(await refused(of.tokenValue)).toBe('the token has been used before');
    expect(await refused(other.tokenValue)).toBe('the token was made for another channel, session or caller');
    // Neither has pushed out who was there, nor used up what was presented in the wrong place.
    await first.answersPing();
    const rightful = await RawClient.dial(other.streamUrl);
    rightful.token(other.tokenValue);
    await rightful.heard();
    for (const client of [first, rightful]) client.terminate();
    for (const ended of [of, other]) await goesOn(ended);
  });

  it('a client may not call itself an agent', async () => {
    const of = await session();
    const client = await RawClient.dial(of.streamUrl);
    client.send(
      JSON.stringify({ ...(JSON.parse(tokenFrame(of.tokenValue)) as object), ClientInstanceId: task.target }),
    );
    expect(await client.closed).toEqual({ code: 1008, reason: 'agents must sign the request that opens a channel' });
    await goesOn(of);
  });

  it('a channel that does not exist is refused before it is a WebSocket', async () => {
    await expect(RawClient.dial(`${stack.url.replace('http', 'ws')}/v1/other-channel/x`)).rejects.toThrow('404');
  });

  it('nothing of all this has reached the command, and the log names each without a secret', async () => {
    const look = await stack.gangway(['exec', task.id, '--', 'ls', '/tmp/never']);
    expect(look.status).not.toBe(0);
    expect(stack.log).toContain('channel refused');
    expect(stack.log).toContain('PayloadLength 5, but 2 bytes follow');
    expect(stack.log).not.toContain('nonsense');
  });
});
