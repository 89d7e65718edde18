import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { HttpConnections } from './http-exchange.js';

/** A server, the connections to it as it sees them, and a way to ask it for something. */
async function setUp(options: { idleMs?: number; answerAfterMs?: number } = {}) {
  const { answerAfterMs = 0, ...rest } = options;
  const sockets: Socket[] = [];
  const server = createServer((_, response) => void setTimeout(() => response.end('ok'), answerAfterMs));
  server.on('connection', (socket) => sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const connections = new HttpConnections({ secure: false, ca: undefined, ...rest });
  onTestFinished(() => {
    connections.close();
    server.closeAllConnections();
    server.close();
  });
  const request = { method: 'POST', url, headers: {}, body: '{}', timeoutMs: 5_000, signal: undefined };
  return { sockets, ask: async () => (await connections.exchange(request)).body };
}

test('a connection is used again', async () => {
  const { sockets, ask } = await setUp();
  await ask();
  await ask();
  expect(sockets).toHaveLength(1);
});

test('a connection that has been idle is closed, and not used again: its network may be gone', async () => {
  const { sockets, ask } = await setUp({ idleMs: 20 });
  await ask();
  await once(sockets[0]!, 'close');
  expect(await ask()).toBe('ok');
  expect(sockets).toHaveLength(2);
});

test('an answer may take longer than a connection may idle', async () => {
  const { ask } = await setUp({ idleMs: 20, answerAfterMs: 100 });
  expect(await ask()).toBe('ok');
});
