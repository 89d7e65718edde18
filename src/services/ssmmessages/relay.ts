import { acknowledgedNumber } from '../../core/protocol/acknowledge.js';
import { FrameError } from '../../core/protocol/frame-error.js';
import { MessageType } from '../../core/protocol/message-type.js';
import { PayloadError } from '../../core/protocol/payload-error.js';
import { PayloadType } from '../../core/protocol/payload-type.js';
import { peekMessage } from '../../core/protocol/peek-message.js';
import type { FrameHeader } from '../../core/protocol/peek-message.js';
import type { MessageSocket } from '../../platform/aws/message-socket.js';
import { CloseReason, closeWith } from './close-reason.js';
import type { GatewayMessages } from './gateway-messages.js';
import { RelayEnd } from './relay-end.js';
import { StreamDirection } from './stream-direction.js';

export type RelaySide = 'agent' | 'client';

export interface RelayEvents {
  /** A stream message with a new sequence number has passed. */
  activity(): void;
  /** The receiver has acknowledged something. */
  acknowledged(): void;
  /** `agent_session_state`: for us, not for the client. */
  agentState(payload: Uint8Array): void;
  /** The socket of this side has closed and no other has taken its place. */
  left(side: RelaySide): void;
  /** A message that is not forwarded; the reason is for the log. */
  dropped(side: RelaySide, reason: string): void;
}

interface Side {
  readonly name: RelaySide;
  readonly end: RelayEnd;
  /** What this side receives. */
  readonly inbound: StreamDirection;
  /** Message type of what this side sends. */
  readonly sends: MessageType;
}

/**
 * Forwards `input_stream_data`, `output_stream_data` and `acknowledge` between the two data sockets of a session,
 * byte for byte and in order (wire-protocol 1.12). It opens no payload but that of `acknowledge`.
 *
 * Back-pressure: when a receiver's socket is full, frames for it are held back, and when no more can be held the
 * sender's socket is no longer read. The agent is told to pause only while its client is away: start_publication makes
 * agents send everything again, which a slow client must not pay for.
 */
export class Relay {
  readonly #messages: GatewayMessages;
  readonly #events: RelayEvents;
  readonly #agent: Side;
  readonly #client: Side;
  #clientHasBeenHere: boolean;
  #agentPaused = false;

