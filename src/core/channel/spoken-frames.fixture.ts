import { encodeChannelClosed } from '../protocol/channel-closed.js';
import { encodeMessage } from '../protocol/encode-message.js';
import { encodeJson } from '../protocol/json-fields.js';
import { PayloadType } from '../protocol/payload-type.js';
import { ChannelFrames } from './channel-frames.js';
import { environmentOf, SESSION_ID, SimulatedClock, TestEnd } from './channel.fixture.js';

/** UTF-8 of a text. */
export const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const ENVIRONMENT = environmentOf(new SimulatedClock());
/** Frames of an agent, and of a client, that are played by hand. */
export const AGENT = new ChannelFrames('agent', ENVIRONMENT);
export const CLIENT = new ChannelFrames('client', ENVIRONMENT);

/** Output number `sequenceNumber` of an agent that makes no handshake. */
export const output = (sequenceNumber: number, text = `<${sequenceNumber}>`): Uint8Array =>
  AGENT.streamData(sequenceNumber, PayloadType.Output, bytes(text));

export function control(messageType: string, payload: Uint8Array = encodeJson({})): Uint8Array {
  return encodeMessage(
    {
      messageType,
      createdDate: 1,
      sequenceNumber: 0,
      flags: 0,
      messageId: '6ba7b810-9dad-41d1-80b4-00c04fd430c8',
      payloadType: 0,
      payload,
    },
    (content) => ENVIRONMENT.sha256(content),
  );
}

export const closed = (text: string): Uint8Array =>
  control(
    'channel_closed',
    encodeChannelClosed({ messageId: 'm', createdDate: '1', destinationId: 'd', sessionId: SESSION_ID, output: text }),
  );

/** Sequence numbers that were acknowledged since the last look. */
export function acknowledged(end: TestEnd): number[] {
  return end
    .take()
    .filter(({ messageType }) => messageType === 'acknowledge')
    .map(({ payload }) => JSON.parse(Buffer.from(payload).toString()).AcknowledgedMessageSequenceNumber as number);
}

export const numbers = (end: TestEnd): number[] => end.take().map(({ sequenceNumber }) => sequenceNumber);

/** A client that is ready, with nothing to acknowledge. Its next expected message is number 1. */
export function readyClient(limits = {}): TestEnd {
  const client = new TestEnd('client', { limits }).attach();
  client.channel.receive(output(0, ''.padEnd(1, '#')));
  client.take();
  client.events.received.length = 0;
  return client;
}

/** Frames of a peer that is played by hand. */
export class Peer {
  readonly #frames: ChannelFrames;
  #number = 0;
  constructor(role: 'agent' | 'client') {
    this.#frames = new ChannelFrames(role, environmentOf(new SimulatedClock()));
  }
  say(payloadType: number, payload: unknown): Uint8Array {
    this.#number += 1;
    const content = payload instanceof Uint8Array ? payload : encodeJson(payload);
    return this.#frames.streamData(this.#number - 1, payloadType, content);
  }
}

/** The answer of every client to SessionType. */
export const SESSION_TYPE_DONE = { ActionType: 'SessionType', ActionStatus: 1, ActionResult: null, Error: '' };

/** The answer of the official client to GangwayStreams. */
export const STREAMS_UNSUPPORTED = {
  ActionType: 'GangwayStreams',
  ActionStatus: 0,
  ActionResult: 3,
  Error: 'Unsupported action GangwayStreams',
};
