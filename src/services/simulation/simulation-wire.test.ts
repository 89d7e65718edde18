import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  CreateUserCommand,
  GetContextKeysForCustomPolicyCommand,
  GetContextKeysForPrincipalPolicyCommand,
  IAMServiceException,
  PutUserPolicyCommand,
  SimulateCustomPolicyCommand,
  type SimulateCustomPolicyCommandInput,
  SimulatePrincipalPolicyCommand,
  type SimulatePrincipalPolicyCommandInput,
} from '@aws-sdk/client-iam';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AccessQuestion } from '../../platform/aws/access.js';
import { ACCOUNT, allow, documentOf, failure, openSimulation, TASK } from './simulation.fixture.js';

const hasCli = await promisify(execFile)('aws', ['--version']).then(
  () => true,
  () => false,
);

const ANN = `arn:aws:iam::${ACCOUNT}:user/ann`;
const ANY = documentOf(allow('*'));
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/dev/x`;
const entry = (ContextKeyName: string, ContextKeyValues: string[], ContextKeyType: string) => ({
  ContextKeyName,
  ContextKeyValues,
  ContextKeyType: ContextKeyType as 'string',
});

test.each<[Partial<SimulatePrincipalPolicyCommandInput>, string, string | RegExp]>([
  [
    { PolicySourceArn: SESSION },
    'InvalidInput',
    `Invalid Entity Arn: ${SESSION} does not clearly define entity type and name.`,
  ],
  [{ PolicySourceArn: `arn:aws:iam::${ACCOUNT}:root` }, 'InvalidInput', /^Invalid Entity Arn: /],
  [{ PolicySourceArn: `arn:aws:iam::aws:policy/AdministratorAccess` }, 'InvalidInput', /^Invalid Entity Arn: /],
  [
    { PolicySourceArn: `arn:aws:iam::${ACCOUNT}:role/a/none` },
    'NoSuchEntity',
    'The role with name none cannot be found.',
  ],
  [
    { PolicySourceArn: 'short' },
    'ValidationError',
    /'policySourceArn' failed to satisfy constraint: Member must have length greater than or equal to 20/,
  ],
  [{ ActionNames: ['s3:*'] }, 'InvalidInput', 'Invalid Action Name: s3:*'],
  [{ ActionNames: [] }, 'ValidationError', /'actionNames'/],
  [{ ActionNames: ['x'] }, 'ValidationError', /'actionNames.1.member'/],
  [{ ResourceArns: ['0a1b'] }, 'InvalidInput', 'ResourceNames are not in a valid ARN format: 0a1b.'],
  [{ PolicyInputList: [ANY, '{'] }, 'InvalidInput', 'Syntax errors in policy.'],
  [{ PermissionsBoundaryPolicyInputList: [ANY, ANY] }, 'InvalidInput', /^Only one/],
  [{ ResourceOwner: '123456789012' }, 'InvalidInput', "'123456789012' is not a valid as a Resource Owner."],
  [{ CallerArn: SESSION }, 'InvalidInput', /^Invalid Caller Arn: /],
  [{ MaxItems: 0 }, 'ValidationError', /'maxItems'/],
  [{ ContextEntries: [entry('aws:x', ['1', '2'], 'string')] }, 'InvalidInput', /exactly one value/],
  [{ ContextEntries: [entry('aws:x', ['one'], 'numericList')] }, 'InvalidInput', /^Invalid value one for context key/],
  [{ ContextEntries: [entry('aws:x', ['1'], 'float')] }, 'ValidationError', /'contextEntries.1.member.contextKeyType'/],
  [{ ContextEntries: [{ ContextKeyType: 'string' }] }, 'ValidationError', /contextKeyName' .* must not be null/],
])('%j is refused with %s', async (input, code, message) => {
  const { client } = await openSimulation();
  await client.send(new CreateUserCommand({ UserName: 'ann' }));
  const whole = { PolicySourceArn: ANN, ActionNames: ['a:B'], ...input };
  const refused = await failure(client.send(new SimulatePrincipalPolicyCommand(whole)));
  expect(refused).toMatchObject({ code, status: code === 'NoSuchEntity' ? 404 : 400 });
  expect(refused.message).toMatch(message);
});

test('a resource policy needs someone whom it can name', async () => {
  const { client, role } = await openSimulation();
  const ActionNames = ['s3:GetObject'];
  const ResourcePolicy = JSON.stringify({
    Statement: { Effect: 'Allow', Principal: '*', Action: 's3:*', Resource: '*' },
  });
  const custom = new SimulateCustomPolicyCommand({ PolicyInputList: [ANY], ActionNames, ResourcePolicy });
  expect(await failure(client.send(custom))).toMatchObject({ code: 'InvalidInput', message: /^CallerArn is required/ });
  const PolicySourceArn = await role('dev', [allow('ecs:*')]);
  const ofRole = { PolicySourceArn, ActionNames, ResourcePolicy };
  expect(await failure(client.send(new SimulatePrincipalPolicyCommand(ofRole)))).toMatchObject({
    code: 'InvalidInput',
  });
  const asAnn = new SimulatePrincipalPolicyCommand({ ...ofRole, CallerArn: ANN });
  expect((await client.send(asAnn)).EvaluationResults![0]!.EvalDecision).toBe('allowed');
});

test('context keys are those of the policies, as they spell them, each once', async () => {
  const { client } = await openSimulation();
  await client.send(new CreateUserCommand({ UserName: 'ann' }));
  const own = documentOf(allow('a:*', 'arn:aws:s3:::b/${aws:username}', { StringEquals: { 'ecs:Cluster': 'c' } }));
  await client.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'own', PolicyDocument: own }));
  const more = documentOf(allow('a:*', '*', { Bool: { 'ECS:cluster': 'true', 'aws:SecureTransport': 'true' } }));
  const ofAnn = { PolicySourceArn: ANN, PolicyInputList: [more] };
  const { ContextKeyNames } = await client.send(new GetContextKeysForPrincipalPolicyCommand(ofAnn));
  expect(ContextKeyNames).toEqual(['aws:username', 'ecs:Cluster', 'aws:SecureTransport']);
  const custom = new GetContextKeysForCustomPolicyCommand({ PolicyInputList: [more] });
  expect((await client.send(custom)).ContextKeyNames).toEqual(['ECS:cluster', 'aws:SecureTransport']);
  const bad = new GetContextKeysForCustomPolicyCommand({ PolicyInputList: ['[]'] });
  expect(await failure(client.send(bad))).toMatchObject({ code: 'InvalidInput', status: 400 });
  const nobody = new GetContextKeysForPrincipalPolicyCommand({ PolicySourceArn: `${ANN}a` });
  expect(await failure(client.send(nobody))).toMatchObject({ code: 'NoSuchEntity', status: 404 });
});

test('who asks must be allowed to: on the entity, or on everything', async () => {
  const asked: AccessQuestion[] = [];
  const { client } = await openSimulation({
    authorization: { require: (one) => Promise.resolve(void asked.push(one)) },
  });
  await client.send(new CreateUserCommand({ UserName: 'ann', Tags: [{ Key: 'team', Value: 'red' }] }));
  asked.length = 0;
  const ActionNames = ['a:B'];
  const PolicyInputList = [ANY];
  await client.send(new SimulatePrincipalPolicyCommand({ PolicySourceArn: ANN, ActionNames }));
  await client.send(new GetContextKeysForPrincipalPolicyCommand({ PolicySourceArn: ANN }));
  await client.send(new SimulateCustomPolicyCommand({ PolicyInputList, ActionNames }));
  await client.send(new GetContextKeysForCustomPolicyCommand({ PolicyInputList }));
  await failure(client.send(new SimulatePrincipalPolicyCommand({ PolicySourceArn: SESSION, ActionNames })));
  const ann = [{ arn: ANN, tags: { team: 'red' } }];
  expect(asked).toEqual([
    { action: 'iam:SimulatePrincipalPolicy', resources: ann },
    { action: 'iam:GetContextKeysForPrincipalPolicy', resources: ann },
    { action: 'iam:SimulateCustomPolicy', resources: [{ arn: '*' }] },
    { action: 'iam:GetContextKeysForCustomPolicy', resources: [{ arn: '*' }] },
    { action: 'iam:SimulatePrincipalPolicy', resources: [{ arn: SESSION }] },
  ]);
});

test('whatever is asked, the answer is a decision for each or an error of the model', async () => {
  const { client } = await openSimulation();
  await client.send(new CreateUserCommand({ UserName: 'ann' }));
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 30 }),
    fc.constantFrom(
      '*',
      '${aws:username}',
      '[[',
      '\0',
      'a:B',
      '__proto__',
      'arn:',
      `${TASK}/*`,
      ANY,
      '{"Statement":[]}',
    ),
  );
  const action = fc.oneof({ weight: 4, arbitrary: fc.constantFrom('a:B', 'ecs:ExecuteCommand', 'kms:Decrypt') }, text);
  const arn = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(TASK, '*', ANN) }, text);
  const policy = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(ANY, documentOf(allow('a:*', 'arn:aws:s3:::${aws:x}'))) },
    text,
  );
  const context = fc.record({
    ContextKeyName: fc.oneof(fc.constantFrom('aws:username', 'aws:CurrentTime', '__proto__'), text),
    ContextKeyType: fc.constantFrom('string', 'stringList', 'numeric', 'dateList', 'ip', 'binary', 'boolean'),
    ContextKeyValues: fc.array(text, { maxLength: 3 }),
  });
  const list = { minLength: 1, maxLength: 3 };
  const policies = fc.array(policy, list);
  const usual = fc.record({ ActionNames: fc.array(action, list), PolicyInputList: policies });
  const odd = {
    ResourceArns: fc.array(arn, list),
    ContextEntries: fc.array(context, { maxLength: 2 }),
    ResourcePolicy: policy,
    ResourceOwner: arn,
    CallerArn: arn,
    ResourceHandlingOption: text,
    Marker: text,
    MaxItems: fc.integer({ min: -1, max: 1001 }),
    PermissionsBoundaryPolicyInputList: policies,
  };
  // Half of them nothing odd: most that is odd is refused.
  const none = { weight: Object.keys(odd).length, arbitrary: fc.constant({}) };
  const some = fc.oneof(none, ...Object.entries(odd).map(([name, value]) => fc.record({ [name]: value })));
  const input = fc
    .tuple(usual, some, some)
    .map((parts): SimulateCustomPolicyCommandInput => Object.assign({}, ...parts) as SimulateCustomPolicyCommandInput);
  let answered = 0;
  await fc.assert(
    fc.asyncProperty(input, fc.boolean(), async (given, principal) => {
      try {
        const { EvaluationResults: results = [] } = principal
          ? await client.send(new SimulatePrincipalPolicyCommand({ PolicySourceArn: ANN, ...given }))
          : await client.send(new SimulateCustomPolicyCommand(given));
        answered += 1;
        const asked = given.ActionNames!.length * (given.ResourceArns?.length ?? 1);
        expect(results).toHaveLength(Math.min(asked, given.MaxItems ?? asked));
        for (const one of results) expect(one.EvalDecision).toMatch(/^(?:allowed|explicitDeny|implicitDeny)$/);
      } catch (error) {
        if (!(error instanceof IAMServiceException)) throw error;
        expect(error.$metadata.httpStatusCode, String(error)).toBe(400);
        expect(error.name).toMatch(/^(?:InvalidInputException|ValidationError|MalformedQueryString)$/);
      }
    }),
    { numRuns: 300 },
  );
  expect(answered).toBeGreaterThan(10);
}, 120_000);

test.skipIf(!hasCli)(
  'the AWS CLI simulates, page by page',
  async () => {
    const { aws, role } = await openSimulation();
    const source = await role('task', [allow('ssmmessages:*')]);
    const asked = ['--policy-source-arn', source, '--action-names', 'ssmmessages:OpenDataChannel', 'ssm:StartSession'];
    const query = ['--query', 'EvaluationResults[].[EvalActionName,EvalDecision]'];
    const answer = await aws('iam', 'simulate-principal-policy', ...asked, ...query, '--page-size', '1');
    expect(answer).toEqual([
      ['ssmmessages:OpenDataChannel', 'allowed'],
      ['ssm:StartSession', 'implicitDeny'],
    ]);
    const session = ['--policy-source-arn', SESSION, '--action-names', 'a:B'];
    await expect(aws('iam', 'simulate-principal-policy', ...session)).rejects.toThrow(
      `An error occurred (InvalidInput) when calling the SimulatePrincipalPolicy operation: ` +
        `Invalid Entity Arn: ${SESSION} does not clearly define entity type and name.`,
    );
  },
  120_000,
);
