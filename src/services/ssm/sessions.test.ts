import { describe, expect, it } from 'vitest';
import { SessionRefusal } from '../session-ports.js';
import { messages, json, sessionState, summary, taskComplete } from '../ssmmessages/frames.fixture.js';
import { ENDPOINT, SessionHarness, TARGET, USER, settled } from './session-harness.fixture.js';

/** What a rejected call says to its caller. */
async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code}: ${message}`;
  }
  return 'no refusal';
}

describe('Sessions.start', () => {
  it('makes an id, a stream URL on the caller’s host and a token', async () => {
    const harness = new SessionHarness();
    await harness.controlChannel();
    const { sessionId, streamUrl, token } = await harness.start({ endpointUrl: 'https://exec.example:8443' });
    expect(sessionId).toMatch(/^ecs-execute-command-[a-z0-9]{26}$/);
    expect(streamUrl).toBe(`wss://exec.example:8443/v1/data-channel/${sessionId}?role=publish_subscribe`);
    expect(token).toMatch(/^[\w-]{43}$/);
    const { sessionId: plain } = await harness.start({ idPrefix: 'alice-' });
    expect(plain).toMatch(/^alice-[0-9a-f]{17}$/);
  });

  it('refuses a target without a control channel', async () => {
    const harness = new SessionHarness();
    const refused = harness.start();
    await expect(refused).rejects.toBeInstanceOf(SessionRefusal);
    await expect(refused).rejects.toMatchObject({ code: 'not-connected' });
    (await harness.controlChannel()).drop();
    await expect(harness.start()).rejects.toMatchObject({ code: 'not-connected' });
  });

  it('counts sessions per target, queued and ending ones included, even when asked all at once (T13)', async () => {
    const harness = new SessionHarness();
    const control = await harness.controlChannel();
    await harness.controlChannel('ecs:other_task_runtime');
    const results = await Promise.allSettled([1, 2, 3, 4].map(() => harness.start({ limit: 2 })));
    const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.sessionId] : []));
    expect(started).toHaveLength(2);
    expect(summary(control.sent)).toEqual(['interactive_shell', 'interactive_shell']);
    await harness.start({ limit: 2, target: 'ecs:other_task_runtime' });
    await harness.call('TerminateSession', { SessionId: started[0] });
    await expect(harness.start({ limit: 2 })).rejects.toMatchObject({ code: 'limit' });
    control.receive(taskComplete(started[0]!, TARGET));
    await settled();
    await harness.start({ limit: 2 });
    control.drop();
    await expect(harness.start({ limit: 2 })).rejects.toMatchObject({ code: 'limit' });
  });

  it('stores nothing that the agent is not told, and tells nothing that is not stored', async () => {
    const harness = new SessionHarness();
    const control = await harness.controlChannel();
    await harness.database.run('DROP TABLE ssm_session_tokens');
    await expect(harness.start()).rejects.toThrow();
    expect(control.sent).toEqual([]);
    expect((await harness.call('DescribeSessions', { State: 'Active' })).Sessions).toEqual([]);
  });
});

describe('StartSession', () => {
  it('runs the documents it knows; the default is a shell', async () => {
    const harness = new SessionHarness();
    const control = await harness.controlChannel();
    for (const input of [
      {},
      { DocumentName: 'SSM-SessionManagerRunShell' },
      { DocumentName: 'AWS-StartInteractiveCommand', Parameters: { command: ['top -b'] } },
      { DocumentName: 'AmazonECS-ExecuteInteractiveCommand', Parameters: { command: ['/bin/bash'] } },
    ]) {
      const started = await harness.call('StartSession', { Target: TARGET, Reason: 'test', ...input });
      expect(started.SessionId).toMatch(/^alice-[0-9a-f]{17}$/);
      expect(started.StreamUrl).toBe(`ws://127.0.0.1:4580/v1/data-channel/${started.SessionId}?role=publish_subscribe`);
      expect((await harness.clientChannel(started.SessionId, started.TokenValue)).closed).toBeUndefined();
    }
    const shells = messages(control.sent).map((message) => {
      const { DocumentName, DocumentContent } = JSON.parse(json(message).Content as string);
      return [DocumentName, DocumentContent.sessionType, DocumentContent.properties.linux.commands];
    });
    expect(shells).toEqual([
      ['SSM-SessionManagerRunShell', 'Standard_Stream', ''],
      ['SSM-SessionManagerRunShell', 'Standard_Stream', ''],
      ['AWS-StartInteractiveCommand', 'InteractiveCommands', 'top -b'],
      ['AmazonECS-ExecuteInteractiveCommand', 'InteractiveCommands', '/bin/bash'],
    ]);
  });

  it('names sessions after the user, or the role session', async () => {
    const harness = new SessionHarness();
    await harness.controlChannel();
    for (const [arn, form] of [
      [USER, /^alice-[0-9a-f]{17}$/],
      ['arn:aws:iam::111122223333:user/team/bob@example.com', /^bob@example\.com-[0-9a-f]{17}$/],
      ['arn:aws:sts::111122223333:assumed-role/Admin/carol', /^carol-[0-9a-f]{17}$/],
      ['arn:aws:iam::111122223333:root', /^root-[0-9a-f]{17}$/],
      [`arn:aws:iam::111122223333:user/${'x'.repeat(200)}`, /^x{79}[0-9a-f]{17}$/],
    ] as const) {
      expect((await harness.call('StartSession', { Target: TARGET }, arn)).SessionId).toMatch(form);
    }
  });

  it('refuses in AWS’s words', async () => {
    const harness = new SessionHarness();
    const start = (input: object): Promise<string> => refusal(harness.call('StartSession', input));
    const notConnected = `TargetNotConnected: ${TARGET} is not connected.`;
    expect(await start({ Target: TARGET })).toBe(notConnected);
    await harness.controlChannel();
    expect(await start({ Target: 'i-0123456789' })).toBe('TargetNotConnected: i-0123456789 is not connected.');
    expect(await start({ Target: TARGET, DocumentName: 'AWS-StartPortForwardingSession' })).toMatch(
      /^InvalidDocument: /,
    );
    expect(await start({ Target: TARGET, DocumentName: 'toString' })).toMatch(/^InvalidDocument: /);
    const interactive = { Target: TARGET, DocumentName: 'AWS-StartInteractiveCommand' };
    expect(await start(interactive)).toMatch(/^InvalidParameters: /);
    expect(await start({ ...interactive, Parameters: { command: [] } })).toMatch(/^InvalidParameters: /);
    expect(await start({ ...interactive, Parameters: { command: ['echo {{ssm:secret}}'] } })).toMatch(
      /^InvalidParameters: /,
    );
    expect(await start({ Target: '' })).toMatch(/^ValidationException: 1 validation error detected: /);
    expect(await start({ Target: 'x'.repeat(401) })).toMatch(/^ValidationException: /);
    expect(await start({ Target: TARGET, Reason: 'x'.repeat(257) })).toMatch(/^ValidationException: /);
    harness.target.state = { ...harness.target.state!, sessionLimit: 0 };
    expect(await start({ Target: TARGET })).toBe(
      'ServiceQuotaExceededException: Unable to start new execute sessions because the maximum session limit of 0 has been reached.',
    );
    harness.target.state = { ...harness.target.state, enterable: false };
    expect(await start({ Target: TARGET })).toBe(notConnected);
  });
});

