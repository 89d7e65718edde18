import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A TCP relay in front of an endpoint that keeps every byte that passes, in both directions. */
export class RecordingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #streams: Buffer[][] = [];
  url = '';

  constructor(target: string) {
    const { port } = new URL(target);
    this.#server = createServer((near) => {
      const far = connect(Number(port), '127.0.0.1');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        const chunks: Buffer[] = [];
        this.#streams.push(chunks);
        this.#sockets.add(from);
        from.on('data', (chunk: Buffer) => chunks.push(chunk));
        from.on('error', () => to.destroy()).on('close', () => to.destroy());
        from.pipe(to);
      }
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** All of it, a connection's directions each in one piece. Forgets it. */
  taken(): string {
    return this.#streams
      .splice(0)
      .map((chunks) => Buffer.concat(chunks).toString('latin1'))
      .join('\n');
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
