import { describe, expect, it } from 'vitest';
import {
  AGENT,
  SessionHarness,
  TARGET,
  USER,
  agentOpening,
  clientOpening,
  controlOpening,
  settled,
} from '../ssm/session-harness.fixture.js';
import { AGENT_TOKEN_LIFETIME, CLIENT_TOKEN_LIFETIME, MAX_TARGET_LENGTH } from '../ssm/session-limits.js';
import type { FakeSocket } from './fake-socket.fixture.js';

const reasonOf = (socket: FakeSocket): string => `${socket.closed?.code} ${socket.closed?.reason}`;

describe('CreateControlChannel and CreateDataChannel', () => {
  it('answer 201 with XML that has a TokenValue, though the request is JSON (T5)', async () => {
    const harness = new SessionHarness();
    await harness.controlChannel();
    const { sessionId } = await harness.start();
    const control = await harness.post(`/v1/control-channel/${TARGET}`);
    expect(control.status).toBe(201);
    expect(control.contentType).toContain('xml');
    expect(control.body).toMatch(
      /^<CreateControlChannelResponse><MessageSchemaVersion>1\.0<\/MessageSchemaVersion><TokenValue>[\w-]{43}<\/TokenValue><\/CreateControlChannelResponse>$/,
    );
    const body = '{"MessageSchemaVersion":"1.0","RequestId":"r","ClientId":""}';
    const data = await harness.post(`/v1/data-channel/${sessionId}`, AGENT, body);
    expect(data.status).toBe(201);
    expect(data.body).toMatch(/<TokenValue>[\w-]{43}<\/TokenValue>/);
  });

  it('refuse what they cannot read or do not know, as XML and not 201', async () => {
    const harness = new SessionHarness();
    for (const [path, body] of [
      [`/v1/control-channel/${TARGET}`, 'not json'],
      [`/v1/control-channel/${TARGET}`, '[]'],
      [`/v1/control-channel/${TARGET}`, '{"MessageSchemaVersion":1}'],
      [`/v1/control-channel/${'x'.repeat(MAX_TARGET_LENGTH + 1)}`, '{}'],
      ['/v1/data-channel/alice-00000000000000000', '{}'],
      [`/v1/data-channel/${'x'.repeat(5_000)}`, '{}'],
    ] as const) {
      const answer = await harness.post(path, AGENT, body);
      expect(answer.status).toBe(400);
      expect(answer.body).toMatch(/^<BadRequest xmlns=""><message>[\w .]+<\/message><\/BadRequest>$/);
    }
  });
});

