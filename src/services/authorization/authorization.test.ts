import { expect, test } from 'vitest';
import type { AccessQuestion, DecidedAccess } from '../../platform/aws/access.js';
import type { Caller, RequestContext } from '../../platform/aws/service.js';
import type { IdentityPolicies, Principals } from '../principals.js';
import { createAuthorization } from './authorization.js';

const ANN = 'arn:aws:iam::111122223333:user/ann';
const ROLE = 'arn:aws:iam::111122223333:role/dev';
const SESSION = 'arn:aws:sts::111122223333:assumed-role/dev/s';
const TASK = 'arn:aws:ecs:eu-central-1:111122223333:task/c/t';
const user: Caller = { accountId: '111122223333', arn: ANN, userId: 'AIDA1', accessKeyId: 'AKIA1', type: 'user' };
const role: Caller = {
  ...user,
  arn: SESSION,
  userId: 'AROA1:s',
  type: 'assumed-role',
  session: { roleArn: ROLE, issuedAt: 0, tags: { team: 'red' }, transitiveTagKeys: [] },
};
const statement = (Effect: string, Condition?: object): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect, Action: 'ecs:ExecuteCommand', Resource: '*', ...(Condition && { Condition }) }],
  });
const policy = (document: string) => ({ name: 'p', document });
const question: AccessQuestion = { action: 'ecs:ExecuteCommand', resources: [{ arn: TASK, tags: { team: 'red' } }] };
const refused = `is not authorized to perform: ecs:ExecuteCommand on resource: ${TASK}`;

function door(own: IdentityPolicies | undefined, roleId = 'AROA1') {
  const details = { name: 'dev', id: roleId, arn: ROLE, trustPolicy: '', maxSessionDuration: 3600 };
  const state = { own, version: 1 };
  const principals: Principals = {
    role: () => Promise.resolve(details),
    policiesOf: () => Promise.resolve(state.own),
    version: () => state.version,
  };
  const decided: DecidedAccess[] = [];
  const authorization = createAuthorization({ principals, clock: () => 0 });
  const ask = (caller: Caller, asked = question, service = 'ecs') => {
    const context = { service, caller, region: 'r', sourceIp: '127.0.0.1', userAgent: 'x', endpointUrl: 'http://h' };
    const whole = { ...context, requestId: 'i', decided: (one: DecidedAccess) => void decided.push(one) };
    return authorization.require(asked, whole satisfies RequestContext);
  };
  return { ask, decided, state };
}

const allow = { identity: [policy(statement('Allow'))], tags: {} };

test('an Allow lets in, and the answer is taken down', async () => {
  const { ask, decided } = door(allow);
  await ask(user);
  expect(decided).toMatchObject([{ resource: TASK, decision: { decision: 'allowed' } }]);
});

test.each([
  [{ identity: [], tags: {} }, `${refused} because no identity-based policy allows the ecs:ExecuteCommand action`],
  [{ identity: [policy(statement('Deny'))], tags: {} }, `${refused} with an explicit deny in an identity-based policy`],
  [{ ...allow, boundary: policy(statement('Deny')) }, `${refused} with an explicit deny in a permissions boundary`],
])('a refusal has the words of AWS', async (own, text) => {
  await expect(door(own).ask(user)).rejects.toThrow(`User: ${ANN} ${text}`);
});

test('a resource without name is not named', async () => {
  const asked = { action: 'ecs:ListClusters', resources: [{ arn: '*' }] };
  await expect(door(allow).ask(user, asked)).rejects.toThrow(
    `User: ${ANN} is not authorized to perform: ecs:ListClusters because no identity-based policy allows the ecs:ListClusters action`,
  );
});

test('tags of a session count before those of its role, and its policies are a limit', async () => {
  const document = statement('Allow', { StringEquals: { 'ecs:ResourceTag/team': '${aws:PrincipalTag/team}' } });
  const { ask } = door({ identity: [policy(document)], tags: { team: 'blue' } });
  await ask(role);
  await expect(ask(user)).rejects.toThrow('is not authorized');
  const limited = { ...role, session: { ...role.session!, policies: [policy(statement('Deny'))] } };
  await expect(ask(limited)).rejects.toThrow('with an explicit deny in a session policy');
});

test('a role that was deleted, or made again under its name, leaves its sessions nothing', async () => {
  await expect(door(allow, 'AROA2').ask(role)).rejects.toMatchObject({ reason: `there is no ${ROLE} any more` });
  await expect(door(undefined).ask(user)).rejects.toMatchObject({ reason: `there is no ${ANN} any more` });
});

test('a user who was made again under the same name is another one', async () => {
  await door({ ...allow, id: 'AIDA1' }).ask(user);
  await expect(door({ ...allow, id: 'AIDA2' }).ask(user)).rejects.toMatchObject({
    reason: `there is no ${ANN} any more`,
  });
});

test('credentials of GetSessionToken are of no use for IAM, and tell when they were made', async () => {
  const temporary: Caller = { ...user, temporary: { issuedAt: 0 } };
  const document = statement('Allow', { DateEquals: { 'aws:TokenIssueTime': '1970-01-01T00:00:00Z' } });
  const { ask } = door({ identity: [policy(document)], tags: {} });
  await ask(temporary);
  await expect(ask(user)).rejects.toThrow('is not authorized');
  await expect(ask(temporary, question, 'iam')).rejects.toMatchObject({ code: 'InvalidClientTokenId' });
});

test('a change is seen by the next request', async () => {
  const { ask, state } = door(allow);
  await ask(user);
  state.own = { identity: [], tags: {} };
  state.version += 1;
  await expect(ask(user)).rejects.toThrow('no identity-based policy');
});

test('a stored document that cannot be read denies, and the operator is told', async () => {
  const own = { identity: [policy('{"Statement":'), ...allow.identity], tags: {} };
  await expect(door(own).ask(user)).rejects.toMatchObject({ reason: expect.stringContaining('p cannot be read') });
});
