import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ChannelEnvironment, ChannelEvents, ChannelRole } from '../../core/channel/channel-api.js';
import { Channel } from '../../core/channel/channel.js';
import { PayloadType } from '../../core/protocol/payload-type.js';
import { createMessageSocketPair } from '../../platform/aws/message-socket-pair.js';
import type { MessageSocket } from '../../platform/aws/message-socket.js';
import { nodeSessionEnvironment } from '../ssm/node-session-environment.js';
import { GatewayMessages } from './gateway-messages.js';
import { Relay } from './relay.js';
import type { RelaySide } from './relay.js';

const environment: ChannelEnvironment = {
  now: () => Date.now(),
  randomBytes: (length) => randomBytes(length),
  sha256: (bytes) => createHash('sha256').update(bytes).digest(),
  cipher: () => {
    throw new Error('this session is not encrypted');
  },
};

/** A channel that stays connected to the relay: every cut is followed by a new socket. */
class Peer {
  readonly channel: Channel;
  readonly #relay: Relay;
  readonly #side: RelaySide;
  readonly #timer: NodeJS.Timeout;
  #socket: MessageSocket | undefined;

  constructor(role: ChannelRole, relay: Relay, events: Partial<ChannelEvents>) {
    this.#relay = relay;
    this.#side = role;
    const nothing = (): void => undefined;
    const all: ChannelEvents = { data: nothing, ready: nothing, failed: nothing, writable: nothing, drained: nothing };
    this.channel = new Channel({ role, sessionId: 's', targetId: 't', environment, events: { ...all, ...events } });
    this.#timer = setInterval(() => {
      const { nextTick } = this.channel;
      if (nextTick !== undefined && nextTick <= Date.now()) this.channel.tick();
    }, 10);
  }

  connect(): void {
    const [near, far] = createMessageSocketPair();
    this.#socket = near;
    near.handlers = {
      message: (data) => this.channel.receive(data as Uint8Array),
      close: () => undefined,
    };
    this.#relay.attach(this.#side, far);
    this.channel.attach((frame) => near.send(frame));
  }

  /** What is on the way is lost; a little later there is another socket. */
  cut(): void {
    this.#socket?.terminate();
    this.channel.detach();
    setTimeout(() => this.connect(), 5);
  }

  end(): void {
    clearInterval(this.#timer);
    this.channel.close();
  }
}

describe('our own channel at both ends', () => {
  it(
    'delivers every byte once and in order, though the sockets are cut twenty times',
    { timeout: 30_000 },
    async () => {
      const total = 24 * 1024 * 1024;
      const cuts = 20;
      const sent = createHash('sha256');
      const received = createHash('sha256');
      let written = 0;
      let arrived = 0;
      let cut = 0;
      const nothing = (): void => undefined;
      const relay = new Relay(
        new GatewayMessages(nodeSessionEnvironment),
        { activity: nothing, acknowledged: nothing, agentState: nothing, left: nothing, dropped: nothing },
        { clientHasBeenHere: false, fromStart: true },
      );
      await new Promise<void>((resolve, reject) => {
        const pump = (): void => {
          while (agent.channel.writable && written < total) {
            const chunk = randomBytes(Math.min(32_000, total - written));
            sent.update(chunk);
            written += chunk.length;
            agent.channel.write(PayloadType.Output, chunk);
          }
        };
        const agent: Peer = new Peer('agent', relay, {
          writable: pump,
          failed: (message) => reject(new Error(message)),
          drained: () => {
            if (arrived === total) resolve();
          },
        });
        const client = new Peer('client', relay, {
          failed: (message) => reject(new Error(message)),
          data: (_, payload) => {
            received.update(payload);
            arrived += payload.length;
            if (arrived < (total / (cuts + 1)) * (cut + 1) || cut === cuts) return;
            cut += 1;
            // From outside of the channel's own call, as sockets break.
            setImmediate(() => (cut % 2 === 0 ? agent : client).cut());
          },
        });
        agent.connect();
        client.connect();
        agent.channel.startHandshake({
          agentVersion: '3.3.0.0',
          sessionType: 'InteractiveCommands',
          offerStreams: false,
        });
        setTimeout(() => reject(new Error(`${arrived} of ${total} bytes after ${cut} cuts`)), 25_000).unref();
        onTestFinished(() => [agent, client].forEach((peer) => peer.end()));
      });
      expect(cut).toBe(cuts);
      expect(arrived).toBe(total);
      expect(received.digest('hex')).toBe(sent.digest('hex'));
      expect(relay.heldFor('client')).toBe(0);
    },
  );
});
