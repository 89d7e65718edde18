import type { IncomingHttpHeaders } from 'node:http';
import { CONNECTION_LIMITS, MAX_BODY_BYTES } from './endpoint/endpoint-options.js';
import type { EndpointOptions } from './endpoint/endpoint-options.js';
import type { EndpointRequest } from './endpoint/endpoint-request.js';
import type { RequestEvent } from './endpoint/request-event.js';
import { HttpListener } from './endpoint/http-listener.js';
import { RequestAnswerer } from './endpoint/request-answerer.js';
import { StreamedAnswerer } from './endpoint/streamed-answerer.js';
import { UpgradeAdmission } from './endpoint/upgrade-admission.js';
import type { Admission } from './endpoint/upgrade-admission.js';
import { CloseCode } from './message-socket-limits.js';
import { createMessageSocketPair } from './message-socket-pair.js';
import type { Dial, MessageSocket } from './message-socket.js';
import type { Upgrade } from './service.js';
import { UpgradeRefused } from './upgrade-refused.js';
import { SignatureVerifier } from './verify-signature.js';

type Admitted = Extract<Admission, { admitted: true }>;

/** Everything behind one URL: AWS services, REST routes and WebSockets, each request signed and verified. */
export class Endpoint {
  readonly #options: EndpointOptions;
  readonly #answerer: RequestAnswerer;
  readonly #streamed: StreamedAnswerer;
  readonly #admission: UpgradeAdmission;
  readonly #listeners: HttpListener[] = [];
  readonly #inProcess = new Set<MessageSocket>();
  #closed: Promise<void> | undefined;

  constructor(options: EndpointOptions) {
    const verifier = new SignatureVerifier(options);
    this.#options = options;
    this.#answerer = new RequestAnswerer(options, verifier);
    this.#streamed = new StreamedAnswerer(options, verifier);
    this.#admission = new UpgradeAdmission(options, verifier);
  }

  /** May be called several times: one endpoint can listen with and without TLS (PEM texts). Port 0: any free one. */
  async listen(options: {
    host: string;
    port: number;
    tls?: { cert: string; key: string };
  }): Promise<{ url: string; port: number }> {
    const { host, tls } = options;
    const listener = new HttpListener({
      tls,
      limits: { ...CONNECTION_LIMITS, ...this.#options.limits },
      maxBodyBytes: (headers) => this.#maxBodyBytes(headers),
      answer: (request) => this.#answerer.answer(request),
      streamed: (head) => {
        const service = this.#streamed.serviceOf(head);
        return service && ((request) => this.#streamed.answer(service, request));
      },
      decide: (request) => this.#admission.decide(request),
      opened: (admitted, socket) => this.#opened(admitted, socket),
      failed: (error) => this.#failed('request', 'accept', error),
    });
    const port = await listener.listen(host, options.port);
    this.#listeners.push(listener);
    return { url: `${tls === undefined ? 'http' : 'https'}://${reachable(host)}:${port}`, port };
  }

  /**
   * Opens a WebSocket without the kernel in between. The request is routed and its signature verified exactly as one
   * from outside would be. Rejects with {@link UpgradeRefused}.
   */
  readonly connect: Dial = async (url, headers) => {
    const { host, pathname, search, protocol } = new URL(url);
    const request: EndpointRequest = {
      method: 'GET',
      path: pathname,
      query: search.slice(1),
      headers: new Map([
        ['host', host],
        ...Object.entries(headers).map(([name, value]): [string, string] => [name.toLowerCase(), value]),
      ]),
      scheme: protocol === 'wss:' || protocol === 'https:' ? 'https' : 'http',
      sourceIp: '127.0.0.1',
      readBody: () => Promise.resolve(new Uint8Array()),
    };
    const admission = await this.#admission.decide(request);
    if (!admission.admitted) throw new UpgradeRefused(admission.response.status, String(admission.response.body));
    if (this.#closed !== undefined) throw new UpgradeRefused(503, '');
    const [near, far] = createMessageSocketPair({ closed: () => this.#inProcess.delete(far) });
    this.#inProcess.add(far);
    this.#opened(admission, far);
    return near;
  };

  /** Lets requests in progress end and closes every WebSocket with 1001; returns within a bounded time. */
  close(): Promise<void> {
    this.#closed ??= Promise.all(this.#listeners.map((listener) => listener.close())).then(() => undefined);
    for (const socket of this.#inProcess) socket.close(CloseCode.goingAway);
    return this.#closed;
  }

  /** A false target gains nothing but a longer body that is refused. */
  #maxBodyBytes({ 'x-amz-target': target }: IncomingHttpHeaders): number {
    const { services, maxBodyBytes = MAX_BODY_BYTES } = this.#options;
    if (typeof target !== 'string') return maxBodyBytes;
    const service = services.find((one) => one.maxBodyBytes !== undefined && target.startsWith(`${one.targetPrefix}.`));
    return Math.max(maxBodyBytes, service?.maxBodyBytes ?? 0);
  }

  #opened({ route, upgrade }: Admitted, socket: MessageSocket): void {
    try {
      route.accept(upgrade, socket);
    } catch (error) {
      socket.close(CloseCode.internalError);
      this.#failed('upgrade', `GET ${upgrade.path}`, error, upgrade);
    }
  }

  #failed(kind: RequestEvent['kind'], operation: string, error: unknown, upgrade?: Upgrade): void {
    this.#options.log({
      id: upgrade?.context?.requestId ?? '',
      kind,
      service: '',
      operation,
      status: 500,
      code: 'InternalFailure',
      reason: error instanceof Error ? error.message : String(error),
      error,
      sourceIp: upgrade?.sourceIp ?? '',
      ms: 0,
    });
  }
}

/** A host to dial, for one to listen on. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
