import {
  AddUserToGroupCommand,
  CreateGroupCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  PutGroupPolicyCommand,
  PutUserPermissionsBoundaryCommand,
  SimulatePrincipalPolicyCommand,
} from '@aws-sdk/client-iam';
import { describe, expect, test } from 'vitest';
import {
  ACCOUNT,
  allow,
  decisions,
  deny,
  documentOf,
  failure,
  NOW,
  openSimulation,
  REGION,
  TASK,
} from './simulation.fixture.js';

const ANN = `arn:aws:iam::${ACCOUNT}:user/ann`;
const key = `arn:aws:kms:${REGION}:${ACCOUNT}:key/0a1b`;
const logs = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/audit:*`;
const CHANNELS = ['CreateControlChannel', 'CreateDataChannel', 'OpenControlChannel', 'OpenDataChannel'].map(
  (name) => `ssmmessages:${name}`,
);

describe('the calls of the checker (ecs-api 9)', () => {
  test('of the task role', async () => {
    const { simulate, role } = await openSimulation();
    const PolicySourceArn = await role('task', [
      allow('ssmmessages:*'),
      allow('kms:Decrypt', key),
      allow('s3:PutObject', 'arn:aws:s3:::audit/demo*'),
      allow('s3:GetEncryptionConfiguration', 'arn:aws:s3:::audit'),
      allow('logs:DescribeLogGroups'),
      allow(['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'], logs),
    ]);
    const ask = async (ActionNames: string[], ...ResourceArns: string[]) =>
      decisions(await simulate({ PolicySourceArn, ActionNames, ...(ResourceArns.length > 0 && { ResourceArns }) }));
    const all = (names: string[]) => Object.fromEntries(names.map((name) => [name, 'allowed']));

    expect(await ask(CHANNELS)).toEqual(all(CHANNELS));
    expect(await ask(['kms:Decrypt'], key)).toEqual(all(['kms:Decrypt']));
    expect(await ask(['s3:PutObject'], 'arn:aws:s3:::audit/demo*')).toEqual(all(['s3:PutObject']));
    // The star of the request is a star, not a wildcard.
    expect(await ask(['s3:PutObject'], 'arn:aws:s3:::audit/*')).toEqual({ 's3:PutObject': 'implicitDeny' });
    const encryption = ['s3:GetEncryptionConfiguration'];
    expect(await ask(encryption, 'arn:aws:s3:::audit')).toEqual(all(encryption));
    expect(await ask(['logs:DescribeLogGroups'])).toEqual(all(['logs:DescribeLogGroups']));
    const streams = ['logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'];
    expect(await ask(streams, logs)).toEqual(all(streams));
  });

  test('of the caller, also on what is no task', async () => {
    const { simulate, role } = await openSimulation();
    const PolicySourceArn = await role('dev', [
      allow('ecs:ExecuteCommand', `arn:aws:ecs:${REGION}:${ACCOUNT}:task/blue/*`),
      deny('ssm:*'),
    ]);
    const ask = async (action: string, resource: string) =>
      (await simulate({ PolicySourceArn, ActionNames: [action], ResourceArns: [resource] }))[0]!.EvalDecision;
    expect(await ask('ecs:ExecuteCommand', TASK)).toBe('allowed');
    expect(await ask('kms:GenerateDataKey', key)).toBe('implicitDeny');
    expect(await ask('ssm:StartSession', TASK)).toBe('explicitDeny');
    const cluster = `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/blue`;
    const nonsense = `arn:aws:ecs:${REGION}:${ACCOUNT}:task/${cluster}/${TASK}`;
    expect(await ask('ecs:ExecuteCommand', nonsense)).toBe('implicitDeny');
  });
});

describe('a result', () => {
  test('has the action as it was spelt, the statements with their places, and each resource', async () => {
    const { simulate, role } = await openSimulation();
    const managed = ['arn:aws:iam::aws:policy/AdministratorAccess'];
    const PolicySourceArn = await role('dev', [deny('s3:*'), allow('ecs:ExecuteCommand', TASK)], managed);
    const ResourceArns = [TASK, 'arn:aws:ecs:r:1:task/x'];
    const results = await simulate({
      PolicySourceArn,
      ActionNames: ['ECS:executeCommand', 's3:ListBucket'],
      ResourceArns,
    });
    expect(results.map(({ EvalActionName, EvalResourceName }) => [EvalActionName, EvalResourceName])).toEqual([
      ['ECS:executeCommand', ResourceArns[0]],
      ['ECS:executeCommand', ResourceArns[1]],
      ['s3:ListBucket', ResourceArns[0]],
      ['s3:ListBucket', ResourceArns[1]],
    ]);
    const text = documentOf(deny('s3:*'), allow('ecs:ExecuteCommand', TASK));
    const start = text.indexOf('{"Effect":"Allow"');
    const [first, , third] = results;
    expect(first!.MatchedStatements).toContainEqual({
      SourcePolicyId: 'role_dev_own',
      SourcePolicyType: 'role',
      StartPosition: { Line: 1, Column: start + 1 },
      EndPosition: { Line: 1, Column: text.length - 1 },
    });
    expect(first!.MatchedStatements).toContainEqual(
      expect.objectContaining({ SourcePolicyId: 'AdministratorAccess', SourcePolicyType: 'aws-managed' }),
    );
    const { EvalResourceName, MatchedStatements, MissingContextValues } = first!;
    const shared = { EvalResourceName, MatchedStatements, MissingContextValues };
    expect(first!.ResourceSpecificResults).toEqual([{ ...shared, EvalResourceDecision: 'allowed' }]);
    // Of a refusal only the Deny is told.
    expect(third!.MatchedStatements).toEqual([expect.objectContaining({ SourcePolicyId: 'role_dev_own' })]);
  });

  test('of a user counts groups and boundary', async () => {
    const { client, simulate } = await openSimulation();
    await client.send(new CreateUserCommand({ UserName: 'ann' }));
    await client.send(new CreateGroupCommand({ GroupName: 'ops' }));
    await client.send(new AddUserToGroupCommand({ GroupName: 'ops', UserName: 'ann' }));
    const PolicyDocument = documentOf(allow('ecs:*'));
    await client.send(new PutGroupPolicyCommand({ GroupName: 'ops', PolicyName: 'own', PolicyDocument }));
    const ActionNames = ['ecs:ListClusters', 'ecs:ExecuteCommand'];
    const [one] = await simulate({ PolicySourceArn: ANN, ActionNames });
    expect(one).toMatchObject({
      EvalDecision: 'allowed',
      EvalResourceName: '*',
      MatchedStatements: [{ SourcePolicyId: 'group_ops_own', SourcePolicyType: 'group' }],
    });
    expect(one!.PermissionsBoundaryDecisionDetail).toBeUndefined();
    const group = await simulate({ PolicySourceArn: `arn:aws:iam::${ACCOUNT}:group/ops`, ActionNames });
    expect(decisions(group)).toEqual({ 'ecs:ListClusters': 'allowed', 'ecs:ExecuteCommand': 'allowed' });

    const limit = { PolicyName: 'limit', PolicyDocument: documentOf(allow('ecs:List*')) };
    const { Policy } = await client.send(new CreatePolicyCommand(limit));
    const bound = { UserName: 'ann', PermissionsBoundary: Policy!.Arn! };
    await client.send(new PutUserPermissionsBoundaryCommand(bound));
    const within = await simulate({ PolicySourceArn: ANN, ActionNames });
    expect(within.map((it) => [it.EvalDecision, it.PermissionsBoundaryDecisionDetail])).toEqual([
      ['allowed', { AllowedByPermissionsBoundary: true }],
      ['implicitDeny', { AllowedByPermissionsBoundary: false }],
    ]);
    // One that is given stands in the place of the user's own.
    const PermissionsBoundaryPolicyInputList = [documentOf(allow('*'))];
    const wider = await simulate({ PolicySourceArn: ANN, ActionNames, PermissionsBoundaryPolicyInputList });
    expect(decisions(wider)['ecs:ExecuteCommand']).toBe('allowed');
  });

  test('of conditions: what is missing, what is given, what is known', async () => {
    const { client, simulate, simulateCustom } = await openSimulation();
    await client.send(new CreateUserCommand({ UserName: 'ann', Tags: [{ Key: 'Team', Value: 'red' }] }));
    const ask = async (Condition: object, ContextEntries: { name: string; value: string }[] = []) => {
      const [one] = await simulate({
        PolicySourceArn: ANN,
        ActionNames: ['ecs:ExecuteCommand'],
        PolicyInputList: [documentOf(allow('ecs:*', '*', Condition))],
        ContextEntries: ContextEntries.map(({ name, value }) => ({
          ContextKeyName: name,
          ContextKeyValues: [value],
          ContextKeyType: 'string',
        })),
      });
      return [one!.EvalDecision, ...(one!.MissingContextValues ?? [])];
    };
    const tag = { StringEquals: { 'ecs:ResourceTag/Env': 'dev' } };
    expect(await ask(tag)).toEqual(['implicitDeny', 'ecs:ResourceTag/Env']);
    expect(await ask(tag, [{ name: 'ECS:resourcetag/env', value: 'dev' }])).toEqual(['allowed']);
    const known = {
      StringEquals: {
        'aws:PrincipalArn': ANN,
        'aws:PrincipalAccount': ACCOUNT,
        'aws:PrincipalType': 'User',
        'aws:username': 'ann',
        'aws:PrincipalTag/Team': 'red',
      },
      StringLike: { 'aws:userid': 'AIDA*' },
      DateEquals: { 'aws:CurrentTime': new Date(NOW).toISOString() },
      NumericEquals: { 'aws:EpochTime': String(NOW / 1000) },
    };
    expect(await ask(known)).toEqual(['allowed']);
    expect(await ask(known, [{ name: 'aws:CurrentTime', value: '2020-01-01T00:00:00Z' }])).toEqual(['implicitDeny']);
    const [custom] = await simulateCustom({
      ActionNames: ['a:B'],
      PolicyInputList: [
        documentOf(allow('a:*', '*', { StringEquals: { 'aws:username': 'x', 'aws:currenttime': 'x' } })),
      ],
    });
    expect(custom!.MissingContextValues).toEqual(['aws:username']);
  });

  test('of a resource policy', async () => {
    const { simulateCustom } = await openSimulation();
    const bucket = 'arn:aws:s3:::audit/x';
    const policy = (Effect: string, account: string) =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: { Effect, Principal: { AWS: account }, Action: 's3:*', Resource: '*' },
      });
    const ask = async (ResourcePolicy: string, allowed: boolean, ResourceOwner?: string) =>
      (
        await simulateCustom({
          ActionNames: ['s3:GetObject'],
          ResourceArns: [bucket],
          PolicyInputList: [documentOf(allowed ? allow('s3:*') : allow('ecs:*'))],
          CallerArn: ANN,
          ResourcePolicy,
          ...(ResourceOwner !== undefined && { ResourceOwner }),
        })
      )[0];
    const granted = await ask(policy('Allow', ANN), false);
    expect(granted!.EvalDecision).toBe('allowed');
    expect(granted!.MatchedStatements).toMatchObject([
      { SourcePolicyId: 'ResourcePolicy', SourcePolicyType: 'resource' },
    ]);
    expect((await ask(policy('Deny', ANN), true))!.EvalDecision).toBe('explicitDeny');
    // Of another account both sides must allow.
    const other = 'arn:aws:iam::999988887777:root';
    expect((await ask(policy('Allow', ANN), false, other))!.EvalDecision).toBe('implicitDeny');
    expect((await ask(policy('Allow', ANN), true, other))!.EvalDecision).toBe('allowed');
    expect((await ask(policy('Allow', ACCOUNT), true, other))!.EvalDecision).toBe('allowed');
    expect((await ask(policy('Allow', '999988887777'), true, other))!.EvalDecision).toBe('implicitDeny');
  });
});

test('pages go through all results once, whatever their size', async () => {
  const { client } = await openSimulation();
  await client.send(new CreateUserCommand({ UserName: 'ann' }));
  const ActionNames = Array.from({ length: 7 }, (_, index) => `a:B${index}`);
  const ResourceArns = ['arn:x:1', 'arn:x:2', 'arn:x:3'];
  for (const MaxItems of [1, 4, 20, 21, 1000]) {
    const seen: string[] = [];
    let Marker: string | undefined;
    do {
      const input = {
        PolicySourceArn: ANN,
        ActionNames,
        ResourceArns,
        MaxItems,
        ...(Marker !== undefined && { Marker }),
      };
      const page = await client.send(new SimulatePrincipalPolicyCommand(input));
      expect(page.EvaluationResults!.length).toBe(Math.min(MaxItems, 21 - seen.length));
      seen.push(...page.EvaluationResults!.map((one) => `${one.EvalActionName} ${one.EvalResourceName}`));
      expect(page.IsTruncated).toBe(page.Marker !== undefined);
      Marker = page.Marker;
    } while (Marker !== undefined);
    expect(seen).toEqual(ActionNames.flatMap((action) => ResourceArns.map((arn) => `${action} ${arn}`)));
  }
});

test('a page of long results ends early', async () => {
  const { client, simulateCustom } = await openSimulation();
  const keys = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`x:${'k'.repeat(200)}${index}`, 'v']));
  const PolicyInputList = [documentOf(allow('a:*', '*', { StringEquals: keys }))];
  const ActionNames = Array.from({ length: 500 }, (_, index) => `a:B${index}`);
  const results = await simulateCustom({ ActionNames, PolicyInputList, MaxItems: 1000 });
  expect(results.length).toBeGreaterThan(5);
  expect(results.length).toBeLessThan(50);
  const input = { PolicySourceArn: ANN, ActionNames: ['a:B'], Marker: 'bm9uc2Vuc2U' };
  await client.send(new CreateUserCommand({ UserName: 'ann' }));
  expect(await failure(client.send(new SimulatePrincipalPolicyCommand(input)))).toMatchObject({
    code: 'ValidationError',
    message: 'Invalid Marker.',
  });
});
