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
  readonly #toGateway: Uint8Array[] = [];
  #taken = 0;

  send(frame: Uint8Array): void {
    this.#toGateway.push(frame);
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

/** As the official agent: resends the oldest only; pauses; unlimited outgoing buffer. */
class ModelAgent {
  link: Link | undefined;
  readonly #unacknowledged = new Map<number, Uint8Array>();
  #next = 0;
  #paused = false;

  get said(): number {
    return this.#next;
  }

  get pending(): number {
    return this.#unacknowledged.size;
  }

  connect(link: Link): void {
    this.link = link;
    this.#paused = false;
  }

  say(): void {
    if (this.#paused) return;
    const frame = output(this.#next, `${this.#next}`);
    this.#unacknowledged.set(this.#next, frame);
    this.#next += 1;
    this.link?.send(frame);
  }

  tick(): void {
    const oldest = Math.min(...this.#unacknowledged.keys());
    const frame = this.#unacknowledged.get(oldest);
    if (frame !== undefined && !this.#paused) this.link?.send(frame);
  }

  read(most: number): void {
    for (const frame of this.link?.take(most) ?? []) {
      const { messageType, payload } = decodeMessage(frame);
      this.#paused = messageType === 'pause_publication';
      if (messageType !== 'acknowledge') continue;
      this.#unacknowledged.delete(parseAcknowledge(payload).acknowledgedMessageSequenceNumber);
    }
  }
}

/**
 * As the official client: shows in order, never acknowledges a repeat, drops output until it is ready, and then sends
 * its size again and again (the model's agent does not acknowledge it).
 */
class ModelClient {
  link: Link | undefined;
  readonly shown: string[] = [];
  readonly #waiting = new Map<number, Uint8Array>();
  readonly #repeats: boolean;
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
    if (sequenceNumber < this.shown.length) {
      if (this.#repeats) this.link?.send(acknowledge(frame));
      return;
    }
    if (sequenceNumber > this.shown.length) {
      this.#waiting.set(sequenceNumber, frame);
      this.link?.send(acknowledge(frame));
      return;
    }
    if (this.#deaf > 0) {
      this.#deaf -= 1;
      return;
    }
    this.#show(frame);
    this.link?.send(acknowledge(frame));
    for (;;) {
      const next = this.#waiting.get(this.shown.length);
      if (next === undefined) return;
      this.#waiting.delete(this.shown.length);
      this.#show(next);
    }
  }

  #show(frame: Uint8Array): void {
    this.shown.push(Buffer.from(decodeMessage(frame).payload).toString());
  }
}

const STEPS = ['say', 'tick', 'deliver', 'read', 'cut agent', 'cut client', 'join agent', 'join client'] as const;

describe('a relay between the official programs, with sockets cut at any moment', () => {
  it('loses nothing, doubles nothing, and leaves the agent nothing to repeat for ever', () => {
    const step = fc.record({ step: fc.constantFrom(...STEPS), most: fc.integer({ min: 1, max: 4 }) });
    const options = fc.record({ deafFor: fc.nat(3), repeats: fc.boolean() });
    fc.assert(
      fc.property(options, fc.array(step, { maxLength: 120, size: 'max' }), (clientOptions, steps) => {
        const relay = newRelay();
        const agent = new ModelAgent();
        const client = new ModelClient(clientOptions);
        const join = (side: 'agent' | 'client'): void => {
          const link = new Link();
          relay.attach(side, link.socket);
          if (side === 'agent') agent.connect(link);
          else client.link = link;
        };
        for (const { step: what, most } of steps) {
          if (what === 'say') agent.say();
          else if (what === 'tick') agent.tick();
          else if (what === 'deliver') for (const { link } of [agent, client]) link?.deliver(most);
          else if (what === 'read') for (const peer of [agent, client]) peer.read(most);
          else if (what.startsWith('join')) join(what === 'join agent' ? 'agent' : 'client');
          else {
            const peer = what === 'cut agent' ? agent : client;
            peer.link?.socket.drop();
            peer.link = undefined;
          }
        }
        // The network is well again. Each round is one more output and one repeat.
        if (agent.link === undefined) join('agent');
        if (client.link === undefined) join('client');
        for (let round = 0; round < 1_000 && (agent.pending > 0 || agent.said < 3); round += 1) {
          agent.tick();
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
