import { AwsError } from '../aws-error.js';

/** `SIZE;chunk-signature=` and 64 digits are below a hundred; what is longer is no chunk's head. */
export const MAX_CHUNK_HEAD_BYTES = 256;
/** S3 knows one trailer at a time, with its signature. */
export const MAX_TRAILER_BYTES = 4 * 1024;

/** What comes out of the framing, in order. */
export interface ChunkSink {
  /** Content, as it comes: a chunk may be given in several pieces. */
  data(bytes: Uint8Array): void;
  /** All of a chunk has been given; the last one is empty. */
  chunkEnd(signature: string | undefined): void;
  /** `name:value` of each trailer, the signature's own apart. */
  trailer(name: string, value: string): void;
  /** The body is complete. */
  end(trailerSignature: string | undefined): void;
}

type State = 'head' | 'data' | 'data-cr' | 'data-lf' | 'trailer' | 'done';

const CR = 0x0d;
const LF = 0x0a;
const chunkHead = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/;
const TRAILER_SIGNATURE = 'x-amz-trailer-signature';

/** `aws-chunked`, fed in whatever pieces it arrives. Holds no content, and no more of a line than its bound. */
export class ChunkedDecoder {
  readonly #sink: ChunkSink;
  #state: State = 'head';
  #line: number[] = [];
  #left = 0;
  #signature: string | undefined;
  #trailerBytes = 0;
  #trailerSignature: string | undefined;

  constructor(sink: ChunkSink) {
    this.#sink = sink;
  }

  get done(): boolean {
    return this.#state === 'done';
  }

  /** Throws an AwsError on what is no aws-chunked body; it is of no use afterwards. */
  write(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#state === 'data') {
        const end = Math.min(bytes.length, at + this.#left);
        this.#sink.data(bytes.subarray(at, end));
        this.#left -= end - at;
        at = end;
        if (this.#left === 0) this.#state = 'data-cr';
      } else {
        this.#byte(bytes[at++] ?? 0);
      }
    }
  }

  #byte(byte: number): void {
    switch (this.#state) {
      case 'data-cr':
        if (byte !== CR) throw malformed('a chunk is longer than it says');
        this.#state = 'data-lf';
        return;
      case 'data-lf':
        if (byte !== LF) throw malformed('a chunk does not end in CRLF');
        this.#state = 'head';
        this.#sink.chunkEnd(this.#signature);
        return;
      case 'done':
        throw malformed('there is more after the last chunk');
      default:
        if (byte === LF) this.#endOfLine();
        else if (this.#line.push(byte) > (this.#state === 'head' ? MAX_CHUNK_HEAD_BYTES : MAX_TRAILER_BYTES)) {
          throw malformed('a line of the framing is too long');
        }
    }
  }

  #endOfLine(): void {
    if (this.#line.at(-1) === CR) this.#line.pop();
    else if (this.#state === 'head') throw malformed("a chunk's head does not end in CRLF");
    const line = Buffer.from(this.#line).toString('latin1');
    this.#line = [];
    if (this.#state === 'trailer') this.#trailerLine(line);
    else this.#head(line);
  }

  #head(line: string): void {
    const [, size, signature] = chunkHead.exec(line) ?? [];
    if (size === undefined) throw malformed('not the head of a chunk');
    this.#left = Number.parseInt(size, 16);
    this.#signature = signature;
    if (this.#left > 0) {
      this.#state = 'data';
      return;
    }
    this.#sink.chunkEnd(signature);
    this.#state = 'trailer';
  }

  /** An empty line ends the body. The last chunk's own CRLF is one: without trailers there is no other. */
  #trailerLine(line: string): void {
    this.#trailerBytes += line.length;
    if (this.#trailerBytes > MAX_TRAILER_BYTES) throw malformedTrailer('the trailers are too long');
    if (line === '') {
      this.#state = 'done';
      this.#sink.end(this.#trailerSignature);
      return;
    }
    const colon = line.indexOf(':');
    if (colon < 1) throw malformedTrailer('a trailer without a name');
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === TRAILER_SIGNATURE) this.#trailerSignature = value;
    else this.#sink.trailer(name, value);
  }
}

export function incompleteBody(reason: string): AwsError {
  return new AwsError(
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header',
    { reason },
  );
}

function malformed(reason: string): AwsError {
  return new AwsError('InvalidRequest', 'The body is not a well-formed aws-chunked stream.', { reason });
}

function malformedTrailer(reason: string): AwsError {
  return new AwsError(
    'MalformedTrailerError',
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
    { reason },
  );
}
