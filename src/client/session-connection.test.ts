import { afterEach, describe, expect, it, vi } from 'vitest';
import type { HandshakeOutcome } from '../core/channel/channel-api.js';
import { PayloadType } from '../core/protocol/payload-type.js';
import { UNANSWERED_PINGS } from '../platform/aws/socket-pulse.js';
import { FarSide } from './far-side.fixture.js';
import { FIRST_CONNECT_ATTEMPTS } from './reconnect-delay.js';
import { SessionRefused } from './session-api.js';
import {
  CLIENT_VERSION,
  PING_INTERVAL_MS,
  READY_TIMEOUT_MS,
  SessionConnection,
  type SessionEnd,
} from './session-connection.js';

class Recorder {
  ready: HandshakeOutcome | undefined;
  text = '';
  end: SessionEnd | undefined;
  readonly links: string[] = [];
  #resolve: (end: SessionEnd) => void = () => {};
  readonly ended = new Promise<SessionEnd>((resolve) => (this.#resolve = resolve));

  readonly events = {
    ready: (outcome: HandshakeOutcome): void => void (this.ready = outcome),
    data: (payloadType: number, payload: Uint8Array): void => {
      if (payloadType === PayloadType.Output) this.text += Buffer.from(payload).toString('latin1');
    },
    writable: (): void => {},
    link: (state: 'lost' | 'restored'): void => void this.links.push(state),
    ended: (end: SessionEnd): void => {
      expect(this.end).toBeUndefined();
      this.end = end;
      this.#resolve(end);
    },
  };
}

function open(far: FarSide): { connection: SessionConnection; seen: Recorder } {
  const seen = new Recorder();
  const connection = new SessionConnection(far.connectionOptions({ mode: 'pipes' }), seen.events);
  connection.open();
  return { connection, seen };
}

describe('a session connection', () => {
  afterEach(() => vi.useRealTimers());

  it('opens with the session’s token and says what streams it wants', async () => {
    const far = new FarSide();
    const { seen } = open(far);
    await far.until(() => far.streams !== undefined);
    expect(far.tokens).toEqual(['first']);
    expect(far.streams).toEqual({ mode: 'pipes', noDigests: true });
    far.write('hello');
    await far.exit(0);
    expect(await seen.ended).toEqual({ kind: 'closed', output: '' });
    expect(seen.text).toBe('hello');
    expect(CLIENT_VERSION.split('.')).toHaveLength(4);
  });

  it('passes the reason of a closed channel on', async () => {
    const far = new FarSide();
    const { seen } = open(far);
    await far.until(() => far.streams !== undefined);
    far.close('timed out due to inactivity');
    expect(await seen.ended).toEqual({ kind: 'closed', output: 'timed out due to inactivity' });
  });

  it('loses and doubles nothing while the connection is cut twenty times', async () => {
    const far = new FarSide();
    const { connection, seen } = open(far);
    await far.until(() => far.streams !== undefined);
    let sent = '';
    let echoed = '';
    for (let round = 0; round < 20; round++) {
      for (let index = 0; index < 20; index++) {
        sent += `${round}.${index} `;
        connection.write(PayloadType.Output, Buffer.from(`${round}.${index} `));
        far.write(`${index}.${round} `);
        echoed += `${index}.${round} `;
      }
      if (round % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
      far.cut();
      await far.until(() => far.connected);
    }
    await far.until(() => far.text().length >= sent.length && far.channel.drained);
    await far.exit(0);
    await seen.ended;
    expect(far.text()).toBe(sent);
    expect(seen.text).toBe(echoed);
    expect(far.clientIds.size).toBe(1);
    expect(new Set(far.tokens).size).toBe(far.tokens.length);
    expect(seen.links.filter((state) => state === 'lost').length).toBeGreaterThan(0);
    expect(seen.links.at(-1)).toBe('restored');
  });

  it('finds out that the network was pulled, says so, and goes on with every byte through a new connection', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
    const far = new FarSide();
    const { connection, seen } = open(far);
    await far.until(() => far.streams !== undefined);
    await vi.advanceTimersByTimeAsync(20 * PING_INTERVAL_MS);
    expect(seen.links).toEqual([]);
    expect(far.pings).toBe(20);

    far.pull();
    connection.write(PayloadType.Output, Buffer.from('typed meanwhile'));
    far.write('said meanwhile');
    // The pong of the last ping still counts for the first beat after it.
    await vi.advanceTimersByTimeAsync(UNANSWERED_PINGS * PING_INTERVAL_MS);
    expect(seen.links).toEqual([]);
    await vi.advanceTimersByTimeAsync(PING_INTERVAL_MS);
    expect(seen.links[0]).toBe('lost');
    while (far.text() === '' || seen.text === '') await vi.advanceTimersByTimeAsync(100);
    await far.exit(0);
    await seen.ended;
    expect(far.text()).toBe('typed meanwhile');
    expect(seen.text).toBe('said meanwhile');
    expect(seen.links).toEqual(['lost', 'restored']);
    expect(far.tokens).toHaveLength(2);
  });

  it('ends when the session cannot be resumed because it is over', async () => {
    const far = new FarSide();
    const { seen } = open(far);
    await far.until(() => far.streams !== undefined);
    far.resumeResult = () => Promise.resolve(undefined);
    far.cut();
    expect(await seen.ended).toEqual({ kind: 'failed', message: 'session test-session has ended or timed out' });
    expect(seen.links).toEqual(['lost']);
    far.stop();
  });

  it('does not ask again after a refusal', async () => {
    const far = new FarSide();
    const { seen } = open(far);
    await far.until(() => far.streams !== undefined);
    const resume = vi.fn(() => Promise.reject(new SessionRefused('not yours')));
    far.resumeResult = resume;
    far.cut();
    expect(await seen.ended).toEqual({ kind: 'failed', message: 'not yours' });
    expect(resume).toHaveBeenCalledTimes(1);
    far.stop();
  });

  it('keeps trying while the endpoint cannot be reached', async () => {
    const far = new FarSide();
    const { seen } = open(far);
    await far.until(() => far.streams !== undefined);
    let failures = 3;
    far.resumeResult = () =>
      failures-- > 0 ? Promise.reject(new Error('connect ECONNREFUSED')) : Promise.resolve('again');
    far.cut();
    await far.until(() => far.connected);
    expect(far.tokens.at(-1)).toBe('again');
    await far.exit(0);
    await seen.ended;
    expect(seen.links).toEqual(['lost', 'restored']);
  });

  it('gives up soon when it never was connected, and names the cause', async () => {
    const far = new FarSide();
    far.dialError = new Error('connect ECONNREFUSED 127.0.0.1:1');
    const resume = vi.fn(() => Promise.resolve('t'));
    far.resumeResult = resume;
    const { seen } = open(far);
    expect(await seen.ended).toEqual({
      kind: 'failed',
      message: 'no connection to far.side: connect ECONNREFUSED 127.0.0.1:1',
    });
    expect(resume).toHaveBeenCalledTimes(FIRST_CONNECT_ATTEMPTS - 1);
    far.stop();
  });

  it('gives up when each connection is dropped at once', async () => {
    const far = new FarSide('none');
    const { seen } = open(far);
    const cutter = setInterval(() => far.cut(), 1);
    const end = await seen.ended;
    clearInterval(cutter);
    expect(end).toEqual({ kind: 'failed', message: 'no connection to far.side: connection closed (1006)' });
    expect(far.tokens).toHaveLength(FIRST_CONNECT_ATTEMPTS);
    far.stop();
  });

  it('does not wait for ever for an agent that never answers', async () => {
    vi.useFakeTimers();
    const far = new FarSide('none');
    const { seen } = open(far);
    await vi.advanceTimersByTimeAsync(READY_TIMEOUT_MS);
    expect(await seen.ended).toEqual({
      kind: 'failed',
      message: `the container's agent did not answer within ${READY_TIMEOUT_MS / 1000} seconds`,
    });
    far.stop();
  });

  it('keeps what cannot wait for the window until there is room', async () => {
    const far = new FarSide();
    const { connection, seen } = open(far);
    await far.until(() => far.streams !== undefined);
    await vi.waitFor(() => expect(seen.ready).toBeDefined());
    far.channel.pauseDelivery();
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let sent = 0;
    while (connection.writable) {
      connection.write(PayloadType.Output, chunk);
      sent += chunk.length;
    }
    connection.write(PayloadType.Size, Buffer.from('{"cols":1,"rows":2}'));
    expect(connection.writable).toBe(false);
    far.channel.resumeDelivery();
    await far.until(() => far.text(PayloadType.Size) !== '');
    expect(far.text()).toHaveLength(sent);
    await far.exit(0);
    await seen.ended;
  });
});
