import { JsonFields } from './json-fields.js';
import { MAX_OPENING_CHARACTERS } from './open-data-channel.js';
import { PayloadError } from './payload-error.js';

/** First text frame of an agent on its control channel (wire-protocol 1.5). */
export interface ControlChannelOpening {
  readonly requestId: string;
  /** A secret. */
  readonly tokenValue: string;
  readonly agentVersion: string;
  /** `linux`, `windows`, `macos` */
  readonly platformType: string;
}

export function encodeControlChannelOpening(opening: ControlChannelOpening): string {
  return JSON.stringify({
    Cookie: null,
    MessageSchemaVersion: '1.0',
    RequestId: opening.requestId,
    TokenValue: opening.tokenValue,
    AgentVersion: opening.agentVersion,
    PlatformType: opening.platformType,
  });
}

/** Throws a PayloadError, which never contains the token. */
export function parseControlChannelOpening(text: string): ControlChannelOpening {
  if (text.length > MAX_OPENING_CHARACTERS) throw new PayloadError('OpenControlChannel', 'is too long');
  const fields = JsonFields.parse(text, 'OpenControlChannel');
  return {
    requestId: fields.string('RequestId'),
    tokenValue: fields.requiredString('TokenValue'),
    agentVersion: fields.string('AgentVersion'),
    platformType: fields.string('PlatformType'),
  };
}
