import { constants, createHash, timingSafeEqual, verify } from 'node:crypto';
import type { AccessKey, AccessKeys, InstanceKeys } from './access-keys.js';
import { AwsError } from './aws-error.js';
import type { Caller } from './service.js';
import { canonicalRequest, pathEncodingOf, sha256Hex } from './sigv4/canonical-request.js';
import { formatTimestamp } from './sigv4/credential-scope.js';
import type { ClaimedSignature } from './sigv4/parse-signature.js';
import { invalidToken, mismatch, SignatureProblem, UNKNOWN_ACCESS_KEY } from './sigv4/signature-problem.js';
import { SigningKeys, stringToSign } from './sigv4/signing-key.js';
import type { WireRequest } from './sigv4/wire-request.js';

/** How far a signer's clock may be off, either way. */
export const CLOCK_TOLERANCE_MS = 15 * 60_000;
/** Services with one home for the whole partition: clients sign for that region whichever they are set to. */
export const GLOBAL_SERVICES: ReadonlySet<string> = new Set(['iam', 'sts']);

const accessKeyForm = /^[A-Za-z0-9_]{1,128}$/;
const signatureForm = /^[0-9a-f]{64}$/;
/** As AWS's agent knows them: `mi-` and 17 hex digits. */
const INSTANCE_FORM = /^mi-[0-9a-f]{17}$/;

/** Bytes; the agent of AWS takes as many as the hash has. */
export const PSS_SALT_LENGTH = 32;
/** Of an id in a refusal: callers choose it. */
const MAX_SHOWN_ID = 124;

type WireHead = Omit<WireRequest, 'body'>;

/** Of a request whose body is still to come. */
export interface VerifiedHead {
  readonly caller: Caller;
  /** Signs with the key and for the scope of the request, as its chunks are. */
  readonly sign: (text: string) => string;
}

/** Checks Signature Version 4. Every refusal is a {@link SignatureProblem}. */
export class SignatureVerifier {
  readonly #accessKeys: AccessKeys;
  readonly #instanceKeys: InstanceKeys | undefined;
  readonly #region: string;
  readonly #clock: () => number;
  readonly #signingKeys = new SigningKeys();

  constructor(options: { accessKeys: AccessKeys; instanceKeys?: InstanceKeys; region: string; clock: () => number }) {
    this.#accessKeys = options.accessKeys;
    this.#instanceKeys = options.instanceKeys;
    this.#region = options.region;
    this.#clock = options.clock;
  }

  /** `service` is the signing name that the addressed operation belongs to. */
  async verify(request: WireRequest, claimed: ClaimedSignature, service: string): Promise<Caller> {
    const key = await this.#authenticate(request, claimed, service, () => payloadHash(request, claimed.scope.service));
    return key.caller;
  }

  /**
   * Of a managed instance: its id stands for the access key, and the text that is signed is signed with its RSA key by
   * PSS with SHA-256, in base64 (amazon-ssm-agent, `agent/ssm/rsaauth`). Only operations for instances ask for this.
   */
  async verifyInstance(request: WireRequest, claimed: ClaimedSignature, service: string): Promise<Caller> {
    const { accessKeyId, scope, signedHeaders, signature } = claimed;
    const found = INSTANCE_FORM.test(accessKeyId) ? await this.#instanceKeys?.find(accessKeyId) : undefined;
    if (found === undefined) {
      // AWS's own text (amazon-ssm-agent, issue 381).
      throw new AwsError('InvalidInstanceId', `Not existing InstanceId ${accessKeyId.slice(0, MAX_SHOWN_ID)}`, {
        reason: 'it was never registered here, or has been deregistered: it must join with a new activation',
      });
    }
    this.#checkScope(claimed, service);
    this.#checkClock(claimed);
    checkSignedHeaders(request, signedHeaders);
    const text = canonicalRequest(request, signedHeaders, payloadHash(request, scope.service), pathEncodingOf(service));
    const signed = Buffer.from(stringToSign(scope, formatTimestamp(claimed.time), text));
    const key = { key: found.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: PSS_SALT_LENGTH };
    if (!verify('sha256', signed, key, Buffer.from(signature, 'base64'))) {
      throw mismatch("the signature is not that of this request under the instance's key");
    }
    return found.caller;
  }

