import { STATUS_CODES } from 'node:http';
import type { WireResponse } from '../codec/wire-response.js';

/** An answer for a socket that Node's HTTP server has let go of; the last one on it. */
export function rawAnswer({ status, headers, body }: WireResponse): string {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  return `${lines.join('\r\n')}\r\n\r\n${String(body)}`;
}

/** For what is not HTTP, too long or too slow; `code` is that of Node's parser. */
export function malformedRequestAnswer(code: string | undefined): string {
  const status = code === 'HPE_HEADER_OVERFLOW' ? 431 : code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  return rawAnswer({ status, headers: {}, body: '' });
}
