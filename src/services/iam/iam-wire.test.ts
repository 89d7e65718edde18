import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { CreateUserCommand, GetUserCommand, ListUsersCommand, TagUserCommand } from '@aws-sdk/client-iam';
import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256 } from '@aws-crypto/sha256-js';
import { describe, expect, test } from 'vitest';
import { ACCOUNT, failure, openIam, policyOf, REGION, type TestIam, TRUST } from './iam.fixture.js';

const hasCli = await promisify(execFile)('aws', ['--version']).then(
  () => true,
  () => false,
);

/** A signed form as no SDK would send it. */
async function post({ url, user }: TestIam, fields: Record<string, string>): Promise<{ status: number; text: string }> {
  const { host, hostname, port } = new URL(url);
  const body = new URLSearchParams({ Version: '2010-05-08', ...fields }).toString();
  const signer = new SignatureV4({
    service: 'iam',
    region: REGION,
    sha256: Sha256,
    credentials: { accessKeyId: user.accessKeyId, secretAccessKey: user.secret.reveal() },
  });
  const signed = await signer.sign({
    method: 'POST',
    protocol: 'http:',
    hostname,
    port: Number(port),
    path: '/',
    query: {},
    headers: { host, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body,
  });
  const response = await fetch(url, { method: 'POST', headers: signed.headers, body });
  return { status: response.status, text: await response.text() };
}

describe('on the wire', () => {
  test('an answer in full: namespace, dates in whole seconds, booleans, empty lists', async () => {
    const it = await openIam();
    await it.client.send(new CreateUserCommand({ UserName: 'ann' }));
    const { text } = await post(it, { Action: 'ListUsers', PathPrefix: '/' });
    expect(text).toMatch(
      /^<ListUsersResponse xmlns="https:\/\/iam\.amazonaws\.com\/doc\/2010-05-08\/"><ListUsersResult><Users><member>/,
    );
    expect(text).toMatch(/<CreateDate>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ<\/CreateDate>/);
    expect(text).toContain('<IsTruncated>false</IsTruncated></ListUsersResult><ResponseMetadata><RequestId>');
    expect((await post(it, { Action: 'ListGroups' })).text).toContain('<Groups></Groups>');
    expect((await post(it, { Action: 'DeleteUser', UserName: 'ann' })).text).toMatch(
      /^<DeleteUserResponse xmlns="[^"]+"><ResponseMetadata><RequestId>[^<]+<\/RequestId><\/ResponseMetadata><\/DeleteUserResponse>$/,
    );
  });

  test('booleans and nested members of a request are read', async () => {
    const it = await openIam();
    const made = await post(it, {
      Action: 'CreateUser',
      UserName: 'ann',
      'Tags.member.1.Key': 'a b',
      'Tags.member.1.Value': 'c=d',
      'Tags.member.2.Key': 'empty',
      'Tags.member.2.Value': '',
    });
    expect(made.status).toBe(200);
    const { User } = await it.client.send(new GetUserCommand({ UserName: 'ann' }));
    expect(User!.Tags).toEqual([
      { Key: 'a b', Value: 'c=d' },
      { Key: 'empty', Value: '' },
    ]);
    const attached = await post(it, { Action: 'ListPolicies', OnlyAttached: 'true', Scope: 'Local' });
    expect(attached.text).toContain('<Policies></Policies>');
  });

  test('a missing member', async () => {
    expect(await post(await openIam(), { Action: 'CreateUser' })).toMatchObject({
      status: 400,
      text: expect.stringContaining(
        "<Type>Sender</Type><Code>ValidationError</Code><Message>1 validation error detected: Value null at 'userName' " +
          'failed to satisfy constraint: Member must not be null</Message>',
      ),
    });
  });
});

describe('limits of members', () => {
  test.each([
    [
      { UserName: 'a b' },
      'The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-',
    ],
    [
      { UserName: 'x'.repeat(65) },
      `1 validation error detected: Value '${'x'.repeat(65)}' at 'userName' failed to satisfy constraint: Member must have length less than or equal to 64`,
    ],
    [
      { UserName: 'ann', Path: 'x/' },
      'The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.',
    ],
    [
      { UserName: 'ann', Path: `/${'x'.repeat(511)}/` },
      `1 validation error detected: Value '/${'x'.repeat(511)}/' at 'path' failed to satisfy constraint: Member must have length less than or equal to 512`,
    ],
    [
      { UserName: 'ann', PermissionsBoundary: 'short' },
      "1 validation error detected: Value 'short' at 'permissionsBoundary' failed to satisfy constraint: Member must have length greater than or equal to 20",
    ],
    [
      { UserName: 'ann', Tags: [{ Key: '', Value: '<' }] },
      "2 validation errors detected: Value '' at 'tags.1.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1; Value '<' at 'tags.1.member.value' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*",
    ],
  ])('%j', async (input, message) => {
    const { client } = await openIam();
    expect(await failure(client.send(new CreateUserCommand(input)))).toEqual({
      code: 'ValidationError',
      status: 400,
      message,
    });
  });

  test('ranges of numbers, and tags of the whole of Unicode', async () => {
    const { client } = await openIam();
    for (const MaxItems of [0, 1001, 1.5]) {
      expect(await failure(client.send(new ListUsersCommand({ MaxItems })))).toMatchObject({ code: 'ValidationError' });
    }
    await client.send(new CreateUserCommand({ UserName: 'x'.repeat(64) }));
    const Tags = [{ Key: 'größe 大', Value: 'é' }];
    await client.send(new TagUserCommand({ UserName: 'x'.repeat(64), Tags }));
    const { User } = await client.send(new GetUserCommand({ UserName: 'x'.repeat(64) }));
    expect(User!.Tags).toEqual(Tags);
  });
});

