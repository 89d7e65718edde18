import { createHash, createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Secret } from '../../platform/aws/secret.js';
import { causeOf, type Log } from '../log.js';
import type { TaskRole } from '../role/task-role.js';
import type { CallerCheck, ServedConnection } from './caller-check.js';
import { answerCredentials, type HeldRole } from './credentials-answer.js';
import { answerMetadata, type ServedContainer } from './metadata-answer.js';
import { refusal, type TaskAnswer } from './task-answer.js';

/** Bytes of a request's line and headers; an SDK's have a few hundred. */
export const MAX_REQUEST_HEAD = 8_192;
/** Connections at a time, over all containers. */
export const MAX_CONNECTIONS = 256;
/** A request must have come whole after this long (milliseconds). */
export const REQUEST_TIMEOUT_MS = 5_000;
/** Containers share this machine's network, and SDKs allow plain HTTP to no other address. */
const LOOPBACK = '127.0.0.1';
const KEY_BYTES = 32;

/** What one container or task was given. */
export interface Seat {
  /** For the container's environment. Secrets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Takes it back: from now on nobody finds anything there. */
  readonly forget: () => void;
}

/**
 * What ECS tells a container over HTTP: the credentials of its task's role and task metadata version 4, which on AWS
 * are at 169.254.170.2. All containers share one listener. Unguessable addresses and tokens keep them apart; and so
 * does, where the runtime can tell whose processes are whose, the connection itself.
 */
export class TaskEndpoint {
  readonly #log: Log;
  readonly #key: Uint8Array;
  readonly #server: Server;
  readonly #roles = new Map<string, HeldRole & { readonly mayCall: CallerCheck }>();
  /** By the digest of what their address has: a search in it takes as long for a near miss as for a far one. */
  readonly #containers = new Map<string, { readonly served: ServedContainer; readonly mayCall: CallerCheck }>();
  /** Connections that came in by a way of one task, which they name. */
  readonly #ways = new WeakMap<ServedConnection, string>();
  #url = '';

  /** Tokens are made of `key`: they stay the same where it does, also for containers of an earlier agent. */
  constructor(log: Log, key: Uint8Array = randomBytes(KEY_BYTES)) {
    this.#log = log;
    this.#key = key;
    this.#server = createServer(
      {
        maxHeaderSize: MAX_REQUEST_HEAD,
        headersTimeout: REQUEST_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        connectionsCheckingInterval: REQUEST_TIMEOUT_MS,
      },
      (request, response) => void this.#serve(request, response),
    );
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /** Takes this port of the loopback interface, or any when it is not free. Rejects when there is none. */
  async listen(wanted = 0): Promise<void> {
    await this.#bind(wanted).catch(async (error: unknown) => {
      if (wanted === 0) throw error;
      this.#log.warn({ port: wanted, cause: causeOf(error) }, 'containers of before do not find their metadata');
      await this.#bind(0);
    });
    this.#server.on('error', (error) => this.#log.warn({ cause: causeOf(error) }, 'task endpoint: no connection'));
    // It lives as long as there are containers to serve, and keeps no process alive by itself.
    this.#server.unref();
    this.#url = `http://${LOOPBACK}:${(this.#server.address() as AddressInfo).port}`;
  }

  async #bind(port: number): Promise<void> {
    this.#server.listen(port, LOOPBACK);
    await once(this.#server, 'listening');
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Serves a connection that can only have come from this task. */
  serve(connection: Socket, taskArn: string): void {
    this.#ways.set(connection, taskArn);
    this.#server.emit('connection', connection);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** `taskArn` is whose ways lead here; over the host's loopback, `mayCall` is asked. */
  addRole(role: TaskRole, taskArn: string, mayCall: CallerCheck): Seat {
    const token = this.#token(`credentials ${taskArn} ${role.credentialsId}`);
    const entry = { role, token: new Secret(token), mayCall: this.#from(taskArn, mayCall) };
    this.#roles.set(role.credentialsId, entry);
    return {
      environment: {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${this.#url}/v2/credentials/${encodeURIComponent(role.credentialsId)}`,
        AWS_CONTAINER_AUTHORIZATION_TOKEN: token,
      },
      forget: () => {
        if (this.#roles.get(role.credentialsId) === entry) this.#roles.delete(role.credentialsId);
      },
    };
  }

  addContainer(
    served: ServedContainer,
    { taskArn, runtimeId }: { readonly taskArn: string; readonly runtimeId: string },
    mayCall: CallerCheck,
  ): Seat {
    const token = this.#token(`metadata ${runtimeId}`);
    this.#containers.set(digest(token), { served, mayCall: this.#from(taskArn, mayCall) });
    return {
      environment: {
        ECS_CONTAINER_METADATA_URI: `${this.#url}/v3/${token}`,
        ECS_CONTAINER_METADATA_URI_V4: `${this.#url}/v4/${token}`,
      },
      forget: () => void this.#containers.delete(digest(token)),
    };
  }

  #token(purpose: string): string {
    return createHmac('sha256', this.#key).update(purpose).digest('base64url');
  }

  #from(taskArn: string, mayCall: CallerCheck): CallerCheck {
    return async (connection) => {
      const caller = this.#ways.get(connection);
      return caller === undefined ? mayCall(connection) : caller === taskArn;
    };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.resume();
    let answer: TaskAnswer;
    try {
      answer = await this.#answer(request);
    } catch (error) {
      this.#log.error({ cause: causeOf(error) }, 'task endpoint: request not answered');
      answer = refusal(500, 'InternalServerError', 'The request could not be answered.');
    }
    const body = JSON.stringify(answer.body);
    response.writeHead(answer.status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...(answer.status === 405 && { allow: 'GET' }),
    });
    response.end(body);
  }

  async #answer({ method, url = '', headers, socket }: IncomingMessage): Promise<TaskAnswer> {
    if (method !== 'GET') return refusal(405, 'MethodNotAllowed', 'Only GET is served here.');
    const [, version, ...below] = (url.split('?', 1)[0] ?? '').split('/');
    if (version === 'v2' && below[0] === 'credentials') {
      const id = decoded(below.slice(1).join('/'));
      const held = this.#roles.get(id);
      return answerCredentials(id, held, headers.authorization, async () => (await held?.mayCall(socket)) === true);
    }
    if (version === 'v3' || version === 'v4') {
      const [token = '', ...rest] = below;
      const found = this.#containers.get(digest(token));
      if (found !== undefined && (await found.mayCall(socket))) return answerMetadata(found.served, rest.join('/'));
      return refusal(404, 'NotFound', `V${version.slice(1)} metadata handler: there is no such container.`);
    }
    return refusal(404, 'NotFound', 'There is nothing here.');
  }
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}

/** A malformed escape is part of no id. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '\0';
  }
}
