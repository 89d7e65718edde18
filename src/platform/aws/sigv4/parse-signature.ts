import { ALGORITHM } from './signing-key.js';
import { parseTimestamp } from './credential-scope.js';
import type { CredentialScope } from './credential-scope.js';
import { SignatureProblem } from './signature-problem.js';
import type { WireRequest } from './wire-request.js';

/** AWS's bounds of `X-Amz-Expires`: one second to seven days. */
export const MAX_EXPIRES_SECONDS = 604_800;

/** A signature as claimed by a request; nothing of it is verified yet. */
export interface ClaimedSignature {
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly sessionToken: string | undefined;
  /** Presigned URLs only: seconds of validity from `time`. */
  readonly expiresSeconds: number | undefined;
}

/** Whether there is anything that claims to be a signature. */
export function isSigned({ query, headers }: Pick<WireRequest, 'query' | 'headers'>): boolean {
  return headers.has('authorization') || /(?:^|&)X-Amz-(?:Algorithm|Credential|Signature)=/.test(query);
}

/** Reads header form or presigned query. Throws {@link SignatureProblem} `missing`, `incomplete` or `scope`. */
export function parseSignature(request: Pick<WireRequest, 'query' | 'headers'>): ClaimedSignature {
  const authorization = request.headers.get('authorization');
  if (authorization !== undefined) return parseHeader(authorization, request.headers);
  const query = new URLSearchParams(request.query);
  if (query.has('X-Amz-Algorithm') || query.has('X-Amz-Credential') || query.has('X-Amz-Signature')) {
    return parseQuery(query);
  }
  throw new SignatureProblem('missing', 'Missing Authentication Token', 'the request carries no signature');
}

function parseHeader(authorization: string, headers: ReadonlyMap<string, string>): ClaimedSignature {
  const fields = new Map<string, string>();
  if (authorization.startsWith(`${ALGORITHM} `)) {
    for (const piece of authorization.slice(ALGORITHM.length + 1).split(',')) {
      const equals = piece.indexOf('=');
      if (equals > 0) fields.set(piece.slice(0, equals).trim(), piece.slice(equals + 1).trim());
    }
  }
  const time = timeOf(headers);
  const wants = ['Credential', 'Signature', 'SignedHeaders']
    .filter((name) => (fields.get(name) ?? '') === '')
    .map((name) => `Authorization header requires '${name}' parameter. `);
  if (time === undefined) {
    wants.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ");
  }
  if (wants.length > 0 || time === undefined) {
    throw incomplete(`${wants.join('')}Authorization=${authorization}`, 'the Authorization header is incomplete');
  }
  return {
    ...parseCredential(fields.get('Credential') ?? '', time),
    time,
    signedHeaders: (fields.get('SignedHeaders') ?? '').split(';'),
    signature: fields.get('Signature') ?? '',
    sessionToken: headers.get('x-amz-security-token'),
    expiresSeconds: undefined,
  };
}

function parseQuery(query: URLSearchParams): ClaimedSignature {
  const time = parseTimestamp(query.get('X-Amz-Date') ?? '');
  const credential = query.get('X-Amz-Credential');
  const signature = query.get('X-Amz-Signature');
  const signedHeaders = query.get('X-Amz-SignedHeaders');
  const algorithm = query.get('X-Amz-Algorithm');
  const expiresSeconds = Number(query.get('X-Amz-Expires'));
  if (algorithm !== ALGORITHM || !credential || !signature || !signedHeaders || time === undefined) {
    throw incomplete(
      "AWS query-string parameters must include 'X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Signature', " +
        "'X-Amz-SignedHeaders', and 'X-Amz-Date'. Re-examine the query-string parameters.",
      'the presigned query is incomplete',
    );
  }
  if (!Number.isInteger(expiresSeconds) || expiresSeconds < 1 || expiresSeconds > MAX_EXPIRES_SECONDS) {
    throw incomplete(
      `X-Amz-Expires must be between 1 and ${MAX_EXPIRES_SECONDS} seconds`,
      'X-Amz-Expires out of range',
    );
  }
  return {
    ...parseCredential(credential, time),
    time,
    signedHeaders: signedHeaders.split(';'),
    signature,
    sessionToken: query.get('X-Amz-Security-Token') ?? undefined,
    expiresSeconds,
  };
}

function parseCredential(credential: string, time: number): Pick<ClaimedSignature, 'accessKeyId' | 'scope'> {
  const parts = credential.split('/');
  const [accessKeyId = '', date = '', region = '', service = '', terminator = ''] = parts;
  if (parts.length !== 5) {
    throw incomplete(
      `Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '${credential}'`,
      'the credential is malformed',
    );
  }
  if (terminator !== 'aws4_request') {
    throw badScope(`Credential should be scoped with a valid terminator: 'aws4_request', not '${terminator}'.`);
  }
  const day = new Date(time).toISOString().slice(0, 10).replaceAll('-', '');
  if (date !== day) {
    throw badScope(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${date}' != '${day}'.`,
    );
  }
  return { accessKeyId, scope: { date, region, service } };
}

/** `X-Amz-Date` in ISO basic form; else `Date`, in that form or as HTTP has it. */
function timeOf(headers: ReadonlyMap<string, string>): number | undefined {
  const own = headers.get('x-amz-date');
  if (own !== undefined) return parseTimestamp(own);
  const date = headers.get('date');
  if (date === undefined) return undefined;
  const httpDate = /^[A-Z][a-z]{2}, /.test(date) ? Date.parse(date) : Number.NaN;
  return parseTimestamp(date) ?? (Number.isNaN(httpDate) ? undefined : httpDate);
}

function incomplete(message: string, reason: string): SignatureProblem {
  return new SignatureProblem('incomplete', message, reason);
}

function badScope(message: string): SignatureProblem {
  return new SignatureProblem('scope', message, message);
}
