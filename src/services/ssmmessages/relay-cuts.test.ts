import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAcknowledge } from '../../core/protocol/acknowledge.js';
import { decodeMessage } from '../../core/protocol/decode-message.js';
import { PayloadType } from '../../core/protocol/payload-type.js';
import { FakeEnvironment } from './fake-environment.fixture.js';
import { FakeSocket } from './fake-socket.fixture.js';
import { acknowledge, input, output } from './frames.fixture.js';
import { GatewayMessages } from './gateway-messages.js';
import { Relay } from './relay.js';

/** A connection with bytes on the way in both directions; a cut loses all of them. */
class Link {
  readonly socket = new FakeSocket();
  /** What the peer can still write. Reading is another matter: what has come is read to its end. */
  writesLeft = Infinity;
  readonly #toGateway: Uint8Array[] = [];
  #taken = 0;

  /** False: it could not be written. */
  send(frame: Uint8Array): boolean {
    if (this.writesLeft === 0) return false;
    this.writesLeft -= 1;
    this.#toGateway.push(frame);
    return true;
  }

  /** The gateway reads what the peer has sent. */
  deliver(most: number): void {
    for (const frame of this.#toGateway.splice(0, most)) this.socket.receive(frame);
  }

  /** The peer reads what the gateway has sent. */
  take(most: number): Uint8Array[] {
    const frames = this.socket.sent.slice(this.#taken, this.#taken + most) as Uint8Array[];
    this.#taken += frames.length;
    return frames;
  }
}

/**
 * As the official agent: resends the oldest only; pauses; unlimited outgoing buffer. Or, `paired`, as ours: sends each
 * output ahead of the empty one that releases it; resends everything in order on a new socket, and then a few at a time,
 * those first that have waited longest.
 */
class ModelAgent {
  link: Link | undefined;
  said = 0;
  readonly #paired: boolean;
  readonly #unacknowledged = new Map<number, Uint8Array>();
  /** In the order in which they were last sent. */
  readonly #lastSent = new Set<number>();
  #next = 0;
  #paused = false;

  constructor({ paired }: { paired: boolean }) {
    this.#paired = paired;
  }

  get pending(): number {
    return this.#unacknowledged.size;
  }

  connect(link: Link): void {
    this.link = link;
    this.#paused = false;
    if (this.#paired) for (const [number, frame] of [...this.#unacknowledged]) this.#send(number, frame);
  }

  say(): void {
    if (this.#paused) return;
    const text = `${this.said}`;
    this.said += 1;
    if (this.#paired) this.#send(this.#next + 1, output(this.#next + 1, text));
    this.#send(this.#next, output(this.#next, this.#paired ? '' : text));
    this.#next += this.#paired ? 2 : 1;
  }

  tick(most: number): void {
    if (this.#paused || this.link === undefined) return;
    const waiting = [...this.#lastSent].filter((number) => this.#unacknowledged.has(number));
    const repeated = this.#paired ? waiting.slice(0, most) : waiting.sort((one, other) => one - other).slice(0, 1);
    for (const number of repeated) this.#send(number, this.#unacknowledged.get(number)!);
  }

  read(most: number): void {
    for (const frame of this.link?.take(most) ?? []) {
      const { messageType, payload } = decodeMessage(frame);
      this.#paused = messageType === 'pause_publication';
      if (messageType !== 'acknowledge') continue;
      this.#unacknowledged.delete(parseAcknowledge(payload).acknowledgedMessageSequenceNumber);
    }
  }

  #send(number: number, frame: Uint8Array): void {
    this.#unacknowledged.set(number, frame);
    this.#lastSent.delete(number);
    this.#lastSent.add(number);
    this.link?.send(frame);
  }
}

/**
 * As the official client: shows in order, never acknowledges a repeat, drops output until it is ready, and then sends
 * its size again and again (the model's agent does not acknowledge it). It counts what it has shown, and keeps what came
 * too early, only when the acknowledgement could be written.
 */
class ModelClient {
  link: Link | undefined;
  readonly shown: string[] = [];
  readonly #waiting = new Map<number, Uint8Array>();
  readonly #repeats: boolean;
  #expected = 0;
  #deaf: number;

  constructor(options: { deafFor: number; repeats: boolean }) {
    this.#deaf = options.deafFor;
    this.#repeats = options.repeats;
  }

  read(most: number): void {
    for (const frame of this.link?.take(most) ?? []) this.#receive(frame);
    if (this.shown.length > 0) this.link?.send(input(0, '{"cols":80,"rows":24}', PayloadType.Size));
  }

  #receive(frame: Uint8Array): void {
    const { sequenceNumber } = decodeMessage(frame);
    if (sequenceNumber < this.#expected) {
      if (this.#repeats) this.link?.send(acknowledge(frame));
      return;
    }
    if (sequenceNumber > this.#expected) {
      if (this.link?.send(acknowledge(frame)) === true) this.#waiting.set(sequenceNumber, frame);
      return;
    }
    if (this.#deaf > 0) {
      this.#deaf -= 1;
      return;
    }
    this.#show(frame);
    if (this.link?.send(acknowledge(frame)) !== true) return;
    this.#expected += 1;
    for (;;) {
      const next = this.#waiting.get(this.#expected);
      if (next === undefined) return;
      this.#waiting.delete(this.#expected);
      this.#show(next);
      this.#expected += 1;
    }
  }

  #show(frame: Uint8Array): void {
    const text = Buffer.from(decodeMessage(frame).payload).toString();
    if (text !== '') this.shown.push(text);
  }
}

const STEPS = [
  'say',
  'tick',
  'deliver',
  'read',
  'cut agent',
  'cut client',
  'break client',
  'join agent',
  'join client',
] as const;

describe('a relay between an agent and the official client, with sockets cut at any moment', () => {
  it('loses nothing, doubles nothing, and leaves the agent nothing to repeat for ever', () => {
    const step = fc.record({ step: fc.constantFrom(...STEPS), most: fc.integer({ min: 1, max: 4 }) });
    const options = fc.record({ deafFor: fc.nat(3), repeats: fc.boolean(), paired: fc.boolean() });
    fc.assert(
      fc.property(options, fc.array(step, { maxLength: 120, size: 'max' }), (programs, steps) => {
        const relay = newRelay();
        const agent = new ModelAgent(programs);
        const client = new ModelClient(programs);
        const join = (side: 'agent' | 'client'): void => {
          const link = new Link();
          relay.attach(side, link.socket);
          if (side === 'agent') agent.connect(link);
          else client.link = link;
        };
        for (const { step: what, most } of steps) {
          if (what === 'say') agent.say();
          else if (what === 'tick') agent.tick(most);
          else if (what === 'deliver') for (const { link } of [agent, client]) link?.deliver(most);
          else if (what === 'read') for (const peer of [agent, client]) peer.read(most);
          else if (what === 'break client') {
            // With the official agent the official client shows output twice, whatever a relay does.
            if (programs.paired && client.link !== undefined) client.link.writesLeft = most - 1;
          } else if (what.startsWith('join')) join(what === 'join agent' ? 'agent' : 'client');
          else {
            const peer = what === 'cut agent' ? agent : client;
            peer.link?.socket.drop();
            peer.link = undefined;
          }
        }
        // The network is well again. Each round is one more output and one repeat.
        if (agent.link === undefined) join('agent');
        if (client.link === undefined || client.link.writesLeft < Infinity) join('client');
        for (let round = 0; round < 1_000 && (agent.pending > 0 || agent.said < 3); round += 1) {
          agent.tick(Infinity);
          agent.say();
          for (const { link } of [agent, client]) link?.deliver(100);
          for (const peer of [agent, client]) peer.read(100);
          for (const { link } of [agent, client]) link?.deliver(100);
          agent.read(100);
        }
        expect(client.shown).toEqual(client.shown.map((_, number) => `${number}`));
        expect(client.shown).toHaveLength(agent.said);
        expect(agent.pending).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});

function newRelay(): Relay {
  const nothing = (): void => undefined;
  const events = { activity: nothing, acknowledged: nothing, agentState: nothing, left: nothing, dropped: nothing };
  return new Relay(new GatewayMessages(new FakeEnvironment()), events, { clientHasBeenHere: false, fromStart: true });
}
