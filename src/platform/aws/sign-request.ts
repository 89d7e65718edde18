import { constants, sign, type KeyObject } from 'node:crypto';
import type { Credentials } from './credentials.js';
import { canonicalRequest, pathEncodingOf, sha256Hex } from './sigv4/canonical-request.js';
import { formatScope, formatTimestamp } from './sigv4/credential-scope.js';
import { uriEncodeText } from './sigv4/uri-encoding.js';
import { ALGORITHM, SigningKeys, stringToSign } from './sigv4/signing-key.js';

export interface RequestToSign {
  readonly method: string;
  /** `http`, `https`, `ws` or `wss`; its path is signed as it is sent. */
  readonly url: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Signing name, for example `ecs`. */
  readonly service: string;
  readonly region: string;
  readonly credentials: Credentials;
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Kept by who signs often, so that keys are derived once a day. */
  readonly signingKeys?: SigningKeys;
}

/** The headers to send, signed in whatever way. */
export type RequestSigner = (
  request: Omit<RequestToSign, 'credentials' | 'signingKeys'>,
) => Promise<Record<string, string>>;

/** Changed on the way by proxies or by the HTTP client itself. */
const unsigned = new Set(['connection', 'content-length', 'expect', 'transfer-encoding', 'upgrade', 'user-agent']);

/**
 * The headers to send: the given ones with `host`, `x-amz-date`, the session token and `authorization`; for S3 also the
 * body's hash, which it wants to be told.
 */
export function signRequest(request: RequestToSign): Record<string, string> {
  const { credentials, signingKeys = new SigningKeys() } = request;
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const prepared = prepare(request, sessionToken && { 'x-amz-security-token': sessionToken.reveal() });
  const { scope, timestamp, canonical } = prepared;
  return authorized(prepared, accessKeyId, signingKeys.sign(secretAccessKey, scope, timestamp, canonical));
}

/** The same of a managed instance, with its own key; the endpoint's side is `SignatureVerifier.verifyInstance`. */
export function signInstanceRequest(
  request: Omit<RequestToSign, 'credentials' | 'signingKeys'> & {
    readonly instanceId: string;
    readonly privateKey: KeyObject;
  },
): Record<string, string> {
  const prepared = prepare(request);
  const text = Buffer.from(stringToSign(prepared.scope, prepared.timestamp, prepared.canonical));
  const key = {
    key: request.privateKey,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  };
  return authorized(prepared, request.instanceId, sign('sha256', text, key).toString('base64'));
}

interface Prepared {
  readonly headers: Readonly<Record<string, string>>;
  readonly signedHeaders: readonly string[];
  readonly scope: { readonly date: string; readonly region: string; readonly service: string };
  readonly timestamp: string;
  readonly canonical: string;
}

function prepare(
  { method, service, region, time, body = '', ...request }: Omit<RequestToSign, 'credentials'>,
  more: Readonly<Record<string, string>> = {},
): Prepared {
  const url = new URL(request.url);
  const timestamp = formatTimestamp(time);
  const hash = sha256Hex(body);
  const headers: Record<string, string> = {
    ...(service === 's3' && { 'x-amz-content-sha256': hash }),
    ...lowerCased(request.headers),
    host: url.host,
    'x-amz-date': timestamp,
    ...more,
  };
  const signedHeaders = Object.keys(headers)
    .filter((name) => !unsigned.has(name))
    .sort();
  const canonical = canonicalRequest(
    { method, path: url.pathname, query: url.search.slice(1), headers: new Map(Object.entries(headers)) },
    signedHeaders,
    hash,
    pathEncodingOf(service),
  );
  return { headers, signedHeaders, scope: { date: timestamp.slice(0, 8), region, service }, timestamp, canonical };
}

function authorized(prepared: Prepared, keyId: string, signature: string): Record<string, string> {
  const { headers, signedHeaders, scope } = prepared;
  const authorization =
    `${ALGORITHM} Credential=${keyId}/${formatScope(scope)}, ` +
    `SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`;
  return { ...headers, authorization };
}

/** A URL that carries its signature; only `host` and the given headers are signed beside it. */
export function presignUrl(request: RequestToSign & { readonly expiresSeconds: number }): string {
  const { method, service, region, credentials, time, expiresSeconds, body = '' } = request;
  const url = new URL(request.url);
  const timestamp = formatTimestamp(time);
  const scope = { date: timestamp.slice(0, 8), region, service };
  const headers: Record<string, string> = { ...lowerCased(request.headers), host: url.host };
  const signedHeaders = Object.keys(headers).sort();
  const parameters: [string, string][] = [
    ['X-Amz-Algorithm', ALGORITHM],
    ['X-Amz-Credential', `${credentials.accessKeyId}/${formatScope(scope)}`],
    ['X-Amz-Date', timestamp],
    ['X-Amz-Expires', String(expiresSeconds)],
    ['X-Amz-SignedHeaders', signedHeaders.join(';')],
  ];
  if (credentials.sessionToken !== undefined) {
    parameters.push(['X-Amz-Security-Token', credentials.sessionToken.reveal()]);
  }
  const added = parameters.map(([name, value]) => `${name}=${uriEncodeText(value)}`).join('&');
  const query = url.search.length > 1 ? `${url.search.slice(1)}&${added}` : added;
  const text = canonicalRequest(
    { method, path: url.pathname, query, headers: new Map(Object.entries(headers)) },
    signedHeaders,
    service === 's3' ? 'UNSIGNED-PAYLOAD' : sha256Hex(body),
    pathEncodingOf(service),
  );
  const keys = request.signingKeys ?? new SigningKeys();
  url.search = `${query}&X-Amz-Signature=${keys.sign(credentials.secretAccessKey, scope, timestamp, text)}`;
  return url.href;
}

function lowerCased(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
