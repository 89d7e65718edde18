import { describe, expect, it } from 'vitest';
import { SessionHarness, TARGET, USER } from '../ssm/session-harness.fixture.js';
import type { FakeSocket } from './fake-socket.fixture.js';
import { frame, json, messages, summary } from './frames.fixture.js';

const reasonOf = (socket: FakeSocket): string => `${socket.closed?.code} ${socket.closed?.reason}`;

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