  /** For S3: the hash of the body is taken as the head states it, and is the reader's of the body to check. */
  async verifyHead(request: WireHead, claimed: ClaimedSignature, service: string): Promise<VerifiedHead> {
    const stated = request.headers.get('x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD';
    const { caller, secret } = await this.#authenticate(request, claimed, service, () => stated);
    return { caller, sign: (text) => this.#signingKeys.signText(secret, claimed.scope, text) };
  }

  async #authenticate(
    request: WireHead,
    claimed: ClaimedSignature,
    service: string,
    hash: () => string,
  ): Promise<AccessKey> {
    const key = accessKeyForm.test(claimed.accessKeyId) ? await this.#accessKeys.find(claimed.accessKeyId) : undefined;
    if (key === undefined) throw invalidToken(UNKNOWN_ACCESS_KEY);
    checkToken(claimed, key);
    this.#checkScope(claimed, service);
    this.#checkClock(claimed);
    this.#checkSignature(request, claimed, key, hash);
    if (key.expires !== undefined && this.#clock() >= key.expires) {
      throw new SignatureProblem(
        'expired-token',
        'The security token included in the request is expired',
        'the temporary credentials have expired',
      );
    }
    this.#accessKeys.used?.(claimed.accessKeyId, service, claimed.scope.region);
    return key;
  }

  #checkScope({ scope }: ClaimedSignature, service: string): void {
    if (scope.service !== service) {
      const message = `Credential should be scoped to correct service: '${service}'.`;
      throw new SignatureProblem('scope', message, `signed for service ${scope.service}`);
    }
    if (scope.region !== this.#region && !GLOBAL_SERVICES.has(service)) {
      const reason = `signed for region ${scope.region}, this endpoint is ${this.#region}`;
      throw new SignatureProblem('scope', 'Credential should be scoped to a valid region.', reason);
    }
  }

  #checkClock({ time, expiresSeconds }: ClaimedSignature): void {
    const now = this.#clock();
    const validity = expiresSeconds === undefined ? CLOCK_TOLERANCE_MS : expiresSeconds * 1000;
    if (time < now - validity) {
      throw new SignatureProblem(
        'clock',
        `Signature expired: ${formatTimestamp(time)} is now earlier than ${formatTimestamp(now - validity)} ` +
          `(${formatTimestamp(now)} - ${validity / 60_000} min.)`,
        'signed too long ago',
      );
    }
    if (time > now + CLOCK_TOLERANCE_MS) {
      throw new SignatureProblem(
        'clock',
        `Signature not yet current: ${formatTimestamp(time)} is still later than ` +
          `${formatTimestamp(now + CLOCK_TOLERANCE_MS)} (${formatTimestamp(now)} + 15 min.)`,
        'signed in the future',
      );
    }
  }

  #checkSignature(request: WireHead, claimed: ClaimedSignature, key: AccessKey, hash: () => string): void {
    const { scope, signedHeaders, signature } = claimed;
    checkSignedHeaders(request, signedHeaders);
    const text = canonicalRequest(request, signedHeaders, hash(), pathEncodingOf(scope.service));
    const expected = this.#signingKeys.sign(key.secret, scope, formatTimestamp(claimed.time), text);
    if (!signatureForm.test(signature) || !timingSafeEqual(Buffer.from(signature), Buffer.from(expected))) {
      throw mismatch('the signature is not that of this request under this key');
    }
  }
}

function checkToken({ sessionToken }: ClaimedSignature, key: AccessKey): void {
  if (key.sessionToken === undefined && key.sessionTokenHash === undefined) {
    if (sessionToken !== undefined) throw invalidToken('a session token with a long-term key');
  } else if (sessionToken === undefined) {
    throw invalidToken('temporary credentials without their session token');
  } else if (!isTokenOf(key, sessionToken)) {
    throw invalidToken('the session token is not that of the key');
  }
}

/** In constant time. */
function isTokenOf({ sessionToken, sessionTokenHash }: AccessKey, token: string): boolean {
  if (sessionTokenHash === undefined) return sessionToken?.equals(token) === true;
  const hash = createHash('sha256').update(token).digest();
  return hash.length === sessionTokenHash.length && timingSafeEqual(hash, sessionTokenHash);
}

/** What is not signed could have been changed on the way: X-Amz-Target names the operation. */
function checkSignedHeaders({ headers }: WireHead, signed: readonly string[]): void {
  const names = new Set(signed);
  if (!names.has('host')) throw mismatch('the host header is not signed');
  for (const name of headers.keys()) {
    // The hash of the body is signed as a part of the request itself: AWS's agent leaves its header out.
    if (name === 'x-amz-content-sha256') continue;
    if (name.startsWith('x-amz-') && !names.has(name)) throw mismatch(`the header ${name} is not signed`);
  }
  for (const name of names) {
    if (!headers.has(name)) throw mismatch(`the signed header ${name} is not there`);
  }
}

function payloadHash({ headers, body }: WireRequest, service: string): string {
  const stated = headers.get('x-amz-content-sha256');
  if (service === 's3' && (stated === undefined || stated === 'UNSIGNED-PAYLOAD')) return 'UNSIGNED-PAYLOAD';
  const actual = sha256Hex(body);
  if (stated !== undefined && stated !== actual) throw mismatch('the body is not the one that was hashed');
  return actual;
}
