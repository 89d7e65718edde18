import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Delivery } from '../../core/recording/recordings-api.js';
import { eventBytes, MAX_BATCH_BYTES } from '../../platform/aws/logs-limits.js';

/** What a fault does to a request instead of its being answered. `late cut`: it is carried out, and nobody hears of it. */
export type Fault = 'cut' | 'late cut' | { readonly status: number; readonly code: string; readonly message?: string };

export interface FakeObject {
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

class Refused extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message = code) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

interface Group {
  readonly kmsKeyId?: string;
  readonly streams: Map<string, { timestamp: number; message: string }[]>;
}

/** CloudWatch Logs, S3 and the endpoint's recordings, as far as a delivery asks them; strict about what it is asked. */
export class FakeAws {
  readonly calls: string[] = [];
  /** Access keys that have signed something. */
  readonly signers = new Set<string>();
  readonly groups = new Map<string, Group>();
  readonly buckets = new Map<string, { objects: Map<string, FakeObject>; encryption?: string; keyId?: string }>();
  readonly reports: Delivery[] = [];
  /** Answer of `credentials`. */
  roleKey: string | undefined;
  /** Asked for every request, by its name. */
  fault: (call: string, signer: string) => Fault | undefined = () => undefined;
  now = Date.now;
  readonly #uploads = new Map<string, { headers: FakeObject['headers']; parts: Buffer[] }>();
  readonly #server = createServer((request, response) => void this.#serve(request, response));

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  group(name: string, kmsKeyId?: string): Group {
    const group = { streams: new Map<string, never[]>(), ...(kmsKeyId !== undefined && { kmsKeyId }) };
    this.groups.set(name, group);
    return group;
  }

  bucket(name: string, encryption?: string, keyId?: string) {
    const bucket = {
      objects: new Map<string, FakeObject>(),
      ...(encryption !== undefined && { encryption }),
      ...(keyId !== undefined && { keyId }),
    };
    this.buckets.set(name, bucket);
    return bucket;
  }

  messages(group: string, stream: string): string[] {
    return (this.groups.get(group)?.streams.get(stream) ?? []).map(({ message }) => message);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const [, signer = '', service = ''] =
      /Credential=([^/]+)\/\d+\/us-east-1\/(\w+)\//.exec(request.headers.authorization ?? '') ?? [];
    const call = callOf(request, service);
    this.calls.push(call);
    this.signers.add(signer);
    const fault = this.fault(call, signer);
    if (fault === 'cut') {
      request.socket.destroy();
      return;
    }
    let answer: Answer;
    try {
      if (signer === '') throw new Refused(403, 'MissingAuthenticationToken');
      if (typeof fault === 'object') throw new Refused(fault.status, fault.code, fault.message);
      answer = service === 's3' ? this.#s3(call, request, body) : this.#json(call, request, body);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { status, code, message } = error;
      answer =
        service === 's3'
          ? { status, body: `<Error><Code>${code}</Code><Message>${message}</Message></Error>` }
          : { status, body: JSON.stringify({ __type: code, message }) };
    }
    if (fault === 'late cut') {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, {
      'content-type': service === 's3' ? 'application/xml' : 'application/json',
      ...answer.headers,
    });
    response.end(answer.body);
  }

  #json(call: string, request: IncomingMessage, body: Buffer): Answer {
    const input = JSON.parse(body.toString('utf8')) as Record<string, never>;
    if (call === 'report') {
      this.reports.push(input as unknown as Delivery);
      return { status: 200, body: '{}' };
    }
    if (call === 'credentials') {
      if (this.roleKey === undefined) throw new Refused(404, 'ResourceNotFoundException');
      const expiration = new Date(this.now() + 3_600_000).toISOString();
      const secrets = { secretAccessKey: 's', sessionToken: 't', expiration, credentialsId: 'c', roleArn: 'r' };
      return { status: 200, body: JSON.stringify({ accessKeyId: this.roleKey, ...secrets }) };
    }
    return { status: 200, body: JSON.stringify(this.#logs(call, input)) };
  }

  #logs(call: string, input: Record<string, unknown>): unknown {
    if (call === 'DescribeLogGroups') {
      const prefix = String(input['logGroupNamePrefix']);
      const found = [...this.groups].filter(([name]) => name.startsWith(prefix)).sort();
      return { logGroups: found.map(([logGroupName, { kmsKeyId }]) => ({ logGroupName, kmsKeyId })) };
    }
    const group = this.groups.get(String(input['logGroupName']));
    if (group === undefined)
      throw new Refused(400, 'ResourceNotFoundException', 'The specified log group does not exist.');
    const name = String(input['logStreamName']);
    if (call === 'CreateLogStream') {
      if (group.streams.has(name)) throw new Refused(400, 'ResourceAlreadyExistsException');
      group.streams.set(name, []);
      return {};
    }
    if (call === 'DescribeLogStreams') {
      const found = [...group.streams].filter(([one]) => one.startsWith(String(input['logStreamNamePrefix'])));
      return {
        logStreams: found.map(([logStreamName, events]) => ({
          logStreamName,
          firstEventTimestamp: events[0]?.timestamp,
          lastEventTimestamp: events.at(-1)?.timestamp,
        })),
      };
    }
    if (call !== 'PutLogEvents') throw new Refused(400, 'UnknownOperationException', call);
    const stream = group.streams.get(name);
    if (stream === undefined)
      throw new Refused(400, 'ResourceNotFoundException', 'The specified log stream does not exist.');
    const events = input['logEvents'] as { timestamp: number; message: string }[];
    const inOrder = events.every(({ timestamp }, n) => n === 0 || timestamp >= events[n - 1]!.timestamp);
    const bytes = events.reduce((sum, { message }) => sum + eventBytes(message), 0);
    if (!inOrder || events.length === 0 || events.some(({ message }) => message === '') || bytes > MAX_BATCH_BYTES) {
      throw new Refused(400, 'InvalidParameterException', 'bad batch');
    }
    const tooOld = events.filter(({ timestamp }) => timestamp < this.now() - 14 * 24 * 3_600_000).length;
    stream.push(...events.slice(tooOld));
    return tooOld === 0 ? {} : { rejectedLogEventsInfo: { tooOldLogEventEndIndex: tooOld } };
  }

