import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { isLoopback } from './is-loopback.js';
import type { Dial, MessageSocket } from './message-socket.js';
import { MAX_MESSAGE_BYTES } from './message-socket-limits.js';
import { createTlsAgent } from './outgoing/tls-agent.js';
import type { Trust } from './trust.js';
import { UpgradeRefused } from './upgrade-refused.js';
import { WsMessageSocket } from './ws-message-socket.js';

/** From the first packet to the 101; the official client waits 45 s, which nobody watches. */
export const DIAL_TIMEOUT_MS = 15_000;
/** As much of a refusal's body as is read. */
export const MAX_REFUSAL_BYTES = 16 * 1024;

/**
 * Masks protect proxies that take a WebSocket's bytes for HTTP (RFC 6455, 10.3). On this machine there is none, and a
 * mask of zeros spares both ends a pass over every byte. TLS may end in a proxy: masked as anywhere else.
 */
export function needsMask(url: string): boolean {
  return !isLoopback(url);
}

/**
 * Dials over the network. `ca`: whom to trust beside the usual ones, or instead. Rejects with {@link UpgradeRefused}
 * when the server answers with anything but 101, and with the system's error when there is no answer.
 */
export function createDial(options: { ca?: Trust; timeoutMs?: number } = {}): Dial {
  const { ca, timeoutMs = DIAL_TIMEOUT_MS } = options;
  return (url, headers) =>
    new Promise<MessageSocket>((resolve, reject) => {
      const agent = ca !== undefined && url.startsWith('wss:') ? createTlsAgent(ca, {}) : undefined;
      const socket = new WebSocket(url, {
        headers,
        handshakeTimeout: timeoutMs,
        maxPayload: MAX_MESSAGE_BYTES,
        perMessageDeflate: false,
        ...(!needsMask(url) && { generateMask: (mask: Buffer) => void mask.fill(0) }),
        ...(agent !== undefined && { agent }),
      });
      let transport: IncomingMessage['socket'] | undefined;
      socket.once('upgrade', (response) => {
        transport = response.socket;
      });
      socket.once('unexpected-response', (request, response) => {
        readRefusal(response).then((body) => {
          request.destroy();
          reject(new UpgradeRefused(response.statusCode ?? 0, body));
        }, reject);
      });
      socket.once('error', reject);
      socket.once('open', () => {
        socket.off('error', reject);
        if (transport !== undefined) resolve(new WsMessageSocket(socket, transport));
      });
    });
}

async function readRefusal(response: IncomingMessage): Promise<string> {
  let body = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    body += chunk as string;
    if (body.length > MAX_REFUSAL_BYTES) break;
  }
  return body.slice(0, MAX_REFUSAL_BYTES);
}
