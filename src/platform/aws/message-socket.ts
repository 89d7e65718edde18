/** What happens on a message socket. Set all of them at once, synchronously, when the socket is handed over. */
export interface MessageSocketHandlers {
  /**
   * Text frames come as strings, binary frames as bytes that nobody changes afterwards. They may be a view of more
   * memory than they take: copy what is kept for long.
   */
  message(data: Uint8Array | string): void;
  /** Called exactly once, also after an error. `code` 1006: no close frame was seen. */
  close(code: number, reason: string): void;
  /** `bufferedAmount` has fallen back to zero after a send. */
  drain?(): void;
  ping?(): void;
}

/**
 * A WebSocket as the gateway, the agent and the client need it. Two implementations: `ws` over the network, and a
 * linked pair inside one process, so that `gangway up` need not carry its own frames through the kernel.
 */
export interface MessageSocket {
  handlers: MessageSocketHandlers;
  /** The bytes must not be changed afterwards: they may still wait here, or be handed over as they are. */
  send(data: Uint8Array | string): void;
  /** Bytes handed to `send` that have not yet left this process (pair: not yet taken by the other half). */
  readonly bufferedAmount: number;
  /**
   * Grows with everything that comes from the peer: messages, parts of one that is still on its way, pings, and the
   * pongs that answer ours. That the peer lives is all it tells (see `socket-pulse.ts`).
   */
  readonly bytesRead: number;
  /** `paused`: reads nothing, and so cannot know whether the peer lives. `closed`: the end has been told to the handlers. */
  readonly state: 'open' | 'paused' | 'closed';
  /** Stops reading from the peer; what is in flight may still arrive. */
  pause(): void;
  resume(): void;
  ping(): void;
  /** Sends a close frame; `handlers.close` follows. */
  close(code?: number, reason?: string): void;
  /** Drops the connection without a close frame. */
  terminate(): void;
}

/** Opens a signed or unsigned WebSocket: the network one, or the in-process one in `gangway up`. */
export type Dial = (url: string, headers: Readonly<Record<string, string>>) => Promise<MessageSocket>;
