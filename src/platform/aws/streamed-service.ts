import type { Access } from './access.js';
import type { RequestContext } from './service.js';

/** The head of a request to a service whose bodies are not kept in memory: S3. */
export interface StreamedTarget {
  readonly method: string;
  /** As sent: percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Read once. Throws in the middle when it is not what was signed: what was made of it until then is to be dropped. */
export interface StreamedBody extends AsyncIterable<Uint8Array> {
  /** Bytes of the content, without what frames it. Undefined: the request does not say. */
  readonly length: number | undefined;
  /** Lower-case names; complete once the body has been read. */
  readonly trailers: ReadonlyMap<string, string>;
}

export interface StreamedRequest extends StreamedTarget {
  readonly body: StreamedBody;
  readonly context: RequestContext;
}

export interface StreamedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A body that comes in pieces has its `content-length` among the headers. A failure in it cuts the connection. */
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array>;
}

export interface StreamedOperation {
  /** As the service's model has it: `PutObject`. */
  readonly name: string;
  /** As of an `Operation`. */
  readonly dataEvent?: boolean;
  /** What the caller must be allowed to do, by the head alone: nothing of the body has been read. */
  readonly access?: Access<StreamedTarget>;
  run(request: StreamedRequest): Promise<StreamedResponse>;
}

/** A REST service beside the RPC ones; which requests are its own, the signature's scope says. */
export interface StreamedService {
  /** Signing name. */
  readonly name: string;
  readonly operations: readonly StreamedOperation[];
  /** Throws an AwsError when it is none of them. */
  find(target: StreamedTarget): StreamedOperation;
  /** What the audit keeps as the request's parameters. */
  describe(target: StreamedTarget): Readonly<Record<string, unknown>>;
}
