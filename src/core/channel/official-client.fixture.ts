import { decodeMessage } from '../protocol/decode-message.js';
import { parseHandshakeRequest } from '../protocol/handshake-request.js';
import { encodeHandshakeResponse } from '../protocol/handshake-response.js';
import type { DecodedMessage } from '../protocol/message.js';
import { MessageType } from '../protocol/message-type.js';
import { PayloadType } from '../protocol/payload-type.js';
import { ChannelFrames } from './channel-frames.js';
import { environmentOf, SimulatedClock } from './channel.fixture.js';
import { SESSION_TYPE_DONE, STREAMS_UNSUPPORTED } from './spoken-frames.fixture.js';

/** Messages that come too early and are kept; more are ignored. */
export const OFFICIAL_BUFFER_MESSAGES = 10_000;

/** A socket that takes nothing more. */
class WriteError extends Error {}

/** One connection of the client, with what is under way in both directions. */
export class Connection {
  readonly toClient: Uint8Array[] = [];
  readonly toAgent: Uint8Array[] = [];
  /** What the client can still write. Reading is another matter: what has come is read to its end. */
  writesLeft = Infinity;

  write(frame: Uint8Array): void {
    if (this.writesLeft === 0) throw new WriteError();
    this.writesLeft -= 1;
    this.toAgent.push(frame);
  }
}

/**
 * What session-manager-plugin does with `output_stream_data`, its habits included [V]: what is expected is printed, then
 * acknowledged, and counted only when the acknowledgement could be written; what comes too early is acknowledged, and
 * kept only when that worked; what is kept is printed when its turn comes, and never acknowledged again; repeats are met
 * with silence. `claimsStreams`: says in the handshake that it speaks GangwayStreams, and lies.
 */
export class OfficialClient {
  connection = new Connection();
  /** Texts of the messages that were printed, but for the empty ones. */
  readonly printed: string[] = [];
  /** Until then output is not printed; the official client reads before it is set up. */
  handlerReady = false;
  readonly #frames = new ChannelFrames('client', environmentOf(new SimulatedClock()));
  readonly #claimsStreams: boolean;
  readonly #waiting = new Map<number, DecodedMessage>();
  #expected = 0;

  constructor(claimsStreams = false) {
    this.#claimsStreams = claimsStreams;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Takes what has come over the present connection. */
  read(most = Infinity): void {
    for (const frame of this.connection.toClient.splice(0, most)) {
      try {
        this.#receive(decodeMessage(frame));
      } catch (error) {
        if (!(error instanceof WriteError)) throw error;
      }
    }
  }

  #receive(message: DecodedMessage): void {
    if (message.messageType !== MessageType.OutputStreamData) return;
    const { sequenceNumber } = message;
    if (sequenceNumber === this.#expected) {
      if (!this.#takeExpected(message)) return;
      this.#expected += 1;
      this.#takeWaiting();
    } else if (sequenceNumber > this.#expected && this.#waiting.size < OFFICIAL_BUFFER_MESSAGES) {
      this.#acknowledge(message);
      this.#waiting.set(sequenceNumber, message);
    }
  }

  /** False: not taken, because there is nobody yet to print it. */
  #takeExpected(message: DecodedMessage): boolean {
    if (message.payloadType === PayloadType.HandshakeRequest) {
      this.#acknowledge(message);
      this.#answerHandshake(message.payload);
    } else if (message.payloadType === PayloadType.HandshakeComplete) {
      this.#acknowledge(message);
    } else {
      if (!this.#print(message)) return false;
      this.#acknowledge(message);
    }
    return true;
  }

  /** What waited is counted whether it could be printed or not. */
  #takeWaiting(): void {
    for (;;) {
      const message = this.#waiting.get(this.#expected);
      if (message === undefined) return;
      this.#print(message);
      this.#waiting.delete(this.#expected);
      this.#expected += 1;
    }
  }

  #print({ payload }: DecodedMessage): boolean {
    if (this.handlerReady && payload.length > 0) this.printed.push(Buffer.from(payload).toString());
    return this.handlerReady;
  }

  #acknowledge({ messageId, sequenceNumber }: DecodedMessage): void {
    this.connection.write(this.#frames.acknowledge(messageId, sequenceNumber));
  }

  #answerHandshake(request: Uint8Array): void {
    const offered = parseHandshakeRequest(request).requestedClientActions.map(({ actionType }) => actionType);
    const streams = this.#claimsStreams
      ? { actionType: 'GangwayStreams', actionStatus: 1, actionResult: { Mode: 'terminal' }, error: '' }
      : {
          actionType: STREAMS_UNSUPPORTED.ActionType,
          actionStatus: STREAMS_UNSUPPORTED.ActionStatus,
          actionResult: STREAMS_UNSUPPORTED.ActionResult,
          error: STREAMS_UNSUPPORTED.Error,
        };
    const sessionType = { actionType: SESSION_TYPE_DONE.ActionType, actionStatus: 1, actionResult: null, error: '' };
    const response = encodeHandshakeResponse({
      clientVersion: '1.2.650.0',
      processedClientActions: offered.includes('GangwayStreams') ? [sessionType, streams] : [sessionType],
      errors: [],
    });
    this.connection.write(this.#frames.streamData(0, PayloadType.HandshakeResponse, response));
  }
}
