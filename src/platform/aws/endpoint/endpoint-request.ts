import type { WireRequest } from '../sigv4/wire-request.js';

/** A request that has arrived, over the network or from within the process; its body is read when it is needed. */
export interface EndpointRequest extends Omit<WireRequest, 'body'> {
  readonly scheme: 'http' | 'https';
  readonly sourceIp: string;
  /** Throws an AwsError 413 above the limit, and {@link CallerGone} when the caller has left. */
  readBody(): Promise<Uint8Array>;
}

/** The connection ended before the request was complete: there is nobody to answer. */
export class CallerGone extends Error {
  override readonly name = 'CallerGone';
}

/** Base URL as the caller wrote it, from the Host header, which is always signed. */
export function endpointUrlOf(request: Pick<EndpointRequest, 'scheme' | 'headers'>): string {
  try {
    return new URL(`${request.scheme}://${request.headers.get('host') ?? ''}`).origin;
  } catch {
    return `${request.scheme}://localhost`;
  }
}
