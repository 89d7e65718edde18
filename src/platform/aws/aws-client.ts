import { AwsError } from './aws-error.js';
import { HttpConnections } from './outgoing/http-exchange.js';
import type { HttpAnswer } from './outgoing/http-exchange.js';
import { readJsonAnswer } from './outgoing/json-answer.js';
import { readQueryAnswer } from './outgoing/query-answer.js';
import { retry } from './outgoing/retry.js';
import type { XmlElement } from './outgoing/xml-element.js';
import type { Credentials } from './credentials.js';
import type { Dial, MessageSocket } from './message-socket.js';
import { signRequest, type RequestSigner } from './sign-request.js';
import { SigningKeys } from './sigv4/signing-key.js';
import type { Trust } from './trust.js';

/** For one attempt; the official agent's limit on its REST calls (wire-protocol 1.5). */
export const REQUEST_TIMEOUT_MS = 15_000;
export const ATTEMPTS = 3;

export type AwsClientOptions = ClientOptions & (OwnCredentials | OwnSigner);

interface OwnCredentials {
  /** Asked before every attempt, so that it can renew. */
  readonly credentials: () => Promise<Credentials>;
}

/** For who signs otherwise: a managed instance, or one that is none yet and signs nothing. */
interface OwnSigner {
  readonly signer: RequestSigner;
}

interface ClientOptions {
  /** Base URL, for example `http://127.0.0.1:4580`. */
  readonly endpoint: string;
  readonly region: string;
  /** PEM certificates to trust beside the usual ones. */
  readonly ca?: Trust;
  readonly userAgent?: string;
  readonly timeoutMs?: number;
  /** 1: no retries. */
  readonly attempts?: number;
  readonly clock?: () => number;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** Signed requests to one endpoint. Small and quick to load, unlike an SDK; knows no operation. */
export class AwsClient {
  readonly #options: AwsClientOptions;
  readonly #endpoint: URL;
  readonly #connections: HttpConnections;
  readonly #signingKeys = new SigningKeys();

  constructor(options: AwsClientOptions) {
    this.#options = options;
    this.#endpoint = new URL(options.endpoint);
    this.#connections = new HttpConnections({ secure: this.#endpoint.protocol === 'https:', ca: options.ca });
  }

  /**
   * One JSON 1.1 operation, for example `json('ecs', 'AmazonEC2ContainerServiceV20141113', 'ListTasks', {})`. Rejects
   * with an AwsError when the endpoint answers with one, and with the system's error when it does not answer.
   */
  json(
    service: string,
    targetPrefix: string,
    operation: string,
    input: unknown,
    { signal }: CallOptions = {},
  ): Promise<unknown> {
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${targetPrefix}.${operation}` };
    const body = JSON.stringify(input);
    return retry(async () => readJsonAnswer(await this.#send(service, 'POST', '/', headers, body, signal)), {
      attempts: this.#options.attempts ?? ATTEMPTS,
      signal,
    });
  }

  /**
   * One query operation, for example `query('iam', '2010-05-08', 'GetUser', { UserName: 'ann' })`; lists are
   * `Name.member.1` and so on. Resolves to its `<GetUserResult>`, and rejects as {@link json} does.
   */
  query(
    service: string,
    version: string,
    action: string,
    parameters: Readonly<Record<string, string>>,
    { signal }: CallOptions = {},
  ): Promise<XmlElement> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
    const body = new URLSearchParams({ ...parameters, Action: action, Version: version }).toString();
    return retry(async () => readQueryAnswer(action, await this.#send(service, 'POST', '/', headers, body, signal)), {
      attempts: this.#options.attempts ?? ATTEMPTS,
      signal,
    });
  }

  /**
   * A REST request such as the message gateway's, answered with whatever status. The path goes out as written, which
   * for a target means with its colon (wire-protocol 1.5). 5xx is retried before it is given back.
   */
  async rest(
    service: string,
    request: { method: string; path: string; headers?: Readonly<Record<string, string>>; body?: string | Uint8Array },
    { signal }: CallOptions = {},
  ): Promise<HttpAnswer> {
    const { method, path, headers = { 'content-type': 'application/json' }, body = '' } = request;
    let last: HttpAnswer | undefined;
    try {
      return await retry(
        async () => {
          last = undefined;
          const answer = await this.#send(service, method, path, headers, body, signal);
          if (answer.status < 500 && answer.status !== 429) return answer;
          last = answer;
          throw new AwsError(`HTTP ${answer.status}`, answer.body, { status: answer.status, fault: 'server' });
        },
        { attempts: this.#options.attempts ?? ATTEMPTS, signal },
      );
    } catch (error) {
      if (last !== undefined) return last;
      throw error;
    }
  }

  /** A signed WebSocket; `dial` is the network's or, within one process, `Endpoint.connect`. */
  async connect(dial: Dial, service: string, pathAndQuery: string): Promise<MessageSocket> {
    const url = new URL(pathAndQuery, this.#endpoint);
    const headers = await this.#sign(service, 'GET', url, {}, '');
    url.protocol = this.#endpoint.protocol === 'https:' ? 'wss:' : 'ws:';
    return dial(url.href, headers);
  }

  /** Drops idle connections. */
  close(): void {
    this.#connections.close();
  }

  async #send(
    service: string,
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body: string | Uint8Array,
    signal: AbortSignal | undefined,
  ): Promise<HttpAnswer> {
    const url = new URL(path, this.#endpoint);
    return this.#connections.exchange({
      method,
      url,
      headers: await this.#sign(service, method, url, headers, body),
      body,
      timeoutMs: this.#options.timeoutMs ?? REQUEST_TIMEOUT_MS,
      signal,
    });
  }

  async #sign(
    service: string,
    method: string,
    url: URL,
    headers: Readonly<Record<string, string>>,
    body: string | Uint8Array,
  ): Promise<Record<string, string>> {
    const options = this.#options;
    const { region, clock = Date.now, userAgent = 'gangway' } = options;
    const request = { method, url, headers, body, service, region };
    const signed =
      'signer' in options
        ? await options.signer({ ...request, time: clock() })
        : signRequest({
            ...request,
            credentials: await options.credentials(),
            time: clock(),
            signingKeys: this.#signingKeys,
          });
    return { ...signed, 'user-agent': userAgent };
  }
}
