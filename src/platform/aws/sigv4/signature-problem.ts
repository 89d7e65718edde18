/**
 * Why a signature is not accepted. The edge turns the code into each protocol's error code and status (ecs-api 8).
 * - `missing`: no signature at all. - `incomplete`: parts of it are missing or malformed.
 * - `unknown-key`: unknown or disabled access key, wrong, missing or needless session token.
 * - `expired-token`: temporary credentials past their end.
 * - `mismatch`: the signature is another. - `clock`: signed too long ago, or in the future.
 * - `scope`: signed for another region, service or date.
 */
export type SignatureProblemCode =
  'missing' | 'incomplete' | 'unknown-key' | 'expired-token' | 'mismatch' | 'clock' | 'scope';

/** `message` is AWS's sentence for the caller; `reason` says more and is for the operator's log. */
export class SignatureProblem extends Error {
  override readonly name = 'SignatureProblem';
  readonly code: SignatureProblemCode;
  readonly reason: string;

  constructor(code: SignatureProblemCode, message: string, reason: string) {
    super(message);
    this.code = code;
    this.reason = reason;
  }
}

/** Reason of an `unknown-key` that is not about the session token. */
export const UNKNOWN_ACCESS_KEY = 'unknown access key';

export function mismatch(reason: string): SignatureProblem {
  return new SignatureProblem(
    'mismatch',
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key ' +
      'and signing method. Consult the service documentation for details.',
    reason,
  );
}

export function invalidToken(reason: string): SignatureProblem {
  return new SignatureProblem('unknown-key', 'The security token included in the request is invalid.', reason);
}
