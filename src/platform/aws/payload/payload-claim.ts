import { AwsError } from '../aws-error.js';

/** What the head says about its body: the forms of `x-amz-content-sha256`. */
export type PayloadClaim =
  | { readonly kind: 'hash'; readonly sha256: string }
  | { readonly kind: 'unsigned' }
  /** aws-chunked. Signed: each chunk, and the trailer if there is one, carries a signature. */
  | { readonly kind: 'chunks'; readonly signed: boolean; readonly trailer: boolean };

const FORMS: Readonly<Record<string, PayloadClaim>> = {
  'UNSIGNED-PAYLOAD': { kind: 'unsigned' },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD': { kind: 'chunks', signed: true, trailer: false },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER': { kind: 'chunks', signed: true, trailer: true },
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER': { kind: 'chunks', signed: false, trailer: true },
};

/** A presigned URL need not say anything of the body; a signed head must. */
export function payloadClaim(headers: ReadonlyMap<string, string>, presigned: boolean): PayloadClaim {
  const stated = headers.get('x-amz-content-sha256');
  if (stated === undefined) {
    if (presigned) return { kind: 'unsigned' };
    throw new AwsError('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  }
  const form = Object.hasOwn(FORMS, stated) ? FORMS[stated] : undefined;
  if (form !== undefined) return form;
  if (/^[0-9a-f]{64}$/.test(stated)) return { kind: 'hash', sha256: stated };
  throw new AwsError(
    'InvalidArgument',
    'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, ' +
      'STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.',
    { members: { ArgumentName: 'x-amz-content-sha256', ArgumentValue: stated } },
  );
}

/** Bytes of the content; undefined when the head does not say. */
export function contentLength(headers: ReadonlyMap<string, string>, claim: PayloadClaim): number | undefined {
  const name = claim.kind === 'chunks' ? 'x-amz-decoded-content-length' : 'content-length';
  const text = headers.get(name);
  if (text === undefined) {
    // Without a framing header there is no body.
    return claim.kind === 'chunks' || headers.has('transfer-encoding') ? undefined : 0;
  }
  const length = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(length)) {
    throw new AwsError('InvalidArgument', `The value of ${name} is not a length.`, {
      members: { ArgumentName: name, ArgumentValue: text },
    });
  }
  return length;
}
