import { decodeBase64, encodeBase64 } from './base64.js';
import { encodeJson, JsonFields } from './json-fields.js';
import { PayloadError } from './payload-error.js';

export const ActionStatus = Object.freeze({
  /** What the official client really sends for an action it does not know, with ActionResult 3 [V]. */
  Unset: 0,
  Success: 1,
  Failed: 2,
  Unsupported: 3,
} as const);

export type ActionStatus = (typeof ActionStatus)[keyof typeof ActionStatus];

export interface ProcessedClientAction {
  readonly actionType: string;
  /** An {@link ActionStatus}; only 1 is success. */
  readonly actionStatus: number;
  readonly actionResult: unknown;
  /** Empty when there was none. */
  readonly error: string;
}

/** Payload type 6, client to agent (wire-protocol 4.2). */
export interface HandshakeResponse {
  readonly clientVersion: string;
  readonly processedClientActions: readonly ProcessedClientAction[];
  readonly errors: readonly string[];
}

export interface KmsEncryptionResult {
  /** The data key as KMS encrypted it. */
  readonly ciphertextKey: Uint8Array;
  /** The client put the request's challenge into the encryption context. */
  readonly challengeAcknowledgement: boolean;
}

export function encodeHandshakeResponse(response: HandshakeResponse): Uint8Array {
  return encodeJson({
    ClientVersion: response.clientVersion,
    ProcessedClientActions: response.processedClientActions.map((action) => ({
      ActionType: action.actionType,
      ActionStatus: action.actionStatus,
      ActionResult: action.actionResult ?? null,
      Error: action.error,
    })),
    Errors: response.errors.length === 0 ? null : response.errors,
  });
}

/** Throws a PayloadError. */
export function parseHandshakeResponse(payload: Uint8Array): HandshakeResponse {
  const fields = JsonFields.parse(payload, 'HandshakeResponse');
  return {
    clientVersion: fields.string('ClientVersion'),
    processedClientActions: fields.array('ProcessedClientActions').map((value) => {
      const action = new JsonFields(value, 'HandshakeResponse.ProcessedClientActions');
      return {
        actionType: action.string('ActionType'),
        actionStatus: action.integer('ActionStatus'),
        actionResult: action.any('ActionResult'),
        error: action.string('Error'),
      };
    }),
    errors: fields.array('Errors').filter((error) => typeof error === 'string'),
  };
}

export function encodeKmsEncryptionResult(result: KmsEncryptionResult): unknown {
  return {
    KMSCipherTextKey: encodeBase64(result.ciphertextKey),
    KMSCipherTextHash: null,
    ...(result.challengeAcknowledgement ? { ChallengeAcknowledgement: true } : {}),
  };
}

/** Throws a PayloadError. */
export function parseKmsEncryptionResult(actionResult: unknown): KmsEncryptionResult {
  const fields = new JsonFields(actionResult, 'KMSEncryption');
  const ciphertextKey = decodeBase64(fields.requiredString('KMSCipherTextKey'));
  if (ciphertextKey === undefined) throw new PayloadError('KMSEncryption.KMSCipherTextKey', 'is not Base64');
  return { ciphertextKey, challengeAcknowledgement: fields.boolean('ChallengeAcknowledgement') };
}
