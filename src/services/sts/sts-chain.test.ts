import { ListRolesCommand, ListUsersCommand } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { describe, expect, test } from 'vitest';
import { accountId, BEA, openSts, policy, roleArn, trust } from './sts.fixture.js';

const assumed = (name: string) => `arn:aws:sts::${accountId}:assumed-role/${name}/work`;

describe('a chain of roles', () => {
  test('hands transitive tags on, and no others', async () => {
    const { bea, role, take, sessions, iamOf } = await openSts();
    await role('one', trust(BEA));
    const red = { Condition: { StringEquals: { 'aws:RequestTag/team': 'red' } } };
    await role('two', trust(roleArn('one'), red));
    const tagged = { StringEquals: { 'aws:PrincipalTag/team': 'red' }, Null: { 'aws:PrincipalTag/desk': 'true' } };
    await role('three', trust(roleArn('two')), policy('iam:ListUsers', { Resource: '*', Condition: tagged }));
    const Tags = [
      { Key: 'team', Value: 'red' },
      { Key: 'desk', Value: '4' },
    ];
    const one = await take(bea, 'one', { Tags, TransitiveTagKeys: ['team'] });
    const two = await take(one.key, 'two', { Tags: [{ Key: 'floor', Value: '1' }] });
    const three = await take(two.key, 'three');
    const tags = await Promise.all(
      [one, two, three].map(async ({ key }) => (await sessions.find(key.AccessKeyId!))?.caller.session?.tags),
    );
    expect(tags).toEqual([{ team: 'red', desk: '4' }, { team: 'red', floor: '1' }, { team: 'red' }]);
    await iamOf(three.key).send(new ListUsersCommand({}));
    const untagged = await take(bea, 'one');
    await expect(take(untagged.key, 'two')).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('does not let a transitive tag be set again, however it is written', async () => {
    const { bea, role, take } = await openSts();
    await role('one', trust(BEA));
    await role('two', trust(roleArn('one')));
    const Tags = [{ Key: 'team', Value: 'red' }];
    const handed = await take(bea, 'one', { Tags, TransitiveTagKeys: ['team'] });
    for (const Key of ['team', 'Team']) {
      await expect(take(handed.key, 'two', { Tags: [{ Key, Value: 'blue' }] })).rejects.toThrow(
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag",
      );
    }
    const kept = await take(bea, 'one', { Tags });
    await take(kept.key, 'two', { Tags: [{ Key: 'team', Value: 'blue' }] });
  });

  test('needs sts:TagSession for tags, also for those that are handed on', async () => {
    const { bea, role, take } = await openSts();
    const plain = (AWS: string) => policy('sts:AssumeRole', { Principal: { AWS } });
    await role('one', trust(BEA));
    await role('two', plain(roleArn('one')));
    await role('three', plain(BEA));
    const Tags = [{ Key: 'team', Value: 'red' }];
    await expect(take(bea, 'three', { Tags })).rejects.toThrow('is not authorized to perform: sts:TagSession');
    const { key } = await take(bea, 'one', { Tags, TransitiveTagKeys: ['team'] });
    await expect(take(key, 'two')).rejects.toThrow('is not authorized to perform: sts:TagSession');
    await take((await take(bea, 'one', { Tags })).key, 'two');
  });

  test('keeps the source identity, which every trust policy is asked about', async () => {
    const { bea, role, take, sessions } = await openSts();
    await role('one', trust(BEA));
    const condition = { Condition: { StringEquals: { 'sts:SourceIdentity': 'bea' } } };
    await role('two', trust(roleArn('one'), condition));
    await role('closed', policy('sts:AssumeRole', { Principal: { AWS: roleArn('one') } }));
    const one = await take(bea, 'one', { SourceIdentity: 'bea' });
    const two = await take(one.key, 'two');
    expect([one.SourceIdentity, two.SourceIdentity]).toEqual(['bea', 'bea']);
    expect((await sessions.find(two.key.AccessKeyId!))?.caller.session?.sourceIdentity).toBe('bea');
    await expect(take(one.key, 'closed')).rejects.toThrow('is not authorized to perform: sts:SetSourceIdentity');
    const nobody = await take(bea, 'one');
    await expect(take(nobody.key, 'two')).rejects.toMatchObject({ name: 'AccessDenied' });
    await take(nobody.key, 'closed');
    const other = await take(bea, 'one', { SourceIdentity: 'cid' });
    await expect(take(other.key, 'two')).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  test('does not let the source identity be changed', async () => {
    const { bea, role, take } = await openSts();
    await role('one', trust(BEA));
    await role('two', trust(roleArn('one')));
    const one = await take(bea, 'one', { SourceIdentity: 'bea' });
    await expect(take(one.key, 'two', { SourceIdentity: 'cid' })).rejects.toMatchObject({
      ...{ name: 'AccessDenied', $metadata: { httpStatusCode: 403 } },
      message: `User: ${assumed('one')} is not authorized to perform: sts:SetSourceIdentity on resource: ${roleArn('two')}`,
    });
    expect((await take(one.key, 'two', { SourceIdentity: 'bea' })).SourceIdentity).toBe('bea');
  });

  test('may go in a ring, one hour at a time, until what it holds has expired', async () => {
    const { bea, role, take, stsOf, time, clock } = await openSts();
    await role('one', trust([BEA, roleArn('two')]));
    await role('two', trust(roleArn('one')));
    let { key } = await take(bea, 'one');
    for (const name of ['two', 'one', 'two']) {
      await expect(take(key, name, { DurationSeconds: 3601 })).rejects.toThrow('1 hour session limit');
      key = (await take(key, name, { DurationSeconds: 3600 })).key;
      expect(await stsOf(key).send(new GetCallerIdentityCommand({}))).toMatchObject({ Arn: assumed(name) });
      expect(key.Expiration!.getTime() - clock()).toBeLessThanOrEqual(3600_000);
      time.ahead += 3500_000;
    }
    time.ahead += 100_000;
    await expect(take(key, 'one')).rejects.toMatchObject({ name: expect.stringContaining('ExpiredToken') });
  });

  test('needs a policy of the role that takes, where the trust policy names the account', async () => {
    const { bea, role, take } = await openSts();
    await role('poor', trust(BEA));
    await role('rich', trust(BEA), policy('sts:AssumeRole', { Resource: roleArn('goal') }));
    await role('goal', trust(`arn:aws:iam::${accountId}:root`));
    await expect(take((await take(bea, 'poor')).key, 'goal')).rejects.toThrow(
      `User: ${assumed('poor')} is not authorized to perform: sts:AssumeRole on resource: ${roleArn('goal')}`,
    );
    const rich = await take(bea, 'rich');
    expect((await take(rich.key, 'goal')).AssumedRoleUser?.Arn).toBe(assumed('goal'));
    const limited = await take(bea, 'rich', { Policy: policy('iam:ListUsers') });
    await expect(take(limited.key, 'goal')).rejects.toThrow('no session policy allows the sts:AssumeRole action');
  });
});

test('an inline session policy takes away and gives nothing', async () => {
  const { bea, role, take, iamOf } = await openSts();
  await role('dev', trust(BEA), policy(['iam:ListUsers', 'iam:ListRoles']));
  const limited = iamOf((await take(bea, 'dev', { Policy: policy(['iam:ListUsers', 'iam:ListGroups']) })).key);
  await limited.send(new ListUsersCommand({}));
  await expect(limited.send(new ListRolesCommand({}))).rejects.toThrow(
    'because no session policy allows the iam:ListRoles action',
  );
  const denying = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      { Effect: 'Deny', Action: 'iam:ListUsers', Resource: '*' },
    ],
  });
  const denied = iamOf((await take(bea, 'dev', { Policy: denying })).key);
  await denied.send(new ListRolesCommand({}));
  await expect(denied.send(new ListUsersCommand({}))).rejects.toThrow('with an explicit deny in a session policy');
  const all = iamOf((await take(bea, 'dev')).key);
  await all.send(new ListRolesCommand({}));
});
