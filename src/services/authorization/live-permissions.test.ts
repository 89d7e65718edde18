import { expect, test } from 'vitest';
import { AccessDenied, type AccessQuestion } from '../../platform/aws/access.js';
import type { RequestContext } from '../../platform/aws/service.js';
import type { LiveSession } from '../session-ports.js';
import { createLivePermissions } from './live-permissions.js';

const session: LiveSession = {
  sessionId: 's-1',
  target: 'ecs:demo_1_2',
  owner: 'arn:aws:iam::1:user/ann',
  ownerId: 'AIDA',
  starter: {
    caller: { accountId: '1', arn: 'arn:aws:iam::1:user/ann', userId: 'AIDA', accessKeyId: 'AKIA', type: 'user' },
    sourceIp: '10.1.2.3',
    userAgent: 'aws-cli',
  },
  documentName: 'd',
  command: 'sh',
};
const question: AccessQuestion = { action: 'ecs:ExecuteCommand', resources: [{ arn: 'arn:t' }] };
const denied = new AccessDenied(
  'no',
  {
    action: 'ecs:ExecuteCommand',
    resource: 'arn:t',
    decision: { decision: 'implicitDeny', policyType: 'identity', reasons: [], missingContextKeys: [] },
  },
  'no',
);

function permissions(answer: Error | undefined, asked: AccessQuestion | undefined = question) {
  const contexts: RequestContext[] = [];
  const live = createLivePermissions({
    authorization: {
      require: (_, context) => {
        contexts.push(context);
        return answer === undefined ? Promise.resolve() : Promise.reject(answer);
      },
    },
    version: () => 1,
    question: () => Promise.resolve(asked),
    region: 'us-east-1',
  });
  return { live, contexts };
}

test('the same is asked again, as the same caller and from the same place', async () => {
  const { live, contexts } = permissions(undefined);
  expect(await live.mayStillExec(session)).toBe(true);
  expect(contexts).toMatchObject([{ caller: session.starter?.caller, sourceIp: '10.1.2.3', userAgent: 'aws-cli' }]);
});

test('a refusal is a no; another failure is not', async () => {
  expect(await permissions(denied).live.mayStillExec(session)).toBe(false);
  await expect(permissions(new Error('disk')).live.mayStillExec(session)).rejects.toThrow('disk');
});

test('nobody is asked of a session whose start or container is not known', async () => {
  const { live } = permissions(denied);
  expect(await live.mayStillExec({ ...session, starter: undefined })).toBe(true);
});
