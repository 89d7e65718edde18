import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface ConnectProxyOptions {
  /** `host:port` as a client asks for it, in lower case, and the port of this machine that answers for it. */
  readonly targets: ReadonlyMap<string, number>;
  /** Told of each target that was refused. */
  readonly refused: (target: string) => void;
}

/** A client that asks for a tunnel and sends nothing more of its request. */
const HEADERS_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 1_000;

/**
 * An HTTP proxy on loopback for a few names that this process itself answers for. Not an open proxy: every other target
 * is refused with 403, as is every request that is no CONNECT.
 */
export class ConnectProxy {
  readonly #server = createServer({ headersTimeout: HEADERS_TIMEOUT_MS });
  readonly #sockets = new Set<Duplex>();
  readonly #options: ConnectProxyOptions;

  constructor(options: ConnectProxyOptions) {
    this.#options = options;
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on('request', (_request, response) => {
      response.writeHead(403, { connection: 'close' }).end('This proxy takes only CONNECT.\n');
    });
    this.#server.on('connect', (request, socket, head) => this.#connect(request.url ?? '', socket, head));
  }

  /** Port 0: any free one. The URL for HTTPS_PROXY. */
  async listen(port: number): Promise<string> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Cuts what is open. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    this.#server.closeAllConnections();
    await closed;
  }

  #connect(target: string, client: Duplex, head: Buffer): void {
    client.on('error', () => client.destroy());
    const port = this.#options.targets.get(target.toLowerCase());
    if (port === undefined) {
      this.#options.refused(target);
      client.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    const server = connect(port, '127.0.0.1');
    this.#track(client, server);
    server.once('connect', () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      if (head.length > 0) server.write(head);
      client.pipe(server).pipe(client);
    });
  }

  #track(client: Duplex, server: Socket): void {
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
  }
}
