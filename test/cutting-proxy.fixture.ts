import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A TCP relay in front of an endpoint that can cut its long connections by force (RST, no close frame), or freeze them. */
export class CuttingProxy {
  readonly #server: Server;
  readonly #pairs = new Set<{ near: Socket; far: Socket; bytes: number }>();
  cuts = 0;
  url = '';

  constructor(target: string) {
    const { port } = new URL(target);
    this.#server = createServer((near) => {
      const far = connect(Number(port), '127.0.0.1');
      const pair = { near, far, bytes: 0 };
      this.#pairs.add(pair);
      const end = (): void => {
        this.#pairs.delete(pair);
        near.destroy();
        far.destroy();
      };
      far.on('data', (chunk: Buffer) => (pair.bytes += chunk.length));
      near.pipe(far);
      far.pipe(near);
      for (const socket of [near, far]) socket.on('error', end).on('close', end);
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Cuts every connection that has carried more than `bytes`; says how many there were. */
  cut(bytes: number): number {
    const chosen = [...this.#pairs].filter((pair) => pair.bytes > bytes);
    for (const { near, far } of chosen) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
    this.cuts += chosen.length;
    return chosen.length;
  }

  /**
   * Every connection there is goes on, but carries nothing any more, as when a network is pulled: no FIN, no RST. New
   * ones work. Says how many there were.
   */
  freeze(): number {
    for (const { near, far } of this.#pairs) {
      near.unpipe(far).pause();
      far.unpipe(near).pause();
    }
    return this.#pairs.size;
  }

  close(): void {
    this.#server.close();
    for (const { near, far } of this.#pairs) {
      near.destroy();
      far.destroy();
    }
  }
}
