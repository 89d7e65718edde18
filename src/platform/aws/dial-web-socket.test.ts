import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { createDial, needsMask } from './dial-web-socket.js';

test('only what stays on this machine goes unmasked', () => {
  for (const host of ['localhost:80', '127.0.0.1:4580', '127.1.2.3', '[::1]:4580']) {
    expect([host, needsMask(`ws://${host}/v1`)]).toEqual([host, false]);
  }
  for (const host of ['gangway.example', '10.0.0.1', '127.0.0.1.example', 'localhost.example', '[::2]', '0.0.0.0']) {
    expect([host, needsMask(`ws://${host}/v1`)]).toEqual([host, true]);
    expect([host, needsMask(`wss://${host}/v1`)]).toEqual([host, true]);
  }
});

test('a frame to this machine carries a mask of zeros, and its bytes as they are', async () => {
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  onTestFinished(() => void server.close());
  const wire: Buffer[] = [];
  const arrived = new Promise<Buffer>((resolve) => {
    sockets.on('connection', (socket, request) => {
      request.socket.on('data', (bytes) => wire.push(bytes));
      socket.on('message', (data) => resolve(data as Buffer));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const socket = await createDial()(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, {});
  socket.send(Buffer.from('plainly'));
  expect((await arrived).toString()).toBe('plainly');
  // FIN and binary; masked, 7 bytes; the mask (RFC 6455, 5.2).
  expect(Buffer.concat(wire).subarray(0, 13)).toEqual(Buffer.from('\x82\x87\0\0\0\0plainly', 'latin1'));
  socket.terminate();
});
