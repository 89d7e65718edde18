import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { RecordingReader } from '../../core/recording/recording-reader.js';
import { RECORDINGS_PATH, type EndRequest } from '../../core/recording/recordings-api.js';
import { Secret } from '../../platform/aws/secret.js';
import { sha256 } from '../../platform/crypto/sha256.js';
import { createRecordingsClient, type RecordingsEndpoint } from './recordings-client.js';

/** `cut`: the connection breaks before anything happened; `cut-after`: all has happened, and nobody hears of it. */
export type Fault = 'cut' | 'cut-after' | { readonly status: number; readonly code: string };

/** The recordings API over HTTP, in memory, with faults. */
export class FakeRecordings {
  readonly records = new Map<string, Buffer>();
  readonly ended = new Map<string, EndRequest>();
  readonly requests: string[] = [];
  watched = false;
  /** Asked for each request. */
  fault: (request: string) => Fault | undefined = () => undefined;
  #server: Server | undefined;
  #port = 0;

  /** A client of it, which keeps its address over restarts. */
  async start(): Promise<RecordingsEndpoint> {
    const server = createServer((request, response) => void this.#handle(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    onTestFinished(() => this.stop());
    return createRecordingsClient({
      endpointUrl: `http://127.0.0.1:${this.#port}`,
      region: 'eu-central-1',
      credentials: () => Promise.resolve({ accessKeyId: 'AKIDHOST', secretAccessKey: new Secret('secret') }),
    });
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    await new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', 'http://localhost');
    const line = `${request.method ?? ''} ${url.pathname.slice(RECORDINGS_PATH.length + 1)}${url.search}`;
    this.requests.push(line);
    const signed = /^AWS4-HMAC-SHA256 Credential=AKIDHOST\/\d{8}\/eu-central-1\/gangway\/aws4_request,/;
    const fault = signed.test(request.headers.authorization ?? '')
      ? this.fault(line)
      : { status: 403, code: 'MissingAuthenticationTokenException' };
    if (fault === 'cut') {
      request.socket.destroy();
      return;
    }
    const [status, body] =
      typeof fault === 'object'
        ? [fault.status, { __type: fault.code, message: 'a fault' }]
        : this.#answer(line, Buffer.concat(chunks));
    if (fault === 'cut-after') {
      request.socket.destroy();
      return;
    }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  #answer(line: string, body: Buffer): [number, unknown] {
    const [, method, id = '', rest = ''] = /^(PUT|POST) ([^/?]+)(.*)$/.exec(line) ?? [];
    const there = this.records.get(id) ?? Buffer.alloc(0);
    const conflict = (detail?: unknown): [number, unknown] => [
      409,
      { __type: 'RecordingConflictException', message: 'conflict', ...(detail === undefined ? {} : { detail }) },
    ];
    if (method === 'PUT') {
      const offset = Number(new URLSearchParams(rest).get('offset'));
      if (offset > there.length) return conflict({ length: there.length, watched: this.watched });
      const both = Math.min(there.length - offset, body.length);
      if (!there.subarray(offset, offset + both).equals(body.subarray(0, both))) return conflict();
      const now = Buffer.concat([there, body.subarray(both)]);
      this.records.set(id, now);
      return [200, { length: now.length, watched: this.watched }];
    }
    const end = JSON.parse(body.toString()) as EndRequest;
    const reader = new RecordingReader(sha256);
    reader.push(there);
    if (end.length !== there.length) return conflict({ length: there.length, watched: false });
    if (reader.finish() !== undefined || Buffer.from(reader.state.digest).toString('hex') !== end.digest) {
      return [400, { __type: 'ValidationException', message: 'the record is damaged' }];
    }
    this.ended.set(id, end);
    return [200, { signed: JSON.stringify({ sessionId: id }), signature: 'c2ln', keyId: 'k' }];
  }
}