  #s3(call: string, request: IncomingMessage, body: Buffer): Answer {
    const url = new URL(request.url ?? '/', 'http://s3');
    const [, bucketName = '', ...key] = decodeURIComponent(url.pathname).split('/');
    const bucket = this.buckets.get(bucketName);
    if (bucket === undefined) throw new Refused(404, 'NoSuchBucket', 'The specified bucket does not exist');
    if (call === 'GetBucketEncryption') {
      if (bucket.encryption === undefined) throw new Refused(404, 'ServerSideEncryptionConfigurationNotFoundError');
      const keyId = bucket.keyId === undefined ? '' : `<KMSMasterKeyID>${bucket.keyId}</KMSMasterKeyID>`;
      const rule = `<ApplyServerSideEncryptionByDefault><SSEAlgorithm>${bucket.encryption}</SSEAlgorithm>${keyId}</ApplyServerSideEncryptionByDefault>`;
      return {
        status: 200,
        body: `<ServerSideEncryptionConfiguration><Rule>${rule}</Rule></ServerSideEncryptionConfiguration>`,
      };
    }
    const headers = Object.fromEntries(
      ['content-type', 'x-amz-acl', 'x-amz-server-side-encryption', 'x-amz-server-side-encryption-aws-kms-key-id'].map(
        (name) => [name, request.headers[name] as string | undefined],
      ),
    );
    const claimed = request.headers['x-amz-content-sha256'];
    if (claimed !== createHash('sha256').update(body).digest('hex'))
      throw new Refused(400, 'XAmzContentSHA256Mismatch');
    const uploadId = url.searchParams.get('uploadId') ?? '';
    switch (call) {
      case 'PutObject':
        bucket.objects.set(key.join('/'), { bytes: body, headers });
        return { status: 200, body: '', headers: { etag: '"e"' } };
      case 'CreateMultipartUpload': {
        const id = `upload-${this.calls.length}`;
        this.#uploads.set(id, { headers, parts: [] });
        return {
          status: 200,
          body: `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
        };
      }
      case 'UploadPart':
        this.#upload(uploadId).parts[Number(url.searchParams.get('partNumber')) - 1] = body;
        return { status: 200, body: '', headers: { etag: `"e${url.searchParams.get('partNumber') ?? ''}"` } };
      case 'CompleteMultipartUpload': {
        const { parts, headers: begun } = this.#upload(uploadId);
        const named = [...body.toString('utf8').matchAll(/<PartNumber>(\d+)</g)].length;
        if (named !== parts.length) throw new Refused(400, 'InvalidPart');
        bucket.objects.set(key.join('/'), { bytes: Buffer.concat(parts), headers: begun });
        this.#uploads.delete(uploadId);
        return { status: 200, body: '<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>' };
      }
      case 'AbortMultipartUpload':
        this.#uploads.delete(uploadId);
        return { status: 204, body: '' };
      default:
        throw new Refused(501, 'NotImplemented', call);
    }
  }

  /** Uploads that were begun and neither completed nor aborted. */
  get unfinished(): number {
    return this.#uploads.size;
  }

  #upload(id: string) {
    const upload = this.#uploads.get(id);
    if (upload === undefined) throw new Refused(404, 'NoSuchUpload');
    return upload;
  }
}

function callOf(request: IncomingMessage, service: string): string {
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') return target.replace(/^Logs_20140328\./, '');
  const url = new URL(request.url ?? '/', 'http://s3');
  if (service === 'gangway') return url.pathname.endsWith('/deliveries') ? 'report' : 'credentials';
  const has = (name: string): boolean => url.searchParams.has(name);
  switch (request.method) {
    case 'GET':
      return has('encryption') ? 'GetBucketEncryption' : 'GetObject';
    case 'PUT':
      return has('uploadId') ? 'UploadPart' : 'PutObject';
    case 'POST':
      return has('uploads') ? 'CreateMultipartUpload' : 'CompleteMultipartUpload';
    default:
      return has('uploadId') ? 'AbortMultipartUpload' : 'DeleteObject';
  }
}