describe('tokens', () => {
  it('open a channel once', async () => {
    const harness = new SessionHarness();
    const control = await harness.controlChannel();
    const [used] = harness.tokens;
    const again = harness.dial(`/v1/control-channel/${TARGET}`, AGENT);
    again.receive(controlOpening(used!));
    await settled();
    expect(reasonOf(again)).toBe('1008 the token has been used before');
    expect(control.closed).toBeUndefined();
  });

  it('are used once even by two sockets at the same time', async () => {
    const harness = new SessionHarness();
    await harness.controlChannel();
    const { sessionId, token } = await harness.start();
    const sockets = [1, 2, 3].map(() => harness.dial(`/v1/data-channel/${sessionId}`));
    for (const socket of sockets) socket.receive(clientOpening(token));
    await settled();
    expect(sockets.filter((socket) => socket.closed === undefined)).toHaveLength(1);
  });

  it('are refused with a clear reason, and nothing else is disturbed', async () => {
    const harness = new SessionHarness();
    const { sessionId, client, agent } = await harness.whole();
    const other = await harness.start();
    const resumed: string = (await harness.call('ResumeSession', { SessionId: sessionId })).TokenValue;
    const agentToken = await harness.token(`/v1/data-channel/${sessionId}`);
    const controlToken = await harness.token(`/v1/control-channel/${TARGET}`);
    const data = `/v1/data-channel/${sessionId}`;
    const foreign = '1008 the token was made for another channel, session or caller';
    const table: [what: string, path: string, signer: string, opening: string, expected: string][] = [
      ['unknown', data, '', clientOpening('x'.repeat(43)), '1008 the token is not known'],
      ['of another session', data, '', clientOpening(other.token), foreign],
      ['an agent’s, from a client', data, '', clientOpening(agentToken), foreign],
      ['a client’s, from an agent', data, AGENT, agentOpening(resumed), foreign],
      ['of another signer', data, USER, agentOpening(agentToken), foreign],
      ['for another target', data, AGENT, agentOpening(agentToken, 'ecs:demo_other_runtime'), foreign],
      [
        'from an unsigned agent',
        data,
        '',
        agentOpening(agentToken),
        '1008 agents must sign the request that opens a channel',
      ],
      ['a control token on data', data, AGENT, agentOpening(controlToken), foreign],
      [
        'for another control channel',
        '/v1/control-channel/ecs:demo_other_runtime',
        AGENT,
        controlOpening(controlToken),
        foreign,
      ],
      ['a data token on control', `/v1/control-channel/${TARGET}`, AGENT, controlOpening(agentToken), foreign],
      ['absent', data, '', '{"MessageSchemaVersion":"1.0"}', '1008 the text frame with the token could not be read'],
      ['of a wrong type', data, '', '{"TokenValue":7}', '1008 the text frame with the token could not be read'],
      ['not JSON', data, '', 'keepalive', '1008 the text frame with the token could not be read'],
      ['16 MB long', data, '', 'x'.repeat(16 * 1024 * 1024), '1008 the text frame with the token could not be read'],
    ];
    for (const [what, path, signer, opening, expected] of table) {
      const socket = harness.dial(path, signer);
      socket.receive(opening);
      await settled();
      expect(`${what}: ${reasonOf(socket)}`).toBe(`${what}: ${expected}`);
    }
    expect(client.closed).toBeUndefined();
    expect(agent.closed).toBeUndefined();
    // What was presented in the wrong place is still good in the right one.
    expect((await harness.clientChannel(sessionId, resumed)).closed).toBeUndefined();
    expect((await harness.clientChannel(other.sessionId, other.token)).closed).toBeUndefined();
  });

  it('expire', async () => {
    const harness = new SessionHarness();
    await harness.controlChannel();
    const { sessionId, token } = await harness.start();
    const second = await harness.start();
    await harness.advance(CLIENT_TOKEN_LIFETIME - 1);
    expect((await harness.clientChannel(second.sessionId, second.token)).closed).toBeUndefined();
    await harness.advance(1);
    expect(reasonOf(await harness.clientChannel(sessionId, token))).toBe('1008 the token has expired');
    const path = `/v1/data-channel/${sessionId}`;
    const agentToken = await harness.token(path);
    await harness.advance(AGENT_TOKEN_LIFETIME);
    const late = harness.dial(path, AGENT);
    late.receive(agentOpening(agentToken));
    await settled();
    expect(reasonOf(late)).toBe('1008 the token has expired');
  });

  it('are stored as hashes only, and are in no log', async () => {
    const harness = new SessionHarness();
    const { sessionId } = await harness.whole();
    const wrong = harness.dial(`/v1/data-channel/${sessionId}`);
    wrong.receive(clientOpening(harness.tokens[1]!));
    await settled();
    const rows = await harness.database.all('SELECT * FROM ssm_session_tokens');
    expect(rows.length).toBeGreaterThanOrEqual(3);
    expect(harness.tokens.length).toBeGreaterThanOrEqual(3);
    const sessions = await harness.database.all('SELECT * FROM ssm_sessions');
    const everything = JSON.stringify([rows, sessions, harness.environment.logged]);
    expect(harness.environment.logged.length).toBeGreaterThan(0);
    for (const token of harness.tokens) {
      expect(token.length).toBeLessThanOrEqual(300);
      expect(everything).not.toContain(token);
    }
  });
});
