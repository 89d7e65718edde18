import type { IncomingMessage } from 'node:http';
import { AwsError } from '../aws-error.js';
import { CallerGone } from './endpoint-request.js';

/**
 * Of a body that is too long this much more is read and thrown away, so that a caller who is still writing gets to
 * read the refusal. Beyond it the connection is cut.
 */
export const MAX_DISCARDED_BYTES = 32 * 1024 * 1024;

export function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    if (Number(request.headers['content-length']) > maxBytes + MAX_DISCARDED_BYTES) {
      reject(tooLarge(maxBytes));
      return;
    }
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxBytes) {
        chunks.push(chunk);
        return;
      }
      chunks.length = 0;
      if (length > maxBytes + MAX_DISCARDED_BYTES) {
        request.pause();
        reject(tooLarge(maxBytes));
      }
    });
    request.once('end', () => {
      if (length > maxBytes) reject(tooLarge(maxBytes));
      else resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks));
    });
    const gone = (): void => reject(new CallerGone('the connection ended within the request body'));
    request.once('error', gone);
    request.once('close', gone);
  });
}

function tooLarge(maxBytes: number): AwsError {
  return new AwsError('RequestEntityTooLargeException', `The request body is longer than ${maxBytes} bytes.`, {
    status: 413,
  });
}
