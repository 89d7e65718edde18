import { describe, expect, it } from 'vitest';
import { encodeEncryptionChallenge, parseEncryptionChallenge } from './encryption-challenge.js';
import { encodeHandshakeComplete, parseHandshakeComplete } from './handshake-complete.js';
import {
  encodeHandshakeRequest,
  kmsEncryptionAction,
  parseHandshakeRequest,
  sessionTypeAction,
} from './handshake-request.js';
import {
  encodeHandshakeResponse,
  encodeKmsEncryptionResult,
  parseHandshakeResponse,
  parseKmsEncryptionResult,
} from './handshake-response.js';
import { PayloadError } from './payload-error.js';
import { encodeUtf8 } from './utf8.js';

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const json = (value: unknown): Uint8Array => encodeUtf8(JSON.stringify(value));

function fieldOf(parse: () => unknown): string {
  try {
    parse();
  } catch (error) {
    if (error instanceof PayloadError) return error.field;
    throw error;
  }
  return 'taken';
}

describe('handshake payloads', () => {
  it('HandshakeRequest has the text of wire-protocol 4.1', () => {
    const payload = encodeHandshakeRequest({
      agentVersion: '3.3.0.0',
      requestedClientActions: [
        sessionTypeAction({ sessionType: 'InteractiveCommands', properties: null }),
        kmsEncryptionAction({ kmsKeyId: 'arn:aws:kms:…', challenge: 'AAECAwQFBgcICQoLDA0ODw==' }),
      ],
    });
    expect(textOf(payload)).toBe(
      '{"AgentVersion":"3.3.0.0","RequestedClientActions":[' +
        '{"ActionType":"SessionType","ActionParameters":{"SessionType":"InteractiveCommands","Properties":null}},' +
        '{"ActionType":"KMSEncryption","ActionParameters":{"KMSKeyId":"arn:aws:kms:…","Challenge":"AAECAwQFBgcICQoLDA0ODw=="}}]}',
    );
    expect(parseHandshakeRequest(payload).requestedClientActions.map((action) => action.actionType)).toEqual([
      'SessionType',
      'KMSEncryption',
    ]);
  });

  it('HandshakeResponse has the text of wire-protocol 4.2', () => {
    const payload = encodeHandshakeResponse({
      clientVersion: '1.2.650.0',
      processedClientActions: [
        { actionType: 'SessionType', actionStatus: 1, actionResult: null, error: '' },
        {
          actionType: 'KMSEncryption',
          actionStatus: 1,
          actionResult: encodeKmsEncryptionResult({
            ciphertextKey: Uint8Array.of(1, 2, 3),
            challengeAcknowledgement: false,
          }),
          error: '',
        },
      ],
      errors: [],
    });
    expect(textOf(payload)).toBe(
      '{"ClientVersion":"1.2.650.0","ProcessedClientActions":[' +
        '{"ActionType":"SessionType","ActionStatus":1,"ActionResult":null,"Error":""},' +
        '{"ActionType":"KMSEncryption","ActionStatus":1,"ActionResult":{"KMSCipherTextKey":"AQID","KMSCipherTextHash":null},"Error":""}],"Errors":null}',
    );
  });

  it('HandshakeResponse of the official client to an unknown action is read', () => {
    const response = parseHandshakeResponse(
      json({
        ClientVersion: '1.2.650.0',
        ProcessedClientActions: [
          {
            ActionType: 'GangwayStreams',
            ActionStatus: 0,
            ActionResult: 3,
            Error: 'Unsupported action GangwayStreams',
          },
        ],
        Errors: ['Unsupported action GangwayStreams'],
      }),
    );
    expect(response.processedClientActions[0]).toEqual({
      actionType: 'GangwayStreams',
      actionStatus: 0,
      actionResult: 3,
      error: 'Unsupported action GangwayStreams',
    });
    expect(response.errors).toEqual(['Unsupported action GangwayStreams']);
  });

  it('names match without regard to case, unknown ones are ignored, absent ones are empty', () => {
    expect(
      parseHandshakeRequest(json({ agentversion: '3.3', REQUESTEDCLIENTACTIONS: [{ actiontype: 'x' }], New: 1 })),
    ).toEqual({
      agentVersion: '3.3',
      requestedClientActions: [{ actionType: 'x', actionParameters: null }],
    });
    expect(parseHandshakeRequest(json({}))).toEqual({ agentVersion: '', requestedClientActions: [] });
  });

  it('a wrong field is named', () => {
    expect(fieldOf(() => parseHandshakeRequest(json({ AgentVersion: 3 })))).toBe('HandshakeRequest.AgentVersion');
    expect(fieldOf(() => parseHandshakeRequest(json({ RequestedClientActions: {} })))).toBe(
      'HandshakeRequest.RequestedClientActions',
    );
    expect(fieldOf(() => parseHandshakeResponse(json({ ProcessedClientActions: [{ ActionStatus: '1' }] })))).toBe(
      'HandshakeResponse.ProcessedClientActions.ActionStatus',
    );
    expect(fieldOf(() => parseHandshakeResponse(json([])))).toBe('HandshakeResponse');
    expect(fieldOf(() => parseHandshakeResponse(encodeUtf8('{')))).toBe('HandshakeResponse');
    expect(fieldOf(() => parseKmsEncryptionResult({ KMSCipherTextKey: '***' }))).toBe('KMSEncryption.KMSCipherTextKey');
    expect(fieldOf(() => parseKmsEncryptionResult(null))).toBe('KMSEncryption');
  });

  it('HandshakeComplete is in nanoseconds (T28)', () => {
    const payload = encodeHandshakeComplete({
      handshakeTimeToComplete: 1_365_364_463,
      customerMessage: 'This session is encrypted using AWS KMS.',
    });
    expect(textOf(payload)).toBe(
      '{"HandshakeTimeToComplete":1365364463,"CustomerMessage":"This session is encrypted using AWS KMS."}',
    );
    expect(parseHandshakeComplete(payload).customerMessage).toBe('This session is encrypted using AWS KMS.');
  });

  it('a challenge of 92 bytes has 124 characters', () => {
    const payload = encodeEncryptionChallenge(new Uint8Array(92));
    expect(textOf(payload)).toBe(`{"Challenge":"${'A'.repeat(123)}="}`);
    expect(parseEncryptionChallenge(payload)).toEqual(new Uint8Array(92));
  });
});
