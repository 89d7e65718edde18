import { once } from 'node:events';
import { chmod, mkdir, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { ForwardSpec } from '../../platform/runtime/runtime.js';
import type { TaskEndpoint } from './task-endpoint.js';

/** Connections at a time of one task to the endpoint's port. */
export const MAX_WAY_CONNECTIONS = 256;

export interface TaskWaysOptions {
  /** Names the task to the task endpoint, whose callers come in here. */
  readonly taskArn: string;
  /** Absolute, short (a socket's path has room for 107 bytes), and only this task's. */
  readonly directory: string;
  readonly endpoint: TaskEndpoint;
  /** Where SDKs in containers find AWS; only an address on the loopback needs a way. */
  readonly endpointUrl?: string;
}

/**
 * Ways from a task's own network to this host: what its containers reach on their loopback comes out of Unix sockets
 * here, one directory for each task, so that nobody needs to ask who is calling.
 */
export class TaskWays {
  readonly #options: TaskWaysOptions;
  readonly #servers: Server[] = [];
  #opened: Promise<readonly ForwardSpec[]> | undefined;

  constructor(options: TaskWaysOptions) {
    this.#options = options;
  }

  /** Rejects when a socket cannot be made. */
  open(): Promise<readonly ForwardSpec[]> {
    return (this.#opened ??= this.#open());
  }

  /** The sockets go, for the next agent to make them anew; their directory stays, for it may be mounted. Never rejects. */
  async leave(): Promise<void> {
    await this.#opened?.catch(() => undefined);
    for (const server of this.#servers) server.close();
  }

  /** Never rejects. */
  async close(): Promise<void> {
    await this.leave();
    await rm(this.#options.directory, { recursive: true, force: true }).catch(() => undefined);
  }

  async #open(): Promise<readonly ForwardSpec[]> {
    const { directory, endpoint, taskArn, endpointUrl } = this.#options;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await chmod(directory, 0o700);
    const ways = [await this.#listen(endpoint.port, (socket) => endpoint.serve(socket, taskArn))];
    const port = loopbackPort(endpointUrl);
    if (port !== undefined && port !== endpoint.port) {
      ways.push(
        await this.#listen(port, (socket) => carry(socket, connect({ host: '127.0.0.1', port, allowHalfOpen: true }))),
      );
    }
    return ways;
  }

  async #listen(port: number, accept: (socket: Socket) => void): Promise<ForwardSpec> {
    const socketPath = join(this.#options.directory, String(port));
    // Of an agent that died.
    await rm(socketPath, { force: true });
    const server = createServer({ allowHalfOpen: true }, accept);
    server.maxConnections = MAX_WAY_CONNECTIONS;
    this.#servers.push(server);
    server.listen(socketPath);
    await once(server, 'listening');
    await chmod(socketPath, 0o600);
    server.unref();
    return { port, socketPath };
  }
}

/** Undefined: it is not on this machine's loopback, and reached as any other host. */
function loopbackPort(url: string | undefined): number | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { hostname, port, protocol } = new URL(url);
  if (!/^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname)) return undefined;
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}

/** Carries bytes both ways; either end closes its own half. */
function carry(a: Socket, b: Socket): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.on('error', () => to.destroy());
    from.pipe(to);
  }
}
