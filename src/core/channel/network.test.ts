import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMessage } from '../protocol/decode-message.js';
import { PayloadType } from '../protocol/payload-type.js';
import { HANDSHAKE, MemoryKeyService, SimulatedClock, TestEnd } from './channel.fixture.js';

/** How bad the days are. Probabilities per frame, times in milliseconds. */
interface Weather {
  readonly seed: number;
  readonly loss: number;
  readonly repeat: number;
  readonly maxDelay: number;
  /** Mean time between two cuts of one end's socket; 0: never. */
  readonly cutEvery: number;
  readonly kms: boolean;
  readonly streams: boolean;
  /** As the official client: only the first copy of a message is acknowledged. */
  readonly acknowledgesOnce: boolean;
  readonly agentChunks: readonly number[];
  readonly clientChunks: readonly number[];
  /** Probability that a consumer is busy for a while after a message. */
  readonly busy: number;
  readonly window: number;
}

const LIMIT_STEPS = 40_000;

/** A small generator of numbers in [0, 1): every run can be repeated from its seed. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What one end has to say, in messages that know their place. */
class Speaker {
  readonly end: TestEnd;
  readonly messages: { payloadType: number; payload: Uint8Array }[];
  written = 0;

  constructor(end: TestEnd, chunks: readonly number[], types: readonly number[]) {
    this.end = end;
    this.messages = chunks.map((length, index) => ({
      payloadType: types[index % types.length]!,
      payload: new Uint8Array(Buffer.from(`${index}:`.padEnd(length + 1, '.'))),
    }));
  }

  speak(): void {
    while (this.end.channel.writable && this.written < this.messages.length) {
      const { payloadType, payload } = this.messages[this.written]!;
      this.written += 1;
      this.end.channel.write(payloadType, payload);
    }
  }
}

class Network {
  readonly #random: () => number;
  readonly #weather: Weather;
  readonly #clock: SimulatedClock;
  readonly #tasks: { at: number; order: number; run: () => void }[] = [];
  readonly #seen = new Set<string>();
  #order = 0;

  constructor(weather: Weather, clock: SimulatedClock) {
    this.#weather = weather;
    this.#clock = clock;
    this.#random = mulberry32(weather.seed);
  }

  later(delay: number, run: () => void): void {
    this.#order += 1;
    this.#tasks.push({ at: this.#clock.now + delay, order: this.#order, run });
  }

  /** Cuts the sockets of both ends now and then, each with everything that is under way to it. */
  connect(from: TestEnd, to: TestEnd): void {
    const { loss, repeat, maxDelay, cutEvery } = this.#weather;
    let open = true;
    from.channel.attach((frame) => {
      const copies = this.#swallows(frame) || this.#random() < loss ? 0 : this.#random() < repeat ? 2 : 1;
      for (let copy = 0; copy < copies; copy += 1) {
        this.later(this.#random() * maxDelay, () => {
          if (open) to.channel.receive(frame);
        });
      }
    });
    if (cutEvery === 0) return;
    this.later(cutEvery * (0.5 + this.#random()), () => {
      open = false;
      from.channel.detach();
      this.later(this.#random() * 500, () => this.connect(from, to));
    });
  }

