import { createHash } from 'node:crypto';
import { AwsError } from '../aws-error.js';
import type { StreamedBody } from '../streamed-service.js';
import { ChunkedDecoder, incompleteBody } from './chunked-decoder.js';
import { ChunkSignatures, type ChunkSigning } from './chunk-signatures.js';
import type { PayloadClaim } from './payload-claim.js';

export interface PayloadOptions {
  readonly claim: PayloadClaim;
  /** As it comes from the connection. */
  readonly raw: AsyncIterable<Uint8Array>;
  /** Bytes of the content, where the head says. */
  readonly length: number | undefined;
  /** Of bodies whose chunks are signed. */
  readonly signing: ChunkSigning;
}

/** A body as its service sees it: without framing, and checked against what the head says of it while it is read. */
export class Payload implements StreamedBody {
  readonly length: number | undefined;
  readonly trailers = new Map<string, string>();
  readonly #options: PayloadOptions;

  constructor(options: PayloadOptions) {
    this.length = options.length;
    this.#options = options;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    const { claim } = this.#options;
    return this.#counted(claim.kind === 'chunks' ? this.#decoded(claim) : this.#plain(claim));
  }

  async *#counted(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    const { length } = this;
    let count = 0;
    for await (const bytes of content) {
      count += bytes.length;
      if (length !== undefined && count > length) throw incompleteBody(`more than the ${length} bytes announced`);
      yield bytes;
    }
    if (length !== undefined && count !== length) throw incompleteBody(`${count} bytes came, ${length} were announced`);
  }

  async *#plain(claim: PayloadClaim): AsyncGenerator<Uint8Array, void, undefined> {
    if (claim.kind !== 'hash') {
      yield* this.#options.raw;
      return;
    }
    const hash = createHash('sha256');
    for await (const bytes of this.#options.raw) {
      hash.update(bytes);
      yield bytes;
    }
    const actual = hash.digest('hex');
    if (actual !== claim.sha256) throw otherContent(claim.sha256, actual);
  }

  async *#decoded({
    signed,
    trailer,
  }: {
    signed: boolean;
    trailer: boolean;
  }): AsyncGenerator<Uint8Array, void, undefined> {
    const signatures = signed ? new ChunkSignatures(this.#options.signing) : undefined;
    let pieces: Uint8Array[] = [];
    const decoder = new ChunkedDecoder({
      data: (bytes) => {
        signatures?.data(bytes);
        pieces.push(bytes);
      },
      chunkEnd: (signature) => signatures?.chunkEnd(signature),
      trailer: (name, value) => {
        // Where none was announced, nobody has signed it.
        if (!trailer) throw incompleteBody('a trailer that the head does not speak of');
        signatures?.trailer(name, value);
        this.trailers.set(name, value);
      },
      end: (signature) => {
        if (trailer) signatures?.end(signature);
      },
    });
    for await (const bytes of this.#options.raw) {
      decoder.write(bytes);
      // At once: whoever sends a byte in each chunk shall not cost a turn for each.
      if (pieces.length > 0) yield pieces.length === 1 ? (pieces[0] ?? bytes) : Buffer.concat(pieces);
      pieces = [];
    }
    if (!decoder.done) throw incompleteBody('the body ends before its last chunk');
  }
}

function otherContent(stated: string, actual: string): AwsError {
  return new AwsError(
    'XAmzContentSHA256Mismatch',
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
    { members: { ClientComputedContentSHA256: stated, S3ComputedContentSHA256: actual } },
  );
}
