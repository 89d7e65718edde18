import { describe, expect, it } from 'vitest';
import {
  AccessDenied,
  type AccessQuestion,
  type Authorization,
  type DecidedAccess,
} from '../../platform/aws/access.js';
import { AGENT, SessionHarness, TARGET, USER, context, userIdOf } from './session-harness.fixture.js';
import { DEFAULT_DOCUMENT } from './start-session.js';

const SSM = 'arn:aws:ssm:us-east-1:111122223333';
const TASK = 'arn:aws:ecs:us-east-1:111122223333:task/demo/0123456789abcdef0123456789abcdef';
const BOB = 'arn:aws:iam::111122223333:user/bob';

async function questions(harness: SessionHarness, operation: string, input: object, arn = USER) {
  const found = harness.services.service.operations.find(({ name }) => name === operation)!;
  return found.access!(input as never, context(arn));
}

/** Refuses what `answer` has a decision for. */
function deciding(answer: (question: AccessQuestion) => 'implicitDeny' | 'explicitDeny' | undefined): Authorization {
  return {
    require: (question, { decided }) => {
      const decision = answer(question);
      expect(decided, 'a question in advance is not for the audit').toBeUndefined();
      if (decision === undefined) return Promise.resolve();
      throw new AccessDenied(
        'no',
        {
          action: question.action,
          resource: question.resources[0]!.arn,
          decision: { decision, policyType: 'identity', reasons: [], missingContextKeys: [] },
        },
        'test',
      );
    },
  };
}

it('every operation, route and upgrade has its questions', () => {
  const { service, routes, upgrades } = new SessionHarness().services;
  for (const one of [...service.operations, ...routes, ...upgrades]) expect(one.access).toBeTypeOf('function');
});

describe('StartSession', () => {
  const target = { arn: TASK, tags: { owner: 'alice' } };
  /** A session past ECS is always root's, and says so to the policies. */
  const asRoot = { 'gangway:command': '', 'gangway:user': 'root', 'gangway:debug': 'false' };

  it('tells the policies the command that a document is given: no way around gangway:command', async () => {
    const asked = await questions(new SessionHarness(), 'StartSession', {
      Target: TARGET,
      DocumentName: 'AWS-StartInteractiveCommand',
      Parameters: { command: ['cat /etc/shadow'] },
    });
    expect(asked[0]!.conditions).toMatchObject({ ...asRoot, 'gangway:command': 'cat /etc/shadow' });
    // A machine is no container: AWS's keys alone.
    const [machine] = await questions(new SessionHarness(), 'StartSession', { Target: 'mi-0123456789abcdef0' });
    expect(Object.keys(machine!.conditions!)).toEqual(['ssm:SessionDocumentAccessCheck']);
  });

  it('asks for the task of the container, with its tags, and for the document that is named', async () => {
    const harness = new SessionHarness();
    expect(
      await questions(harness, 'StartSession', { Target: TARGET, DocumentName: 'AWS-StartInteractiveCommand' }),
    ).toEqual([
      {
        action: 'ssm:StartSession',
        resources: [target, { arn: `${SSM}:document/AWS-StartInteractiveCommand` }],
        conditions: { ...asRoot, 'ssm:SessionDocumentAccessCheck': 'true' },
      },
    ]);
  });

  it.each([
    ['a caller who may use the default document', undefined, 'true', [{ arn: `${SSM}:document/${DEFAULT_DOCUMENT}` }]],
    ['one who may not', 'implicitDeny' as const, 'false', []],
  ])('without a document: %s', async (_name, document, check, further) => {
    const authorization = deciding(({ resources }) => (resources.length > 1 ? document : undefined));
    const harness = new SessionHarness({ authorization });
    expect(await questions(harness, 'StartSession', { Target: TARGET })).toEqual([
      {
        action: 'ssm:StartSession',
        resources: [target, ...further],
        conditions: { ...asRoot, 'ssm:SessionDocumentAccessCheck': check },
      },
    ]);
  });

  it.each([
    ['ecs:my_cluster_0123456789abcdef0123456789abcdef_none', TASK.replace('demo', 'my_cluster')],
    ['i-0123456789abcdef0', 'arn:aws:ec2:us-east-1:111122223333:instance/i-0123456789abcdef0'],
    ['mi-0123456789abcdef0', `${SSM}:managed-instance/mi-0123456789abcdef0`],
  ])('asks the same of what is not there: %s', async (absent, arn) => {
    const [question] = await questions(new SessionHarness(), 'StartSession', { Target: absent });
    expect(question!.resources).toEqual([{ arn, tags: {} }]);
    const [status] = await questions(new SessionHarness(), 'GetConnectionStatus', { Target: absent });
    expect(status).toEqual({ action: 'ssm:GetConnectionStatus', resources: [{ arn, tags: {} }] });
  });
});

it('DescribeSessions has no resources', async () => {
  expect(await questions(new SessionHarness(), 'DescribeSessions', { State: 'Active' })).toEqual([
    { action: 'ssm:DescribeSessions', resources: [{ arn: '*' }] },
  ]);
});