test('whatever is sent, the answer is of AWS, and never our fault', async () => {
  const it = await openIam();
  const names = it.iam.service.operations.map(({ name }) => name);
  const known = {
    UserName: ['ann', 'gangway-admin', ''],
    RoleName: ['task'],
    GroupName: ['ops'],
    InstanceProfileName: ['host'],
    PolicyName: ['p', '__proto__', 'constructor'],
    PolicyArn: [`arn:aws:iam::${ACCOUNT}:policy/p`, 'arn:aws:iam::aws:policy/ReadOnlyAccess'],
    PolicyDocument: [policyOf(), '{}', '{"Statement":{"__proto__":1}}'],
    AssumeRolePolicyDocument: [TRUST],
    VersionId: ['v1', 'v2'],
    AccessKeyId: ['AKIA000000000000'],
    Status: ['Active', 'Inactive', 'Expired'],
    'Tags.member.1.Key': ['k', '__proto__'],
    'Tags.member.1.Value': ['v'],
    'TagKeys.member.1': ['k'],
    PermissionsBoundary: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
    AWSServiceName: ['ecs.amazonaws.com', '__proto__', 'toString'],
    DeletionTaskId: ['task/a/b', 'x'],
    Path: ['/', '/a/'],
    PathPrefix: ['/'],
    MaxItems: ['1', '1000'],
    Marker: ['YQ', 'YW5u'],
    Scope: ['AWS', 'All'],
    SetAsDefault: ['true', 'maybe'],
    OnlyAttached: ['true'],
    Description: ['d'],
    EntityFilter: ['User'],
    NewUserName: ['ann2'],
    NewPath: ['/b/'],
  };
  const junk = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.constantFrom(
      '\0',
      '%',
      '\ufffe',
      '/'.repeat(300),
      '*'.repeat(2000),
      'arn:aws:iam::aws:policy/\0aaaaaaaaaa',
      '-1',
      '1e9',
    ),
  );
  const fields = fc.record(
    Object.fromEntries(
      Object.entries(known).map(([name, values]) => [
        name,
        fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: junk }),
      ]),
    ),
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), fields, async (Action, input) => {
      const { status, text } = await post(it, { ...input, Action });
      expect(status, text).toBeLessThan(500);
      if (status !== 200) expect(text).toMatch(/<Code>[A-Za-z]+<\/Code><Message>[^<]/);
    }),
    { numRuns: 300 },
  );
}, 120_000);

test.skipIf(!hasCli)(
  'the AWS CLI: a user with a policy of their own',
  async () => {
    const { aws } = await openIam();
    const made = await aws('iam', 'create-user', '--user-name', 'ann', '--tags', 'Key=team,Value=red');
    expect(made.User).toMatchObject({ Arn: `arn:aws:iam::${ACCOUNT}:user/ann`, Tags: [{ Key: 'team', Value: 'red' }] });
    const policy = ['--policy-name', 'exec', '--policy-document', policyOf()];
    const { Policy } = await aws('iam', 'create-policy', ...policy);
    await aws('iam', 'attach-user-policy', '--user-name', 'ann', '--policy-arn', Policy.Arn);
    await aws('iam', 'put-user-policy', '--user-name', 'ann', ...policy);
    // The CLI decodes documents itself: it shows JSON only when they were encoded as AWS encodes them.
    const inline = await aws('iam', 'get-user-policy', '--user-name', 'ann', '--policy-name', 'exec');
    expect(inline.PolicyDocument).toEqual(JSON.parse(policyOf()));
    await aws('iam', 'create-role', '--role-name', 'task', '--assume-role-policy-document', TRUST);
    const roles = await aws('iam', 'list-roles', '--query', 'Roles[].[RoleName,AssumeRolePolicyDocument]');
    expect(roles).toEqual([['task', JSON.parse(TRUST)]]);
    await expect(aws('iam', 'delete-user', '--user-name', 'ann')).rejects.toThrow(
      'An error occurred (DeleteConflict) when calling the DeleteUser operation: ' +
        'Cannot delete entity, must detach all policies first.',
    );
  },
  120_000,
);
