import { describe, expect, it } from 'vitest';
import { encodeAgentSessionState, parseAgentSessionState } from './agent-session-state.js';
import { encodeAgentTaskAcknowledge, parseAgentTaskAcknowledge } from './agent-task-acknowledge.js';
import { encodeAgentTaskComplete, parseAgentTaskComplete } from './agent-task-complete.js';
import { parseAcknowledge } from './acknowledge.js';
import { encodeChannelClosed, parseChannelClosed } from './channel-closed.js';
import { encodeEncryptionChallenge, parseEncryptionChallenge } from './encryption-challenge.js';
import { encodeExitCode, parseExitCode } from './exit-code.js';
import { decodeFlag, encodeFlag, Flag, GangwayFlag, isGangwayFlag, signalFlag, signalOfFlag } from './flag.js';
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
import { encodeControlChannelOpening, parseControlChannelOpening } from './open-control-channel.js';
import { encodeDataChannelOpening, MAX_OPENING_CHARACTERS, parseDataChannelOpening } from './open-data-channel.js';
import { PayloadError } from './payload-error.js';
import { encodeSize, parseSize } from './size.js';
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

describe('acknowledge', () => {
  it('needs its sequence number: absent is not zero', () => {
    expect(fieldOf(() => parseAcknowledge(json({ AcknowledgedMessageType: 'output_stream_data' })))).toBe(
      'acknowledge.AcknowledgedMessageSequenceNumber',
    );
  });
});

describe('Flag', () => {
  it('is a big-endian uint32 of exactly four bytes', () => {
    expect([...encodeFlag(Flag.TerminateSession)]).toEqual([0, 0, 0, 2]);
    expect(decodeFlag(Uint8Array.of(0, 0, 0, 3))).toBe(Flag.ConnectToPortError);
    expect(decodeFlag(Uint8Array.of(255, 255, 255, 255))).toBe(0xffff_ffff);
    for (const length of [0, 3, 5]) expect(fieldOf(() => decodeFlag(new Uint8Array(length)))).toBe('Flag');
  });

  it('our own flags are told from those of AWS', () => {
    for (const flag of Object.values(Flag)) expect(isGangwayFlag(flag)).toBe(false);
    expect(isGangwayFlag(1_000)).toBe(false);
    expect(isGangwayFlag(GangwayFlag.StdinEof)).toBe(true);
    expect(isGangwayFlag(signalFlag(15))).toBe(true);
    expect(GangwayFlag.StdinEof).toBeGreaterThan(1_000_000);
  });

  it('carries every signal that Linux has, and no other', () => {
    for (let signal = 1; signal <= 64; signal += 1) {
      expect(signalOfFlag(decodeFlag(encodeFlag(signalFlag(signal))))).toBe(signal);
    }
    for (const signal of [0, 65, -1, 1.5, Number.NaN]) expect(() => signalFlag(signal)).toThrow(RangeError);
    for (const flag of [...Object.values(Flag), GangwayFlag.StdinEof, 0, 0xffff_ffff]) {
      expect(signalOfFlag(flag)).toBeUndefined();
    }
  });
});

describe('Size', () => {
  it('has the text of wire-protocol 2.1 and is cut to 16 bits', () => {
    expect(textOf(encodeSize({ cols: 80, rows: 24 }))).toBe('{"cols":80,"rows":24}');
    expect(parseSize(json({ cols: 0x1_0050, rows: 24 }))).toEqual({ cols: 80, rows: 24 });
    expect(parseSize(json({}))).toEqual({ cols: 0, rows: 0 });
  });

  it('is made of unsigned integers', () => {
    expect(fieldOf(() => parseSize(json({ cols: -1, rows: 1 })))).toBe('Size.cols');
    expect(fieldOf(() => parseSize(json({ cols: 1, rows: 1.5 })))).toBe('Size.rows');
    expect(fieldOf(() => parseSize(json({ cols: '80', rows: 1 })))).toBe('Size.cols');
    expect(fieldOf(() => parseSize(json({ cols: 2 ** 32, rows: 1 })))).toBe('Size.cols');
  });
});

describe('ExitCode', () => {
  it('is "EXIT_CODE: <n>"', () => {
    expect(textOf(encodeExitCode(7))).toBe('EXIT_CODE: 7');
    for (const code of [0, 7, 255, -1]) expect(parseExitCode(encodeExitCode(code))).toBe(code);
    for (const text of ['', '7', 'EXIT_CODE: ', 'EXIT_CODE: x', 'EXIT_CODE: 1 2', `EXIT_CODE: 1${' '.repeat(99)}`]) {
      expect(fieldOf(() => parseExitCode(encodeUtf8(text)))).toBe('ExitCode');
    }
    expect(() => encodeExitCode(1.5)).toThrow(RangeError);
  });
});