  /**
   * `clientHasBeenHere`: in the life of a former process of this endpoint. `fromStart`: nothing of the session has
   * gone through a former process.
   */
  constructor(
    messages: GatewayMessages,
    events: RelayEvents,
    options: { clientHasBeenHere: boolean; fromStart: boolean },
  ) {
    const { fromStart } = options;
    this.#messages = messages;
    this.#events = events;
    this.#clientHasBeenHere = options.clientHasBeenHere;
    this.#agent = {
      name: 'agent',
      end: new RelayEnd(),
      inbound: new StreamDirection({ receiverMayBeSilent: false, fromStart }),
      sends: MessageType.OutputStreamData,
    };
    this.#client = {
      name: 'client',
      end: new RelayEnd(),
      inbound: new StreamDirection({ receiverMayBeSilent: true, fromStart }),
      sends: MessageType.InputStreamData,
    };
  }

  socketOf(name: RelaySide): MessageSocket | undefined {
    return this.#side(name).end.socket;
  }

  /** Everything the agent has sent so far has been acknowledged by the client. */
  get outputDelivered(): boolean {
    return this.#client.inbound.unacknowledged.frames === 0;
  }

  /** Bytes held for one side; bounded by MAX_REPLAY_BYTES and what was in flight. */
  heldFor(name: RelaySide): number {
    return this.#side(name).inbound.unacknowledged.bytes;
  }

  /** Puts a socket in its place; the newest wins, and what its side has not acknowledged is sent to it again. */
  attach(name: RelaySide, socket: MessageSocket): void {
    const side = this.#side(name);
    this.#left(side);
    side.end.attach(socket);
    if (side === this.#agent) this.#agentPaused = false;
    else this.#clientHasBeenHere = true;
    socket.handlers = {
      message: (data) => this.#receive(side, socket, data),
      drain: () => {
        if (side.end.socket !== socket) return;
        side.end.clear();
        this.#catchUp(side);
      },
      close: () => {
        if (side.end.socket !== socket) return;
        this.#left(side);
        this.#events.left(name);
      },
    };
    this.#catchUp(side);
  }

  /** Lets go of one side's socket for good. An agent whose client is done with is not paused any more. */
  release(name: RelaySide): MessageSocket | undefined {
    const side = this.#side(name);
    const { socket } = side.end;
    if (side === this.#client) this.#clientHasBeenHere = false;
    this.#left(side);
    return socket;
  }

  /** Sends a message of the gateway behind everything that was sent or held back; false when nobody is there. */
  sendTo(name: RelaySide, frame: Uint8Array): boolean {
    const { end, inbound } = this.#side(name);
    if (end.socket === undefined) return false;
    inbound.release((held) => {
      end.send(held);
      return true;
    });
    end.send(frame);
    return true;
  }

  #receive(side: Side, socket: MessageSocket, data: Uint8Array | string): void {
    if (side.end.socket !== socket) return;
    if (typeof data === 'string') {
      this.#events.dropped(side.name, 'a text frame after the token frame');
      return;
    }
    try {
      this.#dispatch(side, peekMessage(data), data);
    } catch (error) {
      if (error instanceof PayloadError) this.#events.dropped(side.name, error.message);
      else if (error instanceof FrameError) {
        // A frame that no peer could read must not be forwarded: it would stop the other side's reader (T1).
        this.#events.dropped(side.name, error.message);
        socket.close(error.closeCode, error.message);
      } else {
        // A fault of ours ends this socket, not the process with everybody else's sessions.
        this.#events.dropped(side.name, `fault: ${String(error)}`);
        closeWith(socket, CloseReason.Fault);
      }
    }
  }

  #dispatch(from: Side, header: FrameHeader, frame: Uint8Array): void {
    const to = from === this.#agent ? this.#client : this.#agent;
    if (header.messageType === from.sends) {
      this.#forward(from, to, header, frame);
    } else if (header.messageType === MessageType.Acknowledge) {
      from.inbound.acknowledge(acknowledgedNumber(frame.subarray(header.payloadOffset)));
      to.end.sendAside(frame);
      this.#events.acknowledged();
    } else if (header.messageType === MessageType.AgentSessionState && from === this.#agent) {
      this.#events.agentState(frame.subarray(header.payloadOffset));
    } else {
      this.#events.dropped(from.name, `message type ${header.messageType}`);
    }
  }

  #forward(from: Side, to: Side, header: FrameHeader, frame: Uint8Array): void {
    const arrival = to.inbound.arrive(header, frame, to.end.state);
    if (arrival.isNew) this.#events.activity();
    // The official client sends a size or a key only once it shows output.
    if (header.payloadType === PayloadType.Size || header.payloadType === PayloadType.Output) {
      from.inbound.receiverIsReady();
    }
    if (arrival.action === 'answer') from.end.sendAside(this.#messages.acknowledge(header, frame));
    else if (arrival.action === 'send') to.end.send(frame);
    if (arrival.overflow) from.end.pause();
  }

  /** Sends a side what was held back for it, as far as there is room, and lets its peer go on. */
  #catchUp(side: Side): void {
    side.inbound.release((frame) => side.end.send(frame));
    if (side.end.state === 'open') this.#peerOf(side).end.resume();
    this.#updatePublication();
  }

  #left(side: Side): void {
    if (side.end.socket === undefined) return;
    side.end.detach();
    side.inbound.receiverLeft();
    this.#peerOf(side).end.resume();
    this.#updatePublication();
  }

  /**
   * Before its first client an agent is never paused: it must get through its handshake. What a full socket does not
   * take is said when it has drained: an agent that is not told of a client's return may stay paused for good.
   */
  #updatePublication(): void {
    const pause = this.#clientHasBeenHere && this.#client.end.state === 'away';
    if (pause === this.#agentPaused || this.#agent.end.socket === undefined) return;
    const frame = pause ? this.#messages.pausePublication() : this.#messages.startPublication();
    if (this.#agent.end.sendAside(frame)) this.#agentPaused = pause;
  }

  #peerOf(side: Side): Side {
    return side === this.#agent ? this.#client : this.#agent;
  }

  #side(name: RelaySide): Side {
    return name === 'agent' ? this.#agent : this.#client;
  }
}
