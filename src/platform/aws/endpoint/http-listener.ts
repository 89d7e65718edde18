import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WireResponse } from '../codec/wire-response.js';
import { CloseCode, MAX_MESSAGE_BYTES } from '../message-socket-limits.js';
import type { MessageSocket } from '../message-socket.js';
import { wireHeaders } from '../sigv4/wire-request.js';
import { WsMessageSocket } from '../ws-message-socket.js';
import { MAX_HEADER_BYTES } from './endpoint-options.js';
import type { ConnectionLimits } from './endpoint-options.js';
import type { EndpointRequest } from './endpoint-request.js';
import type { StreamedAnswer, StreamedEndpointRequest } from './streamed-answerer.js';
import { StreamedExchange } from './streamed-exchange.js';
import { malformedRequestAnswer, rawAnswer } from './raw-answer.js';
import { readBody } from './read-body.js';
import type { Admission } from './upgrade-admission.js';

type RequestHead = Omit<EndpointRequest, 'readBody'>;
type Admitted = Extract<Admission, { admitted: true }>;

export interface HttpListenerOptions {
  /** PEM. Absent: plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly limits: ConnectionLimits;
  /** Before anything of the request is proven: by what it says it is. */
  maxBodyBytes(headers: IncomingHttpHeaders): number;
  answer(request: EndpointRequest): Promise<WireResponse | undefined>;
  /** Of a request to a streamed service, who answers it. */
  streamed(request: RequestHead): ((request: StreamedEndpointRequest) => Promise<StreamedAnswer>) | undefined;
  decide(request: EndpointRequest): Promise<Admission>;
  /** A connection could not be taken, for example because there are no file descriptors left. */
  failed(error: Error): void;
  /** Hands a socket that was just opened to its route. */
  opened(admitted: Admitted, socket: MessageSocket): void;
}

/** One listening socket: turns Node's requests and upgrades into ours, and bounds what a connection may cost. */
export class HttpListener {
  readonly #options: HttpListenerOptions;
  readonly #server: Server;
  // UTF-8 is checked: only text frames cost anything, and those are a few hundred bytes of JSON.
  readonly #webSockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
  });
  #closing = false;

  constructor(options: HttpListenerOptions) {
    const { tls, limits } = options;
    const settings = {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: limits.headersTimeoutMs,
      // Node's own is for all requests alike; a streamed body may take hours.
      requestTimeout: 0,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: Math.min(limits.headersTimeoutMs, 5_000),
      noDelay: true,
    };
    this.#options = options;
    this.#server = tls === undefined ? createServer(settings) : createTlsServer({ ...settings, ...tls });
    this.#server.on('request', (request, response) => void this.#serve(request, response, false));
    this.#server.on('checkContinue', (request, response) => void this.#serve(request, response, true));
    this.#server.on('upgrade', (request, socket: Duplex, head) => void this.#upgrade(request, socket, head));
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
      if (!socket.writable || error.code === 'ECONNRESET') socket.destroy();
      else endWith(socket, malformedRequestAnswer(error.code));
    });
  }

  /** The port that was taken. Rejects when it cannot be. */
  async listen(host: string, port: number): Promise<number> {
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
    this.#server.on('error', (error) => this.#options.failed(error));
    return (this.#server.address() as AddressInfo).port;
  }

  /** Lets what is being answered be answered and sockets say goodbye, but not for ever. */
  async close(): Promise<void> {
    this.#closing = true;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#webSockets.clients) socket.close(CloseCode.goingAway);
    const cut = setTimeout(() => {
      for (const socket of this.#webSockets.clients) socket.terminate();
      this.#server.closeAllConnections();
    }, this.#options.limits.closeGraceMs);
    await closed;
    clearTimeout(cut);
  }

  async #serve(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean): Promise<void> {
    const head = this.#headOf(request);
    const streamed = this.#options.streamed(head);
    if (streamed !== undefined) {
      const { idleTimeoutMs } = this.#options.limits;
      const last = (): boolean => this.#closing;
      const exchange = new StreamedExchange(request, response, { expectsContinue, idleTimeoutMs, last });
      await exchange.send(await streamed({ ...head, body: exchange.body() }));
      return;
    }
    if (expectsContinue) response.writeContinue();
    const late = setTimeout(() => {
      if (!request.complete) endWith(request.socket, malformedRequestAnswer('ERR_HTTP_REQUEST_TIMEOUT'));
    }, this.#options.limits.requestTimeoutMs);
    const body = readBody(request, this.#options.maxBodyBytes(request.headers)).finally(() => clearTimeout(late));
    const bodyRead = body.then(
      () => undefined,
      () => undefined,
    );
    const answer = await this.#options.answer({ ...head, readBody: () => body });
    // Also when it was not needed: a caller who is still writing would not read the answer.
    await bodyRead;
    if (answer === undefined || response.destroyed) return;
    if (this.#closing || !request.complete) response.setHeader('connection', 'close');
    response.writeHead(answer.status, { ...answer.headers, 'content-length': Buffer.byteLength(answer.body) });
    response.end(answer.body);
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Until the WebSocket has it nobody else listens, and an unheard error would end the process.
    const ignore = (): void => undefined;
    socket.on('error', ignore);
    const admission = await this.#options.decide({
      ...this.#headOf(request),
      readBody: () => Promise.resolve(new Uint8Array()),
    });
    if (!admission.admitted || this.#closing) {
      endWith(socket, rawAnswer(admission.admitted ? { status: 503, headers: {}, body: '' } : admission.response));
      return;
    }
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off('error', ignore);
      this.#options.opened(admission, new WsMessageSocket(webSocket, request.socket));
    });
  }

  #headOf(request: IncomingMessage): RequestHead {
    const { method = '', url = '/', rawHeaders, socket } = request;
    const mark = url.indexOf('?');
    return {
      method,
      path: mark < 0 ? url : url.slice(0, mark),
      query: mark < 0 ? '' : url.slice(mark + 1),
      headers: wireHeaders(rawHeaders),
      scheme: this.#options.tls === undefined ? 'http' : 'https',
      sourceIp: (socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
    };
  }
}

/** Does not wait for the other side to hang up as well. */
function endWith(socket: Duplex, answer: string): void {
  socket.end(answer, () => socket.destroy());
}
