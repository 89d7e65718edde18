import { createHash, type Hash, timingSafeEqual } from 'node:crypto';
import { sha256Hex } from '../sigv4/canonical-request.js';
import { type CredentialScope, formatScope, formatTimestamp } from '../sigv4/credential-scope.js';
import { mismatch } from '../sigv4/signature-problem.js';

/** What the chain of a body's signatures begins with: the head's. */
export interface ChunkSigning {
  readonly sign: (text: string) => string;
  readonly scope: CredentialScope;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Hex. */
  readonly signature: string;
}

const EMPTY_HASH = sha256Hex('');

/** Each chunk's signature covers the one before it, so that none can be changed, left out or moved. */
export class ChunkSignatures {
  readonly #sign: (text: string) => string;
  readonly #stamp: string;
  #previous: string;
  #chunk: Hash = createHash('sha256');
  #trailers = '';

  constructor({ sign, scope, time, signature }: ChunkSigning) {
    this.#sign = sign;
    this.#stamp = `${formatTimestamp(time)}\n${formatScope(scope)}`;
    this.#previous = signature;
  }

  data(bytes: Uint8Array): void {
    this.#chunk.update(bytes);
  }

  /** Throws a SignatureProblem when the chunk is not the one that was signed. */
  chunkEnd(signature: string | undefined): void {
    const hash = this.#chunk.digest('hex');
    this.#chunk = createHash('sha256');
    this.#check(`AWS4-HMAC-SHA256-PAYLOAD\n${this.#stamp}\n${this.#previous}\n${EMPTY_HASH}\n${hash}`, signature);
  }

  trailer(name: string, value: string): void {
    this.#trailers += `${name}:${value}\n`;
  }

  end(signature: string | undefined): void {
    const hash = sha256Hex(this.#trailers);
    this.#check(`AWS4-HMAC-SHA256-TRAILER\n${this.#stamp}\n${this.#previous}\n${hash}`, signature);
  }

  #check(text: string, claimed = ''): void {
    const expected = this.#sign(text);
    if (claimed.length !== expected.length || !timingSafeEqual(Buffer.from(claimed), Buffer.from(expected))) {
      throw mismatch('the signature of a chunk or of the trailer is not that of what was sent');
    }
    this.#previous = expected;
  }
}
