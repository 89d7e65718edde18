import process from 'node:process';
import { Agent, request as requestHttp } from 'node:http';
import type { Trust } from '../trust.js';
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http';

/** An answer longer than this is refused; the largest real ones are a few hundred kilobytes. */
export const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;
/**
 * A connection that nobody has used for this long is not used again: when the network was pulled meanwhile, a request
 * on it would only learn of that by its timeout.
 */
export const IDLE_CONNECTION_MS = 4_000;

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Read as UTF-8; {@link bytes} are what came. */
  readonly body: string;
  readonly bytes: Uint8Array;
}

export interface HttpExchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** For the whole exchange. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Connections to one endpoint, kept alive between requests. */
export class HttpConnections {
  readonly #secure: boolean;
  readonly #trust: Trust | undefined;
  readonly #idleMs: number;
  #agent: Promise<{ agent: Agent; request: (options: RequestOptions) => ClientRequest }> | undefined;

  constructor(options: { secure: boolean; ca: Trust | undefined; idleMs?: number }) {
    this.#secure = options.secure;
    this.#trust = options.ca;
    this.#idleMs = options.idleMs ?? IDLE_CONNECTION_MS;
  }

  /** Rejects with the system's error, a TimeoutError or the signal's reason. */
  async exchange(exchange: HttpExchange): Promise<HttpAnswer> {
    const { agent, request } = await (this.#agent ??= this.#open());
    const { url, method, headers, body, timeoutMs, signal } = exchange;
    const timeout = AbortSignal.timeout(timeoutMs);
    const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
    either.throwIfAborted();
    return new Promise((resolve, reject) => {
      const fail = (error: Error): void => reject(either.aborted ? (either.reason as Error) : error);
      const outgoing = request({
        agent,
        method,
        hostname: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port,
        path: url.pathname + url.search,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        signal: either,
      });
      outgoing.once('error', fail);
      outgoing.once('response', (response) => void readAnswer(response).then(resolve, fail));
      outgoing.end(body);
    });
  }

  close(): void {
    void this.#agent?.then(({ agent }) => agent.destroy());
  }

  /** TLS is loaded only for who uses it: the command line shall start fast. */
  async #open(): Promise<{ agent: Agent; request: (options: RequestOptions) => ClientRequest }> {
    // Of a connection in use this is only an event, which nobody hears; an idle one is closed.
    const lasting = { keepAlive: true, timeout: this.#idleMs };
    if (!this.#secure) return { agent: new Agent(lasting), request: requestHttp };
    const { createTlsAgent } = await import('./tls-agent.js');
    // Not by import(): `gangway exec` is packed into one file and run as a script, which has none.
    const https = process.getBuiltinModule('node:https');
    return { agent: createTlsAgent(this.#trust, lasting), request: https.request };
  }
}

async function readAnswer(response: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    length += (chunk as Buffer).length;
    if (length > MAX_RESPONSE_BYTES) throw new Error(`the answer is longer than ${MAX_RESPONSE_BYTES} bytes`);
    chunks.push(chunk as Buffer);
  }
  const { statusCode = 0, headers } = response;
  const bytes = Buffer.concat(chunks);
  return { status: statusCode, headers, body: bytes.toString('utf8'), bytes };
}
