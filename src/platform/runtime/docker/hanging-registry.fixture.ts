import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/**
 * A registry on the loopback, where Docker does without TLS, that takes connections and never answers.
 * `image` is one of it; `connections` are those that are open.
 */
export async function hangingRegistry(): Promise<{ image: string; connections: ReadonlySet<Socket> }> {
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => connections.delete(socket));
    socket.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of connections) socket.destroy();
  });
  return { image: `127.0.0.1:${(server.address() as AddressInfo).port}/never:1`, connections };
}
