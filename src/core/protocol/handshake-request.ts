import { encodeJson, JsonFields } from './json-fields.js';

/** What an agent may ask of a client. `GangwayStreams` is ours (see `StreamsRequest`). */
export const ActionType = Object.freeze({
  SessionType: 'SessionType',
  KMSEncryption: 'KMSEncryption',
  GangwayStreams: 'GangwayStreams',
} as const);

export type ActionType = (typeof ActionType)[keyof typeof ActionType];

/** Session types that the official client takes; the first three all become the shell (wire-protocol 4.1). */
export const SessionType = Object.freeze({
  StandardStream: 'Standard_Stream',
  InteractiveCommands: 'InteractiveCommands',
  NonInteractiveCommands: 'NonInteractiveCommands',
  Port: 'Port',
} as const);

export type SessionType = (typeof SessionType)[keyof typeof SessionType];

export interface RequestedClientAction {
  /** An {@link ActionType}, or one that this version does not know. */
  readonly actionType: string;
  readonly actionParameters: unknown;
}

/** Payload type 5, agent to client (wire-protocol 4.1). */
export interface HandshakeRequest {
  readonly agentVersion: string;
  /** SessionType always comes first. */
  readonly requestedClientActions: readonly RequestedClientAction[];
}

export interface SessionTypeParameters {
  readonly sessionType: string;
  readonly properties: unknown;
}

export interface KmsEncryptionParameters {
  readonly kmsKeyId: string;
  /** Base64 of 16 random bytes; absent in agents before 3.3. */
  readonly challenge?: string;
}

export function encodeHandshakeRequest(request: HandshakeRequest): Uint8Array {
  return encodeJson({
    AgentVersion: request.agentVersion,
    RequestedClientActions: request.requestedClientActions.map((action) => ({
      ActionType: action.actionType,
      ActionParameters: action.actionParameters,
    })),
  });
}

/** Throws a PayloadError. */
export function parseHandshakeRequest(payload: Uint8Array): HandshakeRequest {
  const fields = JsonFields.parse(payload, 'HandshakeRequest');
  return {
    agentVersion: fields.string('AgentVersion'),
    requestedClientActions: fields.array('RequestedClientActions').map((value) => {
      const action = new JsonFields(value, 'HandshakeRequest.RequestedClientActions');
      return { actionType: action.string('ActionType'), actionParameters: action.any('ActionParameters') };
    }),
  };
}

export function sessionTypeAction(parameters: SessionTypeParameters): RequestedClientAction {
  return {
    actionType: ActionType.SessionType,
    actionParameters: { SessionType: parameters.sessionType, Properties: parameters.properties ?? null },
  };
}

/** Throws a PayloadError. */
export function parseSessionTypeParameters(actionParameters: unknown): SessionTypeParameters {
  const fields = new JsonFields(actionParameters ?? {}, 'SessionType');
  return { sessionType: fields.string('SessionType'), properties: fields.any('Properties') };
}

export function kmsEncryptionAction(parameters: KmsEncryptionParameters): RequestedClientAction {
  return {
    actionType: ActionType.KMSEncryption,
    actionParameters: {
      KMSKeyId: parameters.kmsKeyId,
      ...(parameters.challenge === undefined ? {} : { Challenge: parameters.challenge }),
    },
  };
}

/** Throws a PayloadError. */
export function parseKmsEncryptionParameters(actionParameters: unknown): KmsEncryptionParameters {
  const fields = new JsonFields(actionParameters ?? {}, 'KMSEncryption');
  const challenge = fields.string('Challenge');
  return { kmsKeyId: fields.requiredString('KMSKeyId'), ...(challenge === '' ? {} : { challenge }) };
}
