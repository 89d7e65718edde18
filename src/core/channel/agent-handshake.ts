import { encodeBase64 } from '../protocol/base64.js';
import { encodeEncryptionChallenge, parseEncryptionChallenge } from '../protocol/encryption-challenge.js';
import { encodeHandshakeComplete } from '../protocol/handshake-complete.js';
import {
  ActionType,
  encodeHandshakeRequest,
  kmsEncryptionAction,
  sessionTypeAction,
} from '../protocol/handshake-request.js';
import { ActionStatus, parseHandshakeResponse, parseKmsEncryptionResult } from '../protocol/handshake-response.js';
import type { HandshakeResponse, ProcessedClientAction } from '../protocol/handshake-response.js';
import { PayloadType } from '../protocol/payload-type.js';
import type { StreamsRequest } from './channel-api.js';
import { encryptionContext } from './encryption-context.js';
import { gangwayStreamsAction, parseStreamsResult } from './gangway-streams.js';
import { HANDSHAKE_ERROR_PREFIX, HANDSHAKE_TIMEOUT, reasonOf } from './handshake.js';
import type { Handshake, HandshakeHost } from './handshake.js';
import { StreamEncryption } from './stream-encryption.js';

/** What the agent asks of the client. */
export interface HandshakeStart {
  /** Four dotted integers, `3.3.x.y` (wire-protocol 4.6). */
  readonly agentVersion: string;
  readonly sessionType: string;
  /** Null for shells. */
  readonly properties?: unknown;
  /** Present: the session is encrypted or does not start. */
  readonly kmsKeyId?: string;
  /** For the client's user; if absent, an encrypted session says that it is one. */
  readonly customerMessage?: string;
  readonly offerStreams: boolean;
}

type Step = 'idle' | 'response' | 'data-key' | 'challenge' | 'over';

const RANDOM_CHALLENGE_BYTES = 16;
const ENCRYPTION_CHALLENGE_BYTES = 64;
const NANOSECONDS = 1_000_000;
const ENCRYPTED_MESSAGE = 'This session is encrypted using AWS KMS.';
const DATA_KEY_ERROR = 'Fetching data key failed: Unable to retrieve data key, Error when decrypting data key ';

const EXPIRED: Readonly<Record<Step, string>> = Object.freeze({
  idle: '',
  response: 'Handshake timed out. Please ensure that you have the latest version of the session manager plugin.',
  'data-key': `${DATA_KEY_ERROR}timed out`,
  challenge: 'Timed out waiting for encryption challenge.',
  over: '',
});

function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  let difference = left.length ^ right.length;
  for (let index = 0; index < left.length; index += 1) difference |= (left[index] ?? 0) ^ (right[index] ?? 0);
  return difference === 0;
}

/** The agent's role: it asks, checks the answers, proves the key and says when the session may begin. */
export class AgentHandshake implements Handshake {
  readonly #host: HandshakeHost;
  #step: Step = 'idle';
  #deadline: number | undefined;
  #start: HandshakeStart | undefined;
  #startedAt = 0;
  #randomChallenge = '';
  #clientVersion = '';
  #streams: StreamsRequest | undefined;
  #encryption: StreamEncryption | undefined;
  #challenge: Uint8Array = new Uint8Array(0);

  constructor(host: HandshakeHost) {
    this.#host = host;
  }

  get started(): boolean {
    return this.#start !== undefined;
  }

  get busy(): boolean {
    return this.#step === 'data-key';
  }

  get deadline(): number | undefined {
    return this.#deadline;
  }

