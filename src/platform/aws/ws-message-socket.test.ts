import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createDial } from './dial-web-socket.js';
import type { MessageSocket } from './message-socket.js';
import { messageSocketContract } from './message-socket.contract.js';
import { MAX_MESSAGE_BYTES, PAUSED_PONG_INTERVAL_MS } from './message-socket-limits.js';
import { WsMessageSocket } from './ws-message-socket.js';

const http = createServer((_, response) => response.writeHead(403).end('not here'));
const accept = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
const arrivals: ((socket: MessageSocket) => void)[] = [];
const transports: Duplex[] = [];

beforeAll(async () => {
  http.on('upgrade', (request, transport: Duplex, head) => {
    if (request.url === '/silent') return;
    accept.handleUpgrade(request, transport, head, (socket) => {
      transports.push(transport);
      arrivals.shift()?.(new WsMessageSocket(socket, request.socket));
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
});
afterAll(() => {
  http.closeAllConnections();
  http.close();
});

const url = (): string => `ws://127.0.0.1:${(http.address() as AddressInfo).port}`;

async function connect(): Promise<[MessageSocket, MessageSocket]> {
  const server = new Promise<MessageSocket>((resolve) => arrivals.push(resolve));
  return [await createDial()(url(), {}), await server];
}

describe('the client end of a network connection', () => {
  messageSocketContract(connect);
});

describe('the server end of a network connection', () => {
  messageSocketContract(async () => {
    const [client, server] = await connect();
    return [server, client];
  });
});

test('a refused upgrade rejects with status and body', async () => {
  const refusing = createServer();
  refusing.on('upgrade', (_, transport: Duplex) => {
    transport.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 7\r\nConnection: close\r\n\r\n<no/>\r\n');
  });
  refusing.listen(0, '127.0.0.1');
  await once(refusing, 'listening');
  const dialling = createDial()(`ws://127.0.0.1:${(refusing.address() as AddressInfo).port}/`, {});
  await expect(dialling).rejects.toMatchObject({ name: 'UpgradeRefused', status: 403, body: '<no/>\r\n' });
  refusing.close();
});

test('nobody listening rejects with the system’s error', async () => {
  const unused = createServer().listen(0, '127.0.0.1');
  await once(unused, 'listening');
  const { port } = unused.address() as AddressInfo;
  unused.close();
  await once(unused, 'close');
  await expect(createDial()(`ws://127.0.0.1:${port}/`, {})).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('a server that does not answer is given up', async () => {
  await expect(createDial({ timeoutMs: 50 })(`${url()}/silent`, {})).rejects.toThrow(/timed out/);
});

test('a connection cut below is 1006', async () => {
  const [client] = await connect();
  const end = new Promise((resolve) => {
    client.handlers = { message: () => undefined, close: (code) => resolve(code) };
  });
  transports.at(-1)?.destroy();
  expect(await end).toBe(1006);
});

test('T14: a paused end that cannot see pings sends pongs of its own', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const server = new Promise<MessageSocket>((resolve) => arrivals.push(resolve));
    const peer = new WebSocket(url());
    const paused = await server;
    paused.handlers = { message: () => undefined, close: () => undefined };
    paused.pause();
    const pong = once(peer, 'pong');
    vi.advanceTimersByTime(PAUSED_PONG_INTERVAL_MS);
    await pong;
    paused.terminate();
    await once(peer, 'close');
  } finally {
    vi.useRealTimers();
  }
});
