import { createHash, timingSafeEqual, X509Certificate } from 'node:crypto';
import { Agent, type AgentOptions, type RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect, type ConnectionOptions, rootCertificates, type TLSSocket } from 'node:tls';
import type { Trust } from '../trust.js';

/** From the first packet to the end of the handshake, in milliseconds. */
export const HANDSHAKE_MS = 15_000;

type Created = (error: Error | null, socket: Duplex) => void;

/** Whom connections trust: the usual authorities, those and another, or one key alone. */
export function createTlsAgent(trust: Trust | undefined, options: AgentOptions): Agent {
  if (trust === undefined) return new Agent(options);
  if (typeof trust === 'string') return new Agent({ ...options, ca: [...rootCertificates, trust] });
  return new PinnedAgent(trust.pin, options);
}

/** `sha256//` and base64 of the SHA-256 of a certificate's public key, as curl's `--pinnedpubkey` has it. */
export function pinOf(certificate: X509Certificate): string {
  const key = certificate.publicKey.export({ type: 'spki', format: 'der' });
  return `sha256//${createHash('sha256').update(key).digest('base64')}`;
}

/** The pin of the server at a URL, once its certificate holds. Rejects when it does not, or nobody answers. */
export function shownPin(url: URL, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const socket = connect({
      host,
      port: Number(url.port || 443),
      ...(isIP(host) === 0 && { servername: host }),
      ca: [...rootCertificates, ca],
      timeout: HANDSHAKE_MS,
    });
    socket.once('error', reject);
    socket.once('timeout', () => socket.destroy(new Error(`no TLS handshake in ${HANDSHAKE_MS / 1000} s`)));
    socket.once('secureConnect', () => {
      resolve(pinOf(new X509Certificate(socket.getPeerCertificate().raw)));
      socket.destroy();
    });
  });
}

/**
 * Connections to whoever has the private key of one certificate; names, dates and authorities do not count. A
 * connection is handed out only when that is certain, so that nothing is said to anybody else.
 */
class PinnedAgent extends Agent {
  readonly #pin: Buffer;

  constructor(pin: string, options: AgentOptions) {
    super(options);
    this.#pin = Buffer.from(pin);
  }

  override createConnection(options: RequestOptions, created: Created): undefined {
    // A session that is resumed would show no certificate.
    const own: ConnectionOptions = { ...(options as ConnectionOptions), rejectUnauthorized: false };
    delete own.session;
    const socket = connect(own);
    const fail = (error: Error): void => {
      socket.destroy();
      created(error, socket);
    };
    socket.setTimeout(HANDSHAKE_MS, () => fail(new Error(`no TLS handshake in ${HANDSHAKE_MS / 1000} s`)));
    socket.once('error', fail);
    socket.once('secureConnect', () => {
      socket.off('error', fail);
      socket.setTimeout(0);
      const problem = this.#problem(socket);
      if (problem !== undefined) fail(problem);
      else created(null, socket);
    });
    return undefined;
  }

  #problem(socket: TLSSocket): Error | undefined {
    const raw = socket.getPeerCertificate().raw as Buffer | undefined;
    if (raw === undefined) return new Error('the server has shown no certificate');
    const shown = pinOf(new X509Certificate(raw));
    const pin = Buffer.from(shown);
    if (pin.length === this.#pin.length && timingSafeEqual(pin, this.#pin)) return undefined;
    return Object.assign(new Error(`the server has another key than the pinned one: ${shown}`), {
      code: 'ERR_TLS_PIN_MISMATCH',
    });
  }
}