  start(start: HandshakeStart): void {
    const { environment } = this.#host;
    const actions = [sessionTypeAction({ sessionType: start.sessionType, properties: start.properties ?? null })];
    if (start.kmsKeyId !== undefined) {
      this.#randomChallenge = encodeBase64(environment.randomBytes(RANDOM_CHALLENGE_BYTES));
      actions.push(kmsEncryptionAction({ kmsKeyId: start.kmsKeyId, challenge: this.#randomChallenge }));
    }
    if (start.offerStreams) actions.push(gangwayStreamsAction());
    this.#start = start;
    this.#startedAt = environment.now();
    this.#wait('response');
    this.#host.send(
      PayloadType.HandshakeRequest,
      encodeHandshakeRequest({ agentVersion: start.agentVersion, requestedClientActions: actions }),
    );
  }

  /** Anything but the answer that is waited for is acknowledged and thrown away, as in the official agent. */
  receive(payloadType: number, payload: Uint8Array): boolean {
    try {
      if (payloadType === PayloadType.HandshakeResponse && this.#step === 'response') {
        this.#takeResponse(parseHandshakeResponse(payload));
      } else if (payloadType === PayloadType.EncChallengeResponse && this.#step === 'challenge') {
        this.#takeChallenge(parseEncryptionChallenge(payload));
      } else {
        this.#host.dropped(`payload type ${payloadType} during the handshake`);
      }
    } catch (error) {
      this.#fail(reasonOf(error));
    }
    return true;
  }

  expire(): void {
    this.#fail(EXPIRED[this.#step]);
  }

  #takeResponse(response: HandshakeResponse): void {
    this.#clientVersion = response.clientVersion;
    const actions = new Map(response.processedClientActions.map((action) => [action.actionType, action]));
    for (const action of actions.values()) {
      // A client without GangwayStreams says so and is no worse for it.
      if (action.actionStatus !== ActionStatus.Success && action.actionType !== ActionType.GangwayStreams) {
        this.#fail(`${action.actionType} failed on client with status ${action.actionStatus} error: ${action.error}`);
        return;
      }
    }
    const streams = actions.get(ActionType.GangwayStreams);
    if (this.#start?.offerStreams === true && streams?.actionStatus === ActionStatus.Success) {
      this.#streams = parseStreamsResult(streams.actionResult);
    }
    const { kmsKeyId } = this.#start ?? {};
    if (kmsKeyId === undefined) this.#complete();
    else this.#requestDataKey(kmsKeyId, actions.get(ActionType.KMSEncryption));
  }

  #requestDataKey(keyId: string, action: ProcessedClientAction | undefined): void {
    if (action === undefined) {
      this.#fail(`${ActionType.KMSEncryption} failed on client with status 0 error: the client did not answer it`);
      return;
    }
    const result = parseKmsEncryptionResult(action.actionResult);
    const challenge = result.challengeAcknowledgement ? this.#randomChallenge : undefined;
    this.#wait('data-key');
    void this.#fetchDataKey(keyId, result.ciphertextKey, challenge);
  }

  async #fetchDataKey(keyId: string, ciphertextBlob: Uint8Array, challenge: string | undefined): Promise<void> {
    const { keyService, sessionId, targetId, environment } = this.#host;
    try {
      if (keyService === undefined) throw new Error('the agent has no access to KMS');
      const context = encryptionContext(sessionId, targetId, challenge);
      const dataKey = await keyService.decrypt({ keyId, ciphertextBlob, encryptionContext: context });
      if (this.#step !== 'data-key') return;
      this.#encryption = new StreamEncryption('agent', dataKey, (key) => environment.cipher(key));
      this.#sendChallenge(this.#encryption);
    } catch (error) {
      this.#fail(`${DATA_KEY_ERROR}${reasonOf(error)}`);
    }
    this.#host.proceed();
  }

  #sendChallenge(encryption: StreamEncryption): void {
    this.#challenge = Uint8Array.from(this.#host.environment.randomBytes(ENCRYPTION_CHALLENGE_BYTES));
    this.#wait('challenge');
    const sealed = encryption.seal(this.#challenge);
    this.#host.send(PayloadType.EncChallengeRequest, encodeEncryptionChallenge(sealed));
  }

  /** The official agent lets its wait run out after a wrong answer; there is no right one to come, so we say so. */
  #takeChallenge(sealed: Uint8Array): void {
    if (this.#provesKey(sealed)) this.#complete();
    else this.#fail('Encryption challenge does not match!');
  }

  #provesKey(sealed: Uint8Array): boolean {
    try {
      const answer = this.#encryption?.open(sealed);
      return answer !== undefined && sameBytes(answer, this.#challenge);
    } catch {
      return false;
    }
  }

  #complete(): void {
    const encrypted = this.#encryption !== undefined;
    const customerMessage = this.#start?.customerMessage ?? (encrypted ? ENCRYPTED_MESSAGE : '');
    const elapsed = Math.max(0, Math.round(this.#host.environment.now() - this.#startedAt));
    this.#finish();
    this.#host.send(
      PayloadType.HandshakeComplete,
      encodeHandshakeComplete({ handshakeTimeToComplete: elapsed * NANOSECONDS, customerMessage }),
    );
    this.#host.ready(
      {
        peerVersion: this.#clientVersion,
        sessionType: this.#start?.sessionType ?? '',
        properties: this.#start?.properties ?? null,
        encrypted,
        customerMessage,
        streams: this.#streams,
      },
      this.#encryption,
    );
  }

  #wait(step: Step): void {
    this.#step = step;
    this.#deadline = this.#host.environment.now() + HANDSHAKE_TIMEOUT;
  }

  #finish(): void {
    this.#step = 'over';
    this.#deadline = undefined;
  }

  #fail(reason: string): void {
    if (this.#step === 'over') {
      this.#host.dropped(reason);
      return;
    }
    this.#finish();
    this.#host.fail(`${HANDSHAKE_ERROR_PREFIX}${reason}`);
  }
}
