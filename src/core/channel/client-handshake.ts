import { encodeEncryptionChallenge, parseEncryptionChallenge } from '../protocol/encryption-challenge.js';
import { parseHandshakeComplete } from '../protocol/handshake-complete.js';
import {
  ActionType,
  parseHandshakeRequest,
  parseKmsEncryptionParameters,
  parseSessionTypeParameters,
  SessionType,
} from '../protocol/handshake-request.js';
import type { HandshakeRequest, RequestedClientAction } from '../protocol/handshake-request.js';
import { ActionStatus, encodeHandshakeResponse, encodeKmsEncryptionResult } from '../protocol/handshake-response.js';
import type { ProcessedClientAction } from '../protocol/handshake-response.js';
import { PayloadType } from '../protocol/payload-type.js';
import type { StreamsRequest } from './channel-api.js';
import { encryptionContext } from './encryption-context.js';
import { encodeStreamsResult, speaksGangwayStreams } from './gangway-streams.js';
import { HANDSHAKE_TIMEOUT, isHandshakeType, reasonOf } from './handshake.js';
import type { Handshake, HandshakeHost } from './handshake.js';
import { DATA_KEY_BYTES, StreamEncryption } from './stream-encryption.js';

/** Milliseconds from the request to its completion: the agent's two waits, one after the other. */
export const CLIENT_HANDSHAKE_TIMEOUT = 2 * HANDSHAKE_TIMEOUT;

const SESSION_TYPES: ReadonlySet<string> = new Set(Object.values(SessionType));
const UNKNOWN_SESSION_TYPE = 'unable to determine SessionType';

/** How one action came out. `reason` is the bare error, for the list at the end of the response. */
interface Answer {
  readonly processed: ProcessedClientAction;
  readonly reason?: string;
}

function success(actionType: string, actionResult: unknown): Answer {
  return { processed: { actionType, actionStatus: ActionStatus.Success, actionResult, error: '' } };
}

function failure(actionType: string, error: unknown): Answer {
  const reason = reasonOf(error);
  return {
    processed: {
      actionType,
      actionStatus: ActionStatus.Failed,
      actionResult: null,
      error: `Failed to process action ${actionType}: ${reason}`,
    },
    reason,
  };
}

/** As the official client: the status stays unset and the result says "unsupported" [V]. */
function unsupported(actionType: string): Answer {
  const reason = `Unsupported action ${actionType}`;
  return {
    processed: {
      actionType,
      actionStatus: ActionStatus.Unset,
      actionResult: ActionStatus.Unsupported,
      error: reason,
    },
    reason,
  };
}

/** The client's role: it answers. An agent that makes no handshake is taken as it is (wire-protocol 1.8). */
export class ClientHandshake implements Handshake {
  readonly #host: HandshakeHost;
  readonly #clientVersion: string;
  readonly #streams: StreamsRequest | undefined;
  #step: 'request' | 'data-key' | 'complete' | 'over' = 'request';
  #deadline: number | undefined;
  #agentVersion = '';
  #sessionType = '';
  #properties: unknown = null;
  #encryption: StreamEncryption | undefined;
  #streamsAgreed = false;
  /** Why the agent is going to end the session. */
  #refusal: string | undefined;

  constructor(host: HandshakeHost, options: { clientVersion: string; streams: StreamsRequest | undefined }) {
    this.#host = host;
    this.#clientVersion = options.clientVersion;
    this.#streams = options.streams;
  }

  get busy(): boolean {
    return this.#step === 'data-key';
  }

  get deadline(): number | undefined {
    return this.#deadline;
  }

  receive(payloadType: number, payload: Uint8Array): boolean {
    if (this.#step === 'request' && !isHandshakeType(payloadType)) {
      this.#ready('');
      return false;
    }
    try {
      if (payloadType === PayloadType.HandshakeRequest && this.#step === 'request') {
        this.#takeRequest(parseHandshakeRequest(payload));
      } else if (payloadType === PayloadType.EncChallengeRequest && this.#encryption !== undefined) {
        this.#answerChallenge(this.#encryption, payload);
      } else if (payloadType === PayloadType.HandshakeComplete) {
        this.#takeComplete(payload);
      } else {
        this.#host.dropped(`payload type ${payloadType} during the handshake`);
      }
    } catch (error) {
      this.#fail(reasonOf(error));
    }
    return true;
  }

  /** After a refusal the agent ends the session and the far side says why; this is for one that does not. */
  expire(): void {
    this.#fail(this.#refusal ?? 'Timed out waiting for the handshake to complete.');
  }