describe('ResumeSession, TerminateSession, GetConnectionStatus', () => {
  it('an unknown session does not exist', async () => {
    const harness = new SessionHarness();
    const input = { SessionId: 'alice-00000000000000000' };
    const expected = 'DoesNotExistException: Session alice-00000000000000000 does not exist.';
    expect(await refusal(harness.call('ResumeSession', input))).toBe(expected);
    expect(await refusal(harness.call('TerminateSession', input))).toBe(expected);
    expect(await refusal(harness.call('ResumeSession', { SessionId: 'x'.repeat(97) }))).toMatch(
      /^ValidationException: /,
    );
  });

  it('resuming a finished session gives an empty token (T17)', async () => {
    const harness = new SessionHarness();
    const { control, sessionId, agent } = await harness.whole();
    agent.receive(sessionState(sessionId, 'Terminating'));
    control.receive(taskComplete(sessionId, TARGET));
    await settled();
    const resumed = await harness.call('ResumeSession', { SessionId: sessionId });
    expect(resumed).toEqual({
      SessionId: sessionId,
      TokenValue: '',
      StreamUrl: `${ENDPOINT.replace('http', 'ws')}/v1/data-channel/${sessionId}?role=publish_subscribe`,
    });
  });

  it('terminating a session that the agent never heard of ends it at once', async () => {
    const harness = new SessionHarness();
    const control = await harness.controlChannel();
    const { sessionId } = await harness.start();
    control.drop();
    await harness.call('TerminateSession', { SessionId: sessionId });
    expect(await harness.status(sessionId)).toBe('Terminated');
  });

  it('terminating repairs a session whose end could not be stored', async () => {
    const harness = new SessionHarness();
    const { control, sessionId, agent } = await harness.whole();
    await settled();
    await harness.database.run('ALTER TABLE ssm_session_transitions RENAME TO away');
    agent.receive(sessionState(sessionId, 'Terminating'));
    control.receive(taskComplete(sessionId, TARGET));
    expect(await harness.status(sessionId)).toBe('Connected');
    expect(JSON.stringify(harness.environment.logged)).toContain('could not be stored');
    await harness.database.run('ALTER TABLE away RENAME TO ssm_session_transitions');
    await harness.call('TerminateSession', { SessionId: sessionId });
    expect(await harness.status(sessionId)).toBe('Terminated');
  });

  it('GetConnectionStatus tells whether the agent is there', async () => {
    const harness = new SessionHarness();
    const ask = async (): Promise<unknown> => harness.call('GetConnectionStatus', { Target: TARGET });
    expect(await ask()).toEqual({ Target: TARGET, Status: 'notconnected' });
    const control = await harness.controlChannel();
    expect(await ask()).toEqual({ Target: TARGET, Status: 'connected' });
    control.drop();
    expect(await ask()).toEqual({ Target: TARGET, Status: 'notconnected' });
  });

  it('a failure of the state is InternalServerError with its cause for the operator', async () => {
    const harness = new SessionHarness();
    await harness.database.run('DROP TABLE ssm_sessions');
    const failed = harness.call('DescribeSessions', { State: 'Active' });
    await expect(failed).rejects.toMatchObject({ code: 'InternalServerError', status: 500 });
  });
});
