import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Sends bytes as they are and reads until the server hangs up; the answer is latin-1. */
export function sendRaw(port: number, ...pieces: (string | Uint8Array)[]): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => {
      const text = Buffer.concat(chunks).toString('latin1');
      const [head = '', ...rest] = text.split('\r\n\r\n');
      resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 0), head, body: rest.join('\r\n\r\n') });
    });
    for (const piece of pieces) socket.write(piece);
  });
}

/** A request as text; `Connection: close`, so that the answer has an end. */
export function rawRequest(
  requestLine: string,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array = '',
): (string | Uint8Array)[] {
  const all: Record<string, string> = {
    ...headers,
    connection: 'close',
    'content-length': String(Buffer.byteLength(body)),
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return [`${requestLine} HTTP/1.1\r\n${lines.join('')}\r\n`, body];
}
