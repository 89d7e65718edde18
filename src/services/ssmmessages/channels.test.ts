import fc from 'fast-check';
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
import { frame, input, json, messages, output, sessionState, summary } from './frames.fixture.js';
import { MAX_EARLY_FRAMES, MAX_OPENING_BYTES, MAX_OPENING_FRAMES, OPENING_TIMEOUT } from './relay-limits.js';

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

describe('opening a channel', () => {
  it('must come to the text frame within ten seconds', async () => {
    const harness = new SessionHarness();
    await harness.controlChannel();
    const { sessionId, token } = await harness.start();
    const silent = harness.dial(`/v1/data-channel/${sessionId}`);
    silent.handlers.ping?.();
    await harness.advance(OPENING_TIMEOUT - 1);
    expect(silent.closed).toBeUndefined();
    await harness.advance(1);
    expect(reasonOf(silent)).toBe('1008 no text frame with a token within 10 seconds');
    expect(OPENING_TIMEOUT).toBe(10_000);
    silent.receive(clientOpening(token));
    await settled();
    expect((await harness.clientChannel(sessionId, token)).closed).toBeUndefined();
  });

  it('drops what comes before the token frame, and closes when that does not end', async () => {
    const harness = new SessionHarness();
    await harness.controlChannel();
    const { sessionId, token } = await harness.start();
    const agent = await harness.agentChannel(sessionId);
    const early = harness.dial(`/v1/data-channel/${sessionId}`);
    early.receive(input(0, 'early'));
    early.receive(clientOpening(token));
    await settled();
    early.receive(input(1, 'in time'));
    expect(summary(agent.sent)).toEqual(['input_stream_data 1']);
    const endless = harness.dial(`/v1/data-channel/${sessionId}`);
    for (let number = 0; number < MAX_EARLY_FRAMES; number += 1) endless.receive(input(number, 'x'));
    expect(endless.closed).toBeUndefined();
    endless.receive(input(0, 'x'));
    expect(reasonOf(endless)).toBe('1008 the first frame must be the text frame with the token');
  });

  it('keeps what comes right behind the token frame', async () => {
    const harness = new SessionHarness();
    await harness.controlChannel();
    const { sessionId, token } = await harness.start();
    const path = `/v1/data-channel/${sessionId}`;
    const agent = harness.dial(path, AGENT);
    agent.receive(agentOpening(await harness.token(path)));
    agent.receive(sessionState(sessionId, 'Connected'));
    agent.receive(output(0, 'quick'));
    await settled();
    expect(summary((await harness.clientChannel(sessionId, token)).sent)).toEqual(['output_stream_data 0']);
    expect(agent.paused).toBe(false);
  });

  it('keeps no more than the limits', async () => {
    const harness = new SessionHarness();
    await harness.controlChannel();
    for (const [size, count] of [
      [120, MAX_OPENING_FRAMES + 1],
      [MAX_OPENING_BYTES / 4, 5],
    ] as const) {
      const { sessionId, token } = await harness.start();
      const socket = harness.dial(`/v1/data-channel/${sessionId}`);
      socket.receive(clientOpening(token));
      for (let number = 0; number < count; number += 1) socket.receive(new Uint8Array(size));
      await settled();
      expect(reasonOf(socket)).toBe('1009 too much data before the channel was open');
    }
  });

  it('survives arbitrary first frames', async () => {
    const harness = new SessionHarness();
    await harness.controlChannel();
    const { sessionId } = await harness.start();
    const anything = fc.oneof(fc.string(), fc.json(), fc.uint8Array());
    await fc.assert(
      fc.asyncProperty(anything, async (first) => {
        const socket = harness.dial(`/v1/data-channel/${sessionId}`);
        socket.receive(first);
        await new Promise((resolve) => setImmediate(resolve));
        expect(socket.closed?.code).toBe(typeof first === 'string' ? 1008 : undefined);
      }),
      { numRuns: 50 },
    );
  });

  it('says so when the state cannot be read', async () => {
    const harness = new SessionHarness();
    await harness.controlChannel();
    const { sessionId, token } = await harness.start();
    await harness.database.run('DROP TABLE ssm_session_tokens');
    const socket = await harness.clientChannel(sessionId, token);
    expect(reasonOf(socket)).toBe('1011 the state of the endpoint cannot be read or written');
  });

  it('is done with a socket that leaves while its token is looked up', async () => {
    const harness = new SessionHarness();
    await harness.controlChannel();
    const { sessionId, token } = await harness.start();
    const socket = harness.dial(`/v1/data-channel/${sessionId}`);
    socket.receive(clientOpening(token));
    socket.drop();
    await settled();
    expect(await harness.status(sessionId)).toBe('Connecting');
    expect(harness.environment.timers).toBe(0);
  });
});

