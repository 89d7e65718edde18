import type { IncomingMessage, ServerResponse } from 'node:http';
import type { StreamedResponse } from '../streamed-service.js';
import { CallerGone } from './endpoint-request.js';
import { MAX_DISCARDED_BYTES } from './read-body.js';
import type { StreamedAnswer } from './streamed-answerer.js';

export interface StreamedExchangeOptions {
  /** The caller waits to be told before it sends the body (`Expect: 100-continue`). */
  readonly expectsContinue: boolean;
  readonly idleTimeoutMs: number;
  /** No further request on this connection. */
  readonly last: () => boolean;
}

/** One request and its answer on a connection, without either body ever being in memory. */
export class StreamedExchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #options: StreamedExchangeOptions;
  /** The caller sends, or has sent, the body. */
  #invited: boolean;

  constructor(request: IncomingMessage, response: ServerResponse, options: StreamedExchangeOptions) {
    this.#request = request;
    this.#response = response;
    this.#options = options;
    this.#invited = !options.expectsContinue;
  }

  /** Begins to read when it is asked for the first piece. Throws CallerGone when the caller leaves before the end. */
  async *body(): AsyncGenerator<Uint8Array, void, undefined> {
    const request = this.#request;
    if (!this.#invited) {
      this.#invited = true;
      this.#response.writeContinue();
    }
    this.#limitSilence();
    try {
      for await (const chunk of request.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
    } catch {
      throw gone();
    } finally {
      request.socket.setTimeout(0);
    }
    if (!request.complete) throw gone();
  }

  /** Sends what there is to send and tells the answer how it went. Never rejects. */
  async send({ response, finished }: StreamedAnswer): Promise<void> {
    if (response === undefined) {
      this.#response.destroy();
      finished();
      return;
    }
    try {
      await this.#discardRest();
      if (this.#response.destroyed) throw gone();
      if (this.#options.last() || !this.#request.complete) this.#response.setHeader('connection', 'close');
      await this.#write(response);
      finished();
    } catch (error) {
      // What is under way cannot be taken back: that it breaks off is all the caller can be told.
      this.#response.destroy();
      finished(error);
    } finally {
      const { body } = response;
      // Also when not a piece was taken: what it holds open is let go of.
      if (typeof body !== 'string' && !(body instanceof Uint8Array)) await body[Symbol.asyncIterator]().return?.();
    }
  }

  /** So that a caller who is still writing gets to read the answer; who waits to be told need not be. */
  async #discardRest(): Promise<void> {
    const request = this.#request;
    if (request.complete || !this.#invited || request.destroyed) return;
    if (Number(request.headers['content-length']) > MAX_DISCARDED_BYTES) return;
    this.#limitSilence();
    let discarded = 0;
    await new Promise<void>((resolve) => {
      request.on('data', (chunk: Buffer) => {
        discarded += chunk.length;
        if (discarded <= MAX_DISCARDED_BYTES) return;
        request.pause();
        resolve();
      });
      for (const event of ['end', 'error', 'close']) request.once(event, () => resolve());
    });
  }

  async #write({ status, headers, body }: StreamedResponse): Promise<void> {
    const response = this.#response;
    if (typeof body === 'string' || body instanceof Uint8Array) {
      const length = headers['content-length'] ?? String(Buffer.byteLength(body));
      const hasBody = status !== 204 && status !== 304;
      response.writeHead(status, { ...headers, ...(hasBody && { 'content-length': length }) });
      response.end(hasBody ? body : undefined);
      return;
    }
    response.writeHead(status, headers);
    this.#limitSilence();
    for await (const chunk of body) {
      if (!response.write(chunk)) await this.#drained();
      if (response.destroyed) throw gone();
    }
    response.end();
  }

  #drained(): Promise<void> {
    const response = this.#response;
    return new Promise((resolve) => {
      const done = (): void => {
        response.off('drain', done);
        response.off('close', done);
        resolve();
      };
      response.once('drain', done);
      response.once('close', done);
      if (response.destroyed) done();
    });
  }

  /** Node cuts a connection whose time is up, and sets another time when the answer has been sent. */
  #limitSilence(): void {
    this.#request.socket.setTimeout(this.#options.idleTimeoutMs);
  }
}

function gone(): CallerGone {
  return new CallerGone('the connection ended, or was silent for too long, before the request was done');
}
