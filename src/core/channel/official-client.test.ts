import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMessage } from '../protocol/decode-message.js';
import { PayloadType } from '../protocol/payload-type.js';
import { DEFAULT_CHANNEL_LIMITS } from './channel-limits.js';
import { HANDSHAKE, TestEnd } from './channel.fixture.js';
import { Connection, OFFICIAL_BUFFER_MESSAGES, OfficialClient } from './official-client.fixture.js';
import { MAX_PROBES } from './official-output.js';
import { bytes, control } from './spoken-frames.fixture.js';

/** An agent and the official client, after their handshake, with a network that does what the test says. */
class Session {
  readonly agent = new TestEnd('agent');
  readonly client: OfficialClient;
  readonly said: string[] = [];
  /** Data messages that were sent behind the message that releases them. */
  readonly late: number[] = [];
  /** Numbers sent since a socket was last new to either end. */
  readonly #sent = new Set<number>();

  /** `inOneMessage`: as agents send output to a client that speaks GangwayStreams. */
  constructor({ inOneMessage = false } = {}) {
    this.client = new OfficialClient(inOneMessage);
    this.#attach();
    this.agent.channel.startHandshake(HANDSHAKE);
    for (let turn = 0; turn < 3; turn += 1) this.flow();
    expect(this.agent.events.outcomes.map(({ streams }) => streams !== undefined)).toEqual([inOneMessage]);
  }

  say(text = `${this.said.length};`): void {
    this.said.push(text);
    this.agent.channel.write(PayloadType.Output, bytes(text));
  }

  /** What the client has written reaches the agent. */
  deliver(most = Infinity): void {
    for (const frame of this.client.connection.toAgent.splice(0, most)) this.agent.channel.receive(frame);
  }

  flow(): void {
    this.client.read();
    this.deliver();
  }

  /** The client can write a little more, then nothing; it still reads. */
  breakWrites(after = 0): void {
    this.client.connection.writesLeft = Math.min(this.client.connection.writesLeft, after);
  }

  /** The client's socket is gone with all that is under way, and the gateway knows. */
  cut(): void {
    this.client.connection = new Connection();
    this.breakWrites();
    this.agent.channel.receive(control('pause_publication'));
  }

  rejoin(): void {
    this.client.connection = new Connection();
    this.#sent.clear();
    this.agent.channel.receive(control('start_publication'));
  }

  /** The agent has a new socket; what was under way to it is lost. */
  reattachAgent(): void {
    this.agent.channel.detach();
    this.client.connection.toAgent.length = 0;
    this.#attach();
  }

  /** The network is well again: everything said comes out, in whatever shape. */
  recover(): void {
    this.client.handlerReady = true;
    this.rejoin();
    for (let round = 0; round < 200 && this.client.printed.length < this.said.length; round += 1) {
      this.flow();
      this.agent.passToTick();
    }
    // A new socket at the very end brings up whatever might still be printed again.
    this.rejoin();
    this.flow();
    this.flow();
  }

  #attach(): void {
    this.#sent.clear();
    this.agent.channel.attach((frame) => {
      const { payloadType, sequenceNumber, payload } = decodeMessage(frame);
      const data = payloadType === PayloadType.Output && payload.length > 0;
      if (data && !this.#sent.has(sequenceNumber) && this.#sent.has(sequenceNumber - 1)) this.late.push(sequenceNumber);
      this.#sent.add(sequenceNumber);
      this.client.connection.toClient.push(frame);
    });
  }
}

const STEPS = {
  say: (session: Session) => session.say(),
  read: (session: Session, most: number) => session.client.read(most),
  deliver: (session: Session, most: number) => session.deliver(most),
  'break writes': (session: Session, after: number) => session.breakWrites(after),
  cut: (session: Session) => session.cut(),
  rejoin: (session: Session) => session.rejoin(),
  'reattach agent': (session: Session) => session.reattachAgent(),
  tick: (session: Session) => void session.agent.passToTick(),
  'handler ready': (session: Session) => void (session.client.handlerReady = true),
} as const;

/** The way of the client's socket through a bad day, and whether its program is ready for output from the start. */
const day = fc.record({
  ready: fc.boolean(),
  steps: fc.array(
    fc.record({ step: fc.constantFrom(...(Object.keys(STEPS) as (keyof typeof STEPS)[])), count: fc.nat(5) }),
    { maxLength: 80, size: 'max' },
  ),
});

function live(session: Session, { ready, steps }: typeof day extends fc.Arbitrary<infer Day> ? Day : never): void {
  session.client.handlerReady = ready;
  for (const { step, count } of steps) STEPS[step](session, count);
  session.recover();
}

describe('output for the official client, with sockets that die at any moment', () => {
  it('is printed once and in order; data always goes out before its release', () => {
    fc.assert(
      fc.property(day, (steps) => {
        const session = new Session();
        live(session, steps);
        expect(session.client.printed).toEqual(session.said);
        expect(session.late).toEqual([]);
      }),
      { numRuns: 600 },
    );
  });

  it('would be printed twice in one message: the test above can fail', () => {
    const inOneMessage = fc.property(day, (steps) => {
      const session = new Session({ inOneMessage: true });
      live(session, steps);
      return session.client.printed.join() === session.said.join();
    });
    expect(fc.check(inOneMessage, { numRuns: 600, seed: 1, endOnFailure: true }).failed).toBe(true);
  });

  it.each([0, 1, 2])('is printed once when the socket dies after %i acknowledgements, but is read on', (after) => {
    for (const [inOneMessage, printed] of [
      [false, ['a']],
      [true, after === 0 ? ['a', 'a'] : ['a']],
    ] as const) {
      const session = new Session({ inOneMessage });
      session.client.handlerReady = true;
      session.breakWrites(after);
      session.say('a');
      session.client.read();
      session.recover();
      expect(session.client.printed).toEqual(printed);
    }
  });

  it('is printed once when the client becomes ready only after the data has come, more than once', () => {
    const session = new Session();
    session.say('a');
    for (let times = 0; times < 3; times += 1) {
      session.flow();
      session.agent.passToTick();
    }
    expect(session.client.printed).toEqual([]);
    session.recover();
    expect(session.client.printed).toEqual(['a']);
    expect(session.agent.channel.drained).toBe(true);
  });

  it('is printed once when a client that is not ready has filled its buffer', () => {
    const session = new Session();
    while (session.agent.channel.writable) {
      session.say();
      session.flow();
    }
    expect(session.client.waiting).toBe(OFFICIAL_BUFFER_MESSAGES);
    session.recover();
    expect(session.client.printed).toEqual(session.said);
  });

  it('never overflows the buffer of a client that is ready', () => {
    const most = 2 * DEFAULT_CHANNEL_LIMITS.maxUnackedMessages + MAX_PROBES;
    expect(most).toBeLessThan(OFFICIAL_BUFFER_MESSAGES);
  });
});