describe('the control channel', () => {
  it('carries interactive_shell in the shape that official agents take (wire-protocol 1.6)', async () => {
    const harness = new SessionHarness();
    const control = await harness.controlChannel();
    const { sessionId } = await harness.start({
      command: 'sh -c "ls | wc"',
      kmsKeyId: 'arn:aws:kms:us-east-1:111122223333:key/k',
      logging: { cloudWatchLogGroupName: '/ecs', s3BucketName: 'logs', s3KeyPrefix: 'exec', s3EncryptionEnabled: true },
    });
    const [shell] = messages(control.sent);
    expect(shell).toMatchObject({ messageType: 'interactive_shell', flags: 0, sequenceNumber: 0 });
    const { Content, ...rest } = json(shell);
    expect(rest).toEqual({ TaskId: sessionId, Topic: 'interactive_shell', SchemaVersion: 1 });
    expect(JSON.parse(Content as string)).toEqual({
      DocumentName: 'AmazonECS-ExecuteInteractiveCommand',
      SessionId: sessionId,
      RunAsUser: '',
      SessionOwner: USER,
      Parameters: {},
      DocumentContent: {
        schemaVersion: '1.0',
        description: '',
        sessionType: 'InteractiveCommands',
        inputs: {
          s3BucketName: 'logs',
          s3KeyPrefix: 'exec',
          s3EncryptionEnabled: true,
          cloudWatchLogGroupName: '/ecs',
          cloudWatchStreamingEnabled: false,
          cloudWatchEncryptionEnabled: false,
          kmsKeyId: 'arn:aws:kms:us-east-1:111122223333:key/k',
          runAsEnabled: false,
          runAsDefaultUser: '',
          shellProfile: { windows: '', linux: '' },
        },
        parameters: {},
        properties: { linux: { commands: 'sh -c "ls | wc"', runAsElevated: true } },
      },
    });
  });

  it('sends the start message again on reconnect, until the agent has opened the data channel', async () => {
    const harness = new SessionHarness();
    const first = await harness.controlChannel();
    const { sessionId } = await harness.start();
    first.drop();
    const second = await harness.controlChannel();
    expect(summary(second.sent)).toEqual(['interactive_shell']);
    await harness.agentChannel(sessionId);
    second.drop();
    expect(summary((await harness.controlChannel()).sent)).toEqual([]);
  });

  it('newest wins: one for each target', async () => {
    const harness = new SessionHarness();
    const old = await harness.controlChannel();
    const young = await harness.controlChannel();
    const other = await harness.controlChannel('ecs:demo_other_runtime');
    expect(reasonOf(old)).toBe('4001 a newer connection has taken the place of this one');
    await harness.start();
    expect(summary(young.sent)).toEqual(['interactive_shell']);
    expect(other.sent).toEqual([]);
    expect(old.sent).toEqual([]);
    expect((await harness.call('GetConnectionStatus', { Target: TARGET })).Status).toBe('connected');
  });

  it('ignores what it does not know, and closes on what is no message', async () => {
    const harness = new SessionHarness();
    const control = await harness.controlChannel();
    control.receive('text');
    control.receive(frame({ messageType: 'agent_telemetry' }));
    control.receive(frame({ messageType: 'agent_task_complete', payload: Buffer.from('{"TaskId":7}') }));
    expect(control.sent).toEqual([]);
    expect(control.closed).toBeUndefined();
    control.receive(new Uint8Array(10));
    expect(control.closed?.code).toBe(1002);
    expect((await harness.call('GetConnectionStatus', { Target: TARGET })).Status).toBe('notconnected');
  });
});

