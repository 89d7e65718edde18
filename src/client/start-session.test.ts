import { describe, expect, it } from 'vitest';
import { AwsError } from '../platform/aws/aws-error.js';
import { kmsKeyService } from '../platform/aws/kms-client.js';
import { awsSessionApi } from './aws-session-api.js';
import { withLazyTarget } from './data-key.js';
import { SessionRefused } from './session-api.js';
import { sessionTarget, startSession } from './start-session.js';

const clusterArn = 'arn:aws:ecs:us-east-1:123456789012:cluster/demo';
const taskArn = `arn:aws:ecs:us-east-1:123456789012:task/demo/${'a'.repeat(32)}`;
const session = { sessionId: 's', streamUrl: 'ws://x', tokenValue: 't' };

describe('starting a session', () => {
  it('asks for an interactive one, with what was given and nothing else', async () => {
    const calls: unknown[] = [];
    const started = await startSession(
      (...call) => {
        calls.push(call);
        return Promise.resolve({ clusterArn, taskArn, containerName: 'app', interactive: true, session });
      },
      { task: 'x', command: 'ls' },
    );
    expect(calls).toEqual([['ecs', 'ExecuteCommand', { task: 'x', command: 'ls', interactive: true }]]);
    expect(started).toEqual({ ...session, clusterArn, taskArn, containerName: 'app' });
  });

  it('knows the target as the AWS CLI builds it', async () => {
    const started = { ...session, clusterArn, taskArn, containerName: 'app' };
    const target = await sessionTarget((_service, operation, input) => {
      expect([operation, input]).toEqual(['DescribeTasks', { cluster: 'demo', tasks: ['a'.repeat(32)] }]);
      return Promise.resolve({ tasks: [{ containers: [{ name: 'side' }, { name: 'app', runtimeId: 'rt-1' }] }] });
    }, started);
    expect(target).toBe(`ecs:demo_${'a'.repeat(32)}_rt-1`);
    await expect(sessionTarget(() => Promise.resolve({ tasks: [] }), started)).rejects.toThrow('was not found');
  });

  it('asks for the target only when a data key is needed, and binds the key to it', async () => {
    const calls: unknown[] = [];
    const keys = withLazyTarget(
      kmsKeyService((...call) => {
        calls.push(call);
        return Promise.resolve({ Plaintext: 'AQI=', CiphertextBlob: 'Aw==' });
      }),
      () => Promise.resolve('ecs:demo'),
    );
    const key = await keys.generateDataKey({
      keyId: 'k',
      numberOfBytes: 64,
      encryptionContext: { 'aws:ssm:SessionId': 's', 'aws:ssm:TargetId': '' },
    });
    expect(calls).toEqual([
      [
        'GenerateDataKey',
        {
          KeyId: 'k',
          NumberOfBytes: 64,
          EncryptionContext: { 'aws:ssm:SessionId': 's', 'aws:ssm:TargetId': 'ecs:demo' },
        },
      ],
    ]);
    expect(key).toEqual({ plaintext: Buffer.from([1, 2]), ciphertextBlob: Buffer.from([3]) });
  });
});

describe('resuming a session', () => {
  it.each([
    [{ TokenValue: 'new' }, 'new'],
    [{ TokenValue: '' }, undefined],
    [{}, undefined],
    [{ TokenValue: null }, undefined],
  ])('reads %j as %j', async (output, token) => {
    expect(await awsSessionApi(() => Promise.resolve(output)).resume('s')).toBe(token);
  });

  it('tells what will not change from what may', async () => {
    const resume = (error: Error): Promise<unknown> => awsSessionApi(() => Promise.reject(error)).resume('s');
    await expect(resume(new AwsError('AccessDeniedException', 'no'))).rejects.toThrow(SessionRefused);
    for (const error of [
      new AwsError('InternalServerError', 'later', { fault: 'server' }),
      new AwsError('ThrottlingException', 'slower'),
      new Error('connect ECONNREFUSED'),
    ]) {
      await expect(resume(error)).rejects.toBe(error);
    }
  });
});