describe('control messages', () => {
  it('agent_task_complete has the text of wire-protocol 1.9', () => {
    const payload = encodeAgentTaskComplete({
      taskId: 'session',
      instanceId: 'target',
      finalTaskStatus: 'Success',
      output: '',
      retryNumber: 1,
    });
    expect(textOf(payload)).toBe(
      '{"SchemaVersion":1,"TaskId":"session","Topic":"agent_task_complete","FinalTaskStatus":"Success","IsRoutingFailure":false,' +
        '"AwsAccountId":"","InstanceId":"target","Output":"","S3Bucket":"","S3UrlSuffix":"","CwlGroup":"","CwlStream":"","RetryNumber":1}',
    );
    expect(parseAgentTaskComplete(payload)).toEqual({
      taskId: 'session',
      instanceId: 'target',
      finalTaskStatus: 'Success',
      output: '',
      retryNumber: 1,
    });
    expect(fieldOf(() => parseAgentTaskComplete(json({})))).toBe('agent_task_complete.TaskId');
  });

  it('agent_task_acknowledge names the message it answers', () => {
    const payload = encodeAgentTaskAcknowledge({ messageId: 'id', taskId: 'session' });
    expect(textOf(payload)).toBe(
      '{"SchemaVersion":1,"MessageId":"id","TaskId":"session","Topic":"agent_task_complete"}',
    );
    expect(parseAgentTaskAcknowledge(payload)).toEqual({ messageId: 'id', taskId: 'session' });
    expect(fieldOf(() => parseAgentTaskAcknowledge(json({ TaskId: 'session' })))).toBe(
      'agent_task_acknowledge.MessageId',
    );
  });

  it('T28: CreatedDate of channel_closed is a string, its types are strict', () => {
    const closed = {
      messageId: 'id',
      createdDate: '1700000000000',
      destinationId: 'target',
      sessionId: 's',
      output: 'o',
    };
    expect(textOf(encodeChannelClosed(closed))).toBe(
      '{"MessageId":"id","CreatedDate":"1700000000000","DestinationId":"target","SessionId":"s","MessageType":"channel_closed","SchemaVersion":1,"Output":"o"}',
    );
    expect(parseChannelClosed(encodeChannelClosed(closed))).toEqual(closed);
    expect(fieldOf(() => parseChannelClosed(json({ CreatedDate: 1_700_000_000_000 })))).toBe(
      'channel_closed.CreatedDate',
    );
    expect(fieldOf(() => parseChannelClosed(json({ SchemaVersion: '1' })))).toBe('channel_closed.SchemaVersion');
  });

  it('agent_session_state is Connected or Terminating', () => {
    const payload = encodeAgentSessionState({ sessionState: 'Connected', sessionId: 's' });
    expect(textOf(payload)).toBe('{"SchemaVersion":1,"SessionState":"Connected","SessionId":"s"}');
    expect(parseAgentSessionState(payload)).toEqual({ sessionState: 'Connected', sessionId: 's' });
    expect(fieldOf(() => parseAgentSessionState(json({ SessionState: 'Asleep' })))).toBe(
      'agent_session_state.SessionState',
    );
  });
});

describe('opening frames', () => {
  it("the client's has the text of wire-protocol 1.4", () => {
    const opening = {
      end: 'client',
      requestId: 'r',
      tokenValue: 't',
      clientId: 'c',
      clientVersion: '1.2.650.0',
    } as const;
    const text = encodeDataChannelOpening(opening);
    expect(text).toBe(
      '{"MessageSchemaVersion":"1.0","RequestId":"r","TokenValue":"t","ClientId":"c","ClientVersion":"1.2.650.0"}',
    );
    expect(parseDataChannelOpening(text)).toEqual(opening);
  });

  it('ClientVersion is optional', () => {
    const text = '{"MessageSchemaVersion":"1.0","RequestId":"r","TokenValue":"t","ClientId":"c"}';
    expect(parseDataChannelOpening(text)).toEqual({ end: 'client', requestId: 'r', tokenValue: 't', clientId: 'c' });
  });

  it('T6: the ClientId of an agent is empty, and ClientInstanceId tells it from a client', () => {
    const opening = { end: 'agent', requestId: 'r', tokenValue: 't', clientInstanceId: 'ecs:a_b_c' } as const;
    const text = encodeDataChannelOpening(opening);
    expect(text).toBe(
      '{"MessageSchemaVersion":"1.0","RequestId":"r","TokenValue":"t","ClientInstanceId":"ecs:a_b_c","ClientId":""}',
    );
    expect(parseDataChannelOpening(text)).toEqual(opening);
  });

  it('without a token, or too long, they are refused by name', () => {
    expect(fieldOf(() => parseDataChannelOpening('{"ClientId":"c"}'))).toBe('OpenDataChannel.TokenValue');
    expect(fieldOf(() => parseControlChannelOpening('{}'))).toBe('OpenControlChannel.TokenValue');
    const long = JSON.stringify({ TokenValue: 'x'.repeat(MAX_OPENING_CHARACTERS) });
    expect(fieldOf(() => parseDataChannelOpening(long))).toBe('OpenDataChannel');
    expect(fieldOf(() => parseControlChannelOpening(long))).toBe('OpenControlChannel');
  });

  it('errors do not repeat the token', () => {
    for (const text of ['{"TokenValue":"secret","ClientId":7}', '{"TokenValue":"secret"']) {
      expect(() => parseDataChannelOpening(text)).toThrowError(
        expect.objectContaining({ message: expect.not.stringContaining('secret') }),
      );
    }
  });

  it("the agent's control channel has the text of wire-protocol 1.5", () => {
    const opening = { requestId: 'r', tokenValue: 't', agentVersion: '3.3.0.0', platformType: 'linux' };
    const text = encodeControlChannelOpening(opening);
    expect(text).toBe(
      '{"Cookie":null,"MessageSchemaVersion":"1.0","RequestId":"r","TokenValue":"t","AgentVersion":"3.3.0.0","PlatformType":"linux"}',
    );
    expect(parseControlChannelOpening(text)).toEqual(opening);
  });
});