  busyAfter(end: TestEnd): void {
    end.events.onData = () => {
      if (this.#random() >= this.#weather.busy) return;
      end.channel.pauseDelivery();
      this.later(this.#random() * 400, () => end.channel.resumeDelivery());
    };
  }

  /** Moves time to the next thing that happens. False: nothing will ever happen. */
  step(ends: readonly TestEnd[]): boolean {
    this.#tasks.sort((left, right) => left.at - right.at || left.order - right.order);
    const ticks = ends.map(({ channel }) => channel.nextTick ?? Infinity);
    const next = Math.min(this.#tasks[0]?.at ?? Infinity, ...ticks);
    if (next === Infinity) return false;
    this.#clock.now = Math.max(this.#clock.now, next);
    for (const { channel } of ends) if ((channel.nextTick ?? Infinity) <= this.#clock.now) channel.tick();
    while (this.#tasks[0] !== undefined && this.#tasks[0].at <= this.#clock.now) this.#tasks.shift()?.run();
    return true;
  }

  /** Lost or not: the second acknowledgement of a message is never made. */
  #swallows(frame: Uint8Array): boolean {
    if (!this.#weather.acknowledgesOnce) return false;
    const message = decodeMessage(frame);
    if (message.messageType !== 'acknowledge') return false;
    const text = Buffer.from(message.payload).toString();
    if (!text.includes('output_stream_data')) return false;
    if (this.#seen.has(text)) return true;
    this.#seen.add(text);
    return false;
  }
}

async function converse(weather: Weather): Promise<{ agent: Speaker; client: Speaker; elapsed: number }> {
  const clock = new SimulatedClock();
  const start = clock.now;
  const keyService = new MemoryKeyService();
  const limits = { maxUnackedMessages: weather.window };
  const agent = new TestEnd('agent', { keyService, limits }, clock);
  const client = new TestEnd(
    'client',
    { keyService, limits, ...(weather.streams ? { streams: { mode: 'pipes' } as const } : {}) },
    clock,
  );
  const network = new Network(weather, clock);
  network.connect(agent, client);
  network.connect(client, agent);
  network.busyAfter(agent);
  network.busyAfter(client);
  const outputs = weather.streams ? [PayloadType.Output, PayloadType.StdErr] : [PayloadType.Output];
  const speakers = {
    agent: new Speaker(agent, weather.agentChunks, outputs),
    client: new Speaker(client, weather.clientChunks, [PayloadType.Output, PayloadType.Size]),
  };
  agent.channel.startHandshake({ ...HANDSHAKE, ...(weather.kms ? { kmsKeyId: 'k' } : {}) });
  const heard = (speaker: Speaker, listener: TestEnd): boolean =>
    listener.events.outcomes.length > 0 &&
    listener.events.received.length >= speaker.messages.length &&
    (weather.acknowledgesOnce || (speaker.end.channel.drained && speaker.written === speaker.messages.length));
  for (let steps = 0; steps < LIMIT_STEPS; steps += 1) {
    speakers.agent.speak();
    speakers.client.speak();
    if (heard(speakers.agent, client) && heard(speakers.client, agent)) break;
    if (agent.events.failures.length + client.events.failures.length > 0) break;
    if (!network.step([agent, client])) break;
    for (let turns = 0; weather.kms && agent.events.outcomes.length === 0 && turns < 8; turns += 1) {
      await Promise.resolve();
    }
  }
  return { ...speakers, elapsed: clock.now - start };
}

async function arrivesOnceAndInOrder(weather: Weather): Promise<void> {
  const { agent, client, elapsed } = await converse(weather);
  expect(agent.end.events.failures.concat(client.end.events.failures)).toEqual([]);
  const plain = (messages: { payloadType: number; payload: Uint8Array }[]): string[] =>
    messages.map(({ payloadType, payload }) => `${payloadType} ${Buffer.from(payload).toString()}`);
  expect(plain(client.end.events.received)).toEqual(plain(agent.messages));
  expect(plain(agent.end.events.received)).toEqual(plain(client.messages));
  expect(agent.end.events.outcomes).toMatchObject([{ encrypted: weather.kms }]);
  expect(elapsed).toBeLessThan(600_000);
}

const chunks = fc.array(fc.nat(3_000), { maxLength: 60 });

const weather = fc.record<Weather>({
  seed: fc.integer(),
  loss: fc.double({ min: 0, max: 0.3, noNaN: true }),
  repeat: fc.double({ min: 0, max: 0.3, noNaN: true }),
  maxDelay: fc.constantFrom(0, 1, 30, 400),
  cutEvery: fc.constantFrom(0, 0, 200, 1_000, 5_000),
  kms: fc.boolean(),
  streams: fc.boolean(),
  acknowledgesOnce: fc.constant(false),
  agentChunks: chunks,
  clientChunks: chunks,
  busy: fc.constantFrom(0, 0, 0.05, 0.5),
  window: fc.constantFrom(1, 4, 1_000),
});

describe('two ends over a bad network', () => {
  it('every byte comes out once and in order, both ways', async () => {
    await fc.assert(fc.asyncProperty(weather, arrivesOnceAndInOrder), { numRuns: 400 });
  });

  it('so it does when the client, as the official one, acknowledges nothing twice', async () => {
    const once = weather.map((one) => ({ ...one, acknowledgesOnce: true, window: 1_000, busy: 0 }));
    await fc.assert(fc.asyncProperty(once, arrivesOnceAndInOrder), { numRuns: 200 });
  });

  it('a socket that is cut twenty times costs nothing but time', async () => {
    await arrivesOnceAndInOrder({
      seed: 7,
      loss: 0,
      repeat: 0,
      maxDelay: 20,
      cutEvery: 50,
      kms: true,
      streams: true,
      acknowledgesOnce: false,
      agentChunks: Array.from({ length: 2_000 }, () => 1_000),
      clientChunks: Array.from({ length: 200 }, () => 10),
      busy: 0,
      window: 50,
    });
  });
});
