import { createHash } from 'node:crypto';
import type { StreamedBody } from '../../platform/aws/streamed-service.js';
import {
  CHECKSUM_ALGORITHMS,
  type ChecksumAlgorithm,
  checksumAlgorithm,
  checksumHeader,
  isChecksum,
  startChecksum,
} from './checksums/checksum.js';
import { s3Error } from './s3-error.js';

/** Of one request: an object, or a part of one. */
export const MAX_CONTENT_BYTES = 5 * 1024 ** 3;

export interface ReceivedContent {
  readonly size: number;
  /** Hex. */
  readonly md5: string;
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined;
}

export interface ReceiveOptions {
  /** Computed although the request does not ask for one. */
  readonly otherwise?: ChecksumAlgorithm;
  readonly maxBytes?: number;
  readonly write: (bytes: Uint8Array) => Promise<void>;
}

/** Reads a body to its end and verifies it against all that head and trailers say; throws before anything is kept. */
export async function receiveContent(
  headers: ReadonlyMap<string, string>,
  body: StreamedBody,
  { otherwise, maxBytes = MAX_CONTENT_BYTES, write }: ReceiveOptions,
): Promise<ReceivedContent> {
  if (body.length === undefined) {
    throw s3Error.of('MissingContentLength', 411, 'You must provide the Content-Length HTTP header.');
  }
  if (body.length > maxBytes) throw tooLarge(body.length, maxBytes);
  const wanted = statedChecksum(headers);
  const algorithm = wanted?.algorithm ?? otherwise;
  const running = algorithm === undefined ? undefined : startChecksum(algorithm);
  const expectedMd5 = contentMd5(headers);
  const md5 = createHash('md5');
  let size = 0;
  for await (const bytes of body) {
    size += bytes.length;
    if (size > maxBytes) throw tooLarge(size, maxBytes);
    md5.update(bytes);
    running?.update(bytes);
    await write(bytes);
  }
  const digest = md5.digest();
  if (expectedMd5 !== undefined && expectedMd5 !== digest.toString('base64')) {
    throw s3Error.of('BadDigest', 400, 'The Content-MD5 you specified did not match what we received.', {
      ExpectedDigest: expectedMd5,
      CalculatedDigest: digest.toString('base64'),
    });
  }
  if (algorithm === undefined || running === undefined)
    return { size, md5: digest.toString('hex'), checksum: undefined };
  const value = running.digest().toString('base64');
  if (wanted !== undefined) {
    const expected = wanted.value ?? body.trailers.get(checksumHeader(algorithm));
    if (expected === undefined) {
      throw s3Error.of(
        'MalformedTrailerError',
        400,
        'The request contained trailing data that was not well-formed or did not conform to our published schema.',
      );
    }
    if (expected !== value) throw s3Error.badDigest(algorithm);
  }
  return { size, md5: digest.toString('hex'), checksum: { algorithm, value } };
}

/** A document in a request, checked like an object. */
export async function receiveDocument(
  headers: ReadonlyMap<string, string>,
  body: StreamedBody,
  maxBytes: number,
): Promise<Uint8Array> {
  if (body.length !== undefined && body.length > maxBytes) {
    throw s3Error.of('MaxMessageLengthExceeded', 400, 'Your request was too big.', { MaxMessageLengthBytes: maxBytes });
  }
  const pieces: Uint8Array[] = [];
  await receiveContent(headers, body, {
    maxBytes,
    write: (bytes) => {
      pieces.push(bytes);
      return Promise.resolve();
    },
  });
  return Buffer.concat(pieces);
}

/** What the head states itself, or promises for the trailer. */
function statedChecksum(
  headers: ReadonlyMap<string, string>,
): { readonly algorithm: ChecksumAlgorithm; readonly value: string | undefined } | undefined {
  const stated = CHECKSUM_ALGORITHMS.filter((one) => headers.has(checksumHeader(one)));
  if (stated.length > 1) {
    throw s3Error.invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.');
  }
  const [algorithm] = stated;
  if (algorithm !== undefined) {
    const value = headers.get(checksumHeader(algorithm)) ?? '';
    if (isChecksum(algorithm, value)) return { algorithm, value };
    throw s3Error.invalidRequest(`Value for ${checksumHeader(algorithm)} header is invalid.`);
  }
  const trailer = headers.get('x-amz-trailer')?.trim().toLowerCase();
  if (trailer === undefined || trailer === '') return undefined;
  const promised = checksumAlgorithm(trailer.replace(/^x-amz-checksum-/, ''));
  if (promised === undefined || !trailer.startsWith('x-amz-checksum-')) {
    throw s3Error.invalidRequest('The value specified in the x-amz-trailer header is not supported');
  }
  return { algorithm: promised, value: undefined };
}

function contentMd5(headers: ReadonlyMap<string, string>): string | undefined {
  const stated = headers.get('content-md5');
  if (stated === undefined) return undefined;
  const bytes = Buffer.from(stated, 'base64');
  if (bytes.length === 16 && bytes.toString('base64') === stated) return stated;
  throw s3Error.of('InvalidDigest', 400, 'The Content-MD5 you specified was invalid.', { 'Content-MD5': stated });
}

function tooLarge(size: number, most: number): Error {
  return s3Error.of('EntityTooLarge', 400, 'Your proposed upload exceeds the maximum allowed size', {
    ProposedSize: size,
    MaxSizeAllowed: most,
  });
}