describe.each(['ResumeSession', 'TerminateSession'])('%s', (operation) => {
  const asked = (sessionId: string, tags: object) => [
    { action: `ssm:${operation}`, resources: [{ arn: `${SSM}:session/${sessionId}`, tags }] },
  ];
  const tagged = { 'aws:ssmmessages:session-id': userIdOf(USER), 'aws:ssmmessages:target-id': TARGET };

  async function started(options: ConstructorParameters<typeof SessionHarness>[0] = {}) {
    const harness = new SessionHarness(options);
    await harness.controlChannel();
    return { harness, ...(await harness.start({ ownerId: userIdOf(USER) })) };
  }

  it('asks for the session with its owner’s id and its target as tags', async () => {
    const { harness, sessionId } = await started();
    const input = { SessionId: sessionId };
    expect(await questions(harness, operation, input, BOB)).toEqual(asked(sessionId, tagged));
    expect(await questions(harness, operation, { SessionId: 'bob-0' }, BOB)).toEqual(asked('bob-0', {}));
  });

  it('lets the owner do it unless a policy denies it', async () => {
    let answer: 'implicitDeny' | 'explicitDeny' | undefined = 'implicitDeny';
    const authorization = deciding(() => answer);
    const { harness, sessionId } = await started({ authorization });
    const input = { SessionId: sessionId };
    expect(await questions(harness, operation, input)).toEqual([]);
    expect(await questions(harness, operation, input, BOB)).toEqual(asked(sessionId, tagged));
    for (answer of ['explicitDeny', undefined] as const) {
      expect(await questions(harness, operation, input)).toEqual(asked(sessionId, tagged));
    }
  });

  it('tells the audit whose right it was', async () => {
    const authorization = deciding(() => 'implicitDeny');
    const { harness, sessionId } = await started({ authorization });
    const { access } = harness.services.service.operations.find(({ name }) => name === operation)!;
    const decided: DecidedAccess[] = [];
    await access!({ SessionId: sessionId } as never, { ...context(), decided: (one) => void decided.push(one) });
    expect(decided).toMatchObject([
      {
        action: `ssm:${operation}`,
        resource: `${SSM}:session/${sessionId}`,
        decision: { decision: 'allowed', reasons: [{ policy: 'right of the owner of the session' }] },
      },
    ]);
  });

  it('asks the owner as well where owners have no right of their own', async () => {
    const authorization = deciding(() => 'implicitDeny');
    const { harness, sessionId } = await started({ authorization, ownersMayResume: false });
    expect(await questions(harness, operation, { SessionId: sessionId })).toEqual(asked(sessionId, tagged));
  });

  it('does not take a user made again under the old name for the owner', async () => {
    const authorization = deciding(() => 'implicitDeny');
    const harness = new SessionHarness({ authorization });
    await harness.controlChannel();
    const { sessionId } = await harness.start({ ownerId: 'AIDAFORMER' });
    expect(await questions(harness, operation, { SessionId: sessionId })).toHaveLength(1);
  });
});

describe('the channels of agents', () => {
  const control = `/v1/control-channel/${TARGET}`;

  it('each ask for their action, and only by the task’s own session', async () => {
    const harness = new SessionHarness();
    await harness.controlChannel();
    const { sessionId } = await harness.start();
    const data = `/v1/data-channel/${sessionId}`;
    const { routes, upgrades } = harness.services;
    const foreign = AGENT.replace(/[^/]*$/, 'f'.repeat(32));
    for (const [table, path, action] of [
      [routes, control, 'CreateControlChannel'],
      [routes, data, 'CreateDataChannel'],
      [upgrades, control, 'OpenControlChannel'],
      [upgrades, data, 'OpenDataChannel'],
    ] as const) {
      const { access } = table.find((one) => one.path.test(path))!;
      const ask = async (arn: string) => access!({ path, query: new URLSearchParams() }, context(arn));
      const question = { action: `ssmmessages:${action}`, resources: [{ arn: '*' }] };
      expect(await ask(AGENT)).toEqual([question]);
      expect(await ask(USER)).toEqual([question]);
      await expect(ask(foreign)).rejects.toMatchObject({
        message: `User: ${foreign} is not authorized to perform: ssmmessages:${action} because no identity-based policy allows the ssmmessages:${action} action`,
      });
    }
  });

  it('a session that is not there is asked about all the same', async () => {
    const { access } = new SessionHarness().services.routes.find(({ path }) => path.test('/v1/data-channel/x'))!;
    expect(await access!({ path: '/v1/data-channel/x', query: new URLSearchParams() }, context(AGENT))).toHaveLength(1);
  });

  it('get no token for another task, also where no policies are asked', async () => {
    const harness = new SessionHarness();
    await harness.controlChannel();
    const { sessionId } = await harness.start();
    const foreign = AGENT.replace(/[^/]*$/, 'f'.repeat(32));
    await expect(harness.post(control, foreign)).rejects.toBeInstanceOf(AccessDenied);
    await expect(harness.post(`/v1/data-channel/${sessionId}`, foreign)).rejects.toBeInstanceOf(AccessDenied);
  });
});
