import { expect, test } from 'vitest';
import { AwsError } from '../platform/aws/aws-error.js';
import type { AwsCall } from './aws-call.js';
import { NoSuchFreedom } from './session-freedom.js';
import { startSession } from './start-session.js';

function endpoint(answer: object, terminate: () => Promise<unknown> = () => Promise.resolve({})) {
  const calls: [string, object][] = [];
  const call: AwsCall = (_service, operation, input) => {
    calls.push([operation, input]);
    if (operation === 'TerminateSession') return terminate();
    return Promise.resolve({
      clusterArn: 'c',
      taskArn: 't',
      containerName: 'app',
      session: { sessionId: 's', streamUrl: 'ws://x', tokenValue: 'token' },
      ...answer,
    });
  };
  return { call, calls };
}

const input = { task: 't', command: 'sh' };

test('what is asked for is sent, and what the endpoint grants is taken', async () => {
  const { call, calls } = endpoint({ gangway: { user: 'nobody', debug: true } });
  await expect(startSession(call, input, { user: 'nobody', debug: true })).resolves.toMatchObject({ sessionId: 's' });
  expect(calls).toEqual([
    ['ExecuteCommand', { ...input, interactive: true, gangway: { user: 'nobody', debug: true } }],
  ]);
});

test('without a wish nothing is sent that AWS does not know', async () => {
  const { call, calls } = endpoint({});
  await startSession(call, input);
  expect(calls).toEqual([['ExecuteCommand', { ...input, interactive: true }]]);
});

test.each<[object, string]>([
  [{}, '--user and --debug-image'],
  [{ gangway: null }, '--user and --debug-image'],
  [{ gangway: { user: 'nobody' } }, '--debug-image'],
  [{ gangway: { user: 'root', debugImage: 'busybox' } }, '--user'],
])('an endpoint that answers %j has started what nobody asked for: it is ended', async (answer, options) => {
  const { call, calls } = endpoint(answer);
  await expect(startSession(call, input, { user: 'nobody', debugImage: 'busybox' })).rejects.toThrow(
    new NoSuchFreedom(
      `this endpoint has no ${options}: it is AWS, or a Gangway that does not know it. The session has been ended.`,
    ),
  );
  expect(calls.at(-1)).toEqual(['TerminateSession', { SessionId: 's' }]);
});

test('a session that cannot be ended is named', async () => {
  const { call } = endpoint({}, () => Promise.reject(new AwsError('AccessDeniedException', 'not you')));
  await expect(startSession(call, input, { user: 'nobody' })).rejects.toThrow(
    'The session s could not be ended: not you',
  );
});
