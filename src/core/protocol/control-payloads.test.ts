import { describe, expect, it } from 'vitest';
import { encodeAgentSessionState, parseAgentSessionState } from './agent-session-state.js';
import { encodeAgentTaskAcknowledge, parseAgentTaskAcknowledge } from './agent-task-acknowledge.js';
import { encodeAgentTaskComplete, parseAgentTaskComplete } from './agent-task-complete.js';
import { encodeChannelClosed, parseChannelClosed } from './channel-closed.js';
import { encodeControlChannelOpening, parseControlChannelOpening } from './open-control-channel.js';
import { encodeDataChannelOpening, MAX_OPENING_CHARACTERS, parseDataChannelOpening } from './open-data-channel.js';
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
      expect(() => parseDataChannelOpening(text)).toThrow(
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