describe('resuming', () => {
  it('a client comes back with a fresh token and goes on where it was', async () => {
    const harness = new SessionHarness();
    const { sessionId, agent, client } = await harness.whole();
    client.drop();
    expect(await harness.status(sessionId)).toBe('Disconnected');
    agent.receive(output(0, 'meanwhile'));
    const { TokenValue, StreamUrl } = await harness.call('ResumeSession', { SessionId: sessionId });
    expect(StreamUrl).toBe(`ws://127.0.0.1:4580/v1/data-channel/${sessionId}?role=publish_subscribe`);
    const back = await harness.clientChannel(sessionId, TokenValue);
    expect(summary(back.sent)).toEqual(['output_stream_data 0']);
    expect(await harness.status(sessionId)).toBe('Connected');
  });

  it('an agent comes back on a new data channel, and gets the input it missed', async () => {
    const harness = new SessionHarness();
    const { sessionId, agent, client } = await harness.whole();
    agent.drop();
    client.receive(input(0, 'typed'));
    expect(summary((await harness.agentChannel(sessionId)).sent)).toEqual(['input_stream_data 0']);
  });

  it('the same client on a new socket replaces its old one without a word; another client is told', async () => {
    const harness = new SessionHarness();
    const { sessionId, client } = await harness.whole();
    const resume = async (): Promise<string> =>
      (await harness.call('ResumeSession', { SessionId: sessionId })).TokenValue;
    const same = await harness.clientChannel(sessionId, await resume(), 'client-1');
    expect(client.sent).toEqual([]);
    expect(client.closed?.code).toBe(4001);
    const another = await harness.clientChannel(sessionId, await resume(), 'client-2');
    expect(json(messages(same.sent).at(-1)).Output).toBe('Your session has been taken over by another client.');
    expect(same.closed?.code).toBe(4001);
    expect(another.closed).toBeUndefined();
    expect(await harness.status(sessionId)).toBe('Connected');
  });

  it('whoever comes to a session that is over is told so', async () => {
    const harness = new SessionHarness();
    await harness.services.start();
    const { control, sessionId } = await harness.whole();
    const { TokenValue } = await harness.call('ResumeSession', { SessionId: sessionId });
    await harness.call('TerminateSession', { SessionId: sessionId });
    control.receive(frame({ messageType: 'agent_task_complete', payload: Buffer.from(`{"TaskId":"${sessionId}"}`) }));
    for (const socket of [await harness.clientChannel(sessionId, TokenValue), await harness.agentChannel(sessionId)]) {
      expect(summary(socket.sent)).toEqual(['channel_closed']);
      expect(socket.closed?.code).toBe(1000);
    }
  });
});

describe('a restart of the endpoint in mid-session', () => {
  it('agent and client come back and go on, in the middle of their streams (T16, T32)', async () => {
    const harness = new SessionHarness();
    const { sessionId, agent, client } = await harness.whole();
    agent.receive(output(0, 'a'));
    client.receive(input(0, 'b'));
    await settled();
    await harness.restart();
    const agentAgain = await harness.agentChannel(sessionId);
    const { TokenValue } = await harness.call('ResumeSession', { SessionId: sessionId });
    expect(summary(agentAgain.sent)).toEqual(['pause_publication']);
    const clientAgain = await harness.clientChannel(sessionId, TokenValue);
    agentAgain.receive(output(7, 'go'));
    clientAgain.receive(input(5, 'on'));
    expect(summary(clientAgain.sent)).toEqual(['output_stream_data 7']);
    expect(summary(agentAgain.sent)).toEqual(['pause_publication', 'start_publication', 'input_stream_data 5']);
    expect(await harness.status(sessionId)).toBe('Connected');
    expect(summary((await harness.controlChannel()).sent)).toEqual([]);
  });

  it('a session that the agent had not heard of is started when it comes back', async () => {
    const harness = new SessionHarness();
    await harness.controlChannel();
    const { token, sessionId } = await harness.start({ command: 'top' });
    await harness.restart();
    const control = await harness.controlChannel();
    expect(summary(control.sent)).toEqual(['interactive_shell']);
    expect(JSON.stringify(json(messages(control.sent)[0]))).toContain('top');
    expect((await harness.clientChannel(sessionId, token)).closed).toBeUndefined();
  });

  it('a session that was being ended is ended', async () => {
    const harness = new SessionHarness();
    const { sessionId } = await harness.whole();
    await harness.call('TerminateSession', { SessionId: sessionId });
    await harness.restart();
    expect(summary((await harness.agentChannel(sessionId)).sent)).toEqual(['channel_closed']);
    expect(await harness.status(sessionId)).toBe('Terminating');
  });

  it('ended sessions stay ended, and sessions nobody comes back to are ended', async () => {
    const harness = new SessionHarness({ orphanTimeout: 60_000 });
    const { control, sessionId } = await harness.whole();
    control.receive(frame({ messageType: 'agent_task_complete', payload: Buffer.from(`{"TaskId":"${sessionId}"}`) }));
    const orphan = await harness.start();
    await settled();
    await harness.restart();
    expect(await harness.status(sessionId)).toBe('Terminated');
    expect(await harness.status(orphan.sessionId)).toBe('Connecting');
    await harness.advance(60_000);
    expect(await harness.status(orphan.sessionId)).toBe('Terminated');
  });

  it('stop closes every channel and leaves the sessions', async () => {
    const harness = new SessionHarness();
    const { control, sessionId, agent, client } = await harness.whole();
    await harness.services.stop();
    for (const socket of [control, agent, client]) expect(reasonOf(socket)).toBe('1012 the endpoint is stopping');
    expect(summary(client.sent)).toEqual([]);
    await harness.restart();
    expect(await harness.status(sessionId)).toBe('Disconnected');
  });
});