  #takeRequest(request: HandshakeRequest): void {
    this.#deadline = this.#host.environment.now() + CLIENT_HANDSHAKE_TIMEOUT;
    this.#agentVersion = request.agentVersion;
    const kms = request.requestedClientActions.find(({ actionType }) => actionType === ActionType.KMSEncryption);
    if (kms === undefined) {
      this.#respond(request.requestedClientActions.map((action) => this.#answer(action)));
      return;
    }
    this.#step = 'data-key';
    void this.#fetchDataKey(kms.actionParameters).then((answer) => {
      if (this.#step !== 'data-key') return;
      const answers = request.requestedClientActions.map((action) =>
        action.actionType === ActionType.KMSEncryption ? answer : this.#answer(action),
      );
      this.#respond(answers);
      this.#host.proceed();
    });
  }

  /** Never rejects. */
  async #fetchDataKey(actionParameters: unknown): Promise<Answer> {
    const { keyService, sessionId, targetId, environment } = this.#host;
    try {
      const { kmsKeyId, challenge } = parseKmsEncryptionParameters(actionParameters);
      if (keyService === undefined) throw new Error('this client has no access to KMS');
      const { plaintext, ciphertextBlob } = await keyService
        .generateDataKey({
          keyId: kmsKeyId,
          numberOfBytes: DATA_KEY_BYTES,
          encryptionContext: encryptionContext(sessionId, targetId, challenge),
        })
        .catch((error: unknown) => {
          throw new Error(`Error calling KMS GenerateDataKey API: ${reasonOf(error)}`);
        });
      this.#encryption = new StreamEncryption('client', plaintext, (key) => environment.cipher(key));
      const challengeAcknowledgement = challenge !== undefined;
      return success(
        ActionType.KMSEncryption,
        encodeKmsEncryptionResult({ ciphertextKey: ciphertextBlob, challengeAcknowledgement }),
      );
    } catch (error) {
      return failure(ActionType.KMSEncryption, error);
    }
  }

  #answer({ actionType, actionParameters }: RequestedClientAction): Answer {
    try {
      if (actionType === ActionType.SessionType) return this.#answerSessionType(actionParameters);
      if (actionType === ActionType.GangwayStreams && this.#streams && speaksGangwayStreams(actionParameters)) {
        this.#streamsAgreed = true;
        this.#host.streamsAnswered();
        return success(actionType, encodeStreamsResult(this.#streams));
      }
      return unsupported(actionType);
    } catch (error) {
      return failure(actionType, error);
    }
  }

  #answerSessionType(actionParameters: unknown): Answer {
    const { sessionType, properties } = parseSessionTypeParameters(actionParameters);
    if (!SESSION_TYPES.has(sessionType)) throw new Error(`Unknown session type ${sessionType}`);
    this.#sessionType = sessionType;
    this.#properties = properties;
    return success(ActionType.SessionType, null);
  }

  #respond(answers: readonly Answer[]): void {
    this.#step = 'complete';
    this.#refusal = answers.find(({ processed }) => processed.actionStatus === ActionStatus.Failed)?.processed.error;
    this.#host.send(
      PayloadType.HandshakeResponse,
      encodeHandshakeResponse({
        clientVersion: this.#clientVersion,
        processedClientActions: answers.map(({ processed }) => processed),
        errors: answers.flatMap(({ reason }) => reason ?? []),
      }),
    );
  }

  #answerChallenge(encryption: StreamEncryption, payload: Uint8Array): void {
    const sealed = parseEncryptionChallenge(payload);
    let challenge: Uint8Array;
    try {
      challenge = encryption.open(sealed);
    } catch {
      throw new Error('The encryption challenge of the agent cannot be decrypted.');
    }
    this.#host.send(PayloadType.EncChallengeResponse, encodeEncryptionChallenge(encryption.seal(challenge)));
  }

  #takeComplete(payload: Uint8Array): void {
    const { customerMessage } = parseHandshakeComplete(payload);
    if (this.#refusal !== undefined) this.#fail(this.#refusal);
    else if (this.#sessionType === '') this.#fail(UNKNOWN_SESSION_TYPE);
    else this.#ready(customerMessage);
  }

  #ready(customerMessage: string): void {
    this.#finish();
    this.#host.ready(
      {
        peerVersion: this.#agentVersion,
        sessionType: this.#sessionType,
        properties: this.#properties,
        encrypted: this.#encryption !== undefined,
        customerMessage,
        streams: this.#streamsAgreed ? this.#streams : undefined,
      },
      this.#encryption,
    );
  }

  #finish(): void {
    this.#step = 'over';
    this.#deadline = undefined;
  }

  #fail(message: string): void {
    if (this.#step === 'over') {
      this.#host.dropped(message);
      return;
    }
    this.#finish();
    this.#host.fail(message);
  }
}
