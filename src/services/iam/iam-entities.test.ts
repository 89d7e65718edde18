import {
  AddUserToGroupCommand,
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteGroupCommand,
  DeleteUserCommand,
  GetAccessKeyLastUsedCommand,
  GetGroupCommand,
  GetUserCommand,
  ListAccessKeysCommand,
  ListGroupsCommand,
  ListGroupsForUserCommand,
  ListUsersCommand,
  ListUserTagsCommand,
  paginateListUsers,
  RemoveUserFromGroupCommand,
  TagUserCommand,
  UntagUserCommand,
  UpdateAccessKeyCommand,
  UpdateGroupCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam';
import { describe, expect, test } from 'vitest';
import { ACCOUNT, failure, openIam } from './iam.fixture.js';

describe('users', () => {
  test('are made, found, listed, renamed and deleted', async () => {
    const { client } = await openIam();
    const before = Math.floor(Date.now() / 1000) * 1000;
    const { User } = await client.send(
      new CreateUserCommand({ UserName: 'ann', Path: '/dev/', Tags: [{ Key: 'team', Value: 'red one' }] }),
    );
    expect(User).toMatchObject({
      UserName: 'ann',
      Path: '/dev/',
      Arn: `arn:aws:iam::${ACCOUNT}:user/dev/ann`,
      UserId: expect.stringMatching(/^AIDA[A-Z2-7]{17}$/),
      Tags: [{ Key: 'team', Value: 'red one' }],
    });
    expect(User!.CreateDate!.getTime()).toBeGreaterThanOrEqual(before);
    expect((await client.send(new GetUserCommand({ UserName: 'ann' }))).User).toEqual(User);
    const listed = await client.send(new ListUsersCommand({ PathPrefix: '/dev/' }));
    expect(listed).toMatchObject({ IsTruncated: false, Users: [{ UserName: 'ann' }] });
    // As AWS: lists do not show tags.
    expect(listed.Users![0]!.Tags).toBeUndefined();

    await client.send(new UpdateUserCommand({ UserName: 'ann', NewUserName: 'anna', NewPath: '/' }));
    const renamed = await client.send(new GetUserCommand({ UserName: 'anna' }));
    expect(renamed.User).toMatchObject({ UserId: User!.UserId, Arn: `arn:aws:iam::${ACCOUNT}:user/anna` });
    expect(renamed.User!.Tags).toEqual([{ Key: 'team', Value: 'red one' }]);
    await client.send(new DeleteUserCommand({ UserName: 'anna' }));
    expect(await failure(client.send(new GetUserCommand({ UserName: 'anna' })))).toEqual({
      code: 'NoSuchEntity',
      status: 404,
      message: 'The user with name anna cannot be found.',
    });
  });

  test('names are taken whatever their case', async () => {
    const { client } = await openIam();
    await client.send(new CreateUserCommand({ UserName: 'ann' }));
    await client.send(new CreateUserCommand({ UserName: 'bob' }));
    expect(await failure(client.send(new CreateUserCommand({ UserName: 'ANN' })))).toEqual({
      code: 'EntityAlreadyExists',
      status: 409,
      message: 'User with name ANN already exists.',
    });
    expect(await failure(client.send(new UpdateUserCommand({ UserName: 'bob', NewUserName: 'Ann' })))).toMatchObject({
      code: 'EntityAlreadyExists',
    });
    await client.send(new UpdateUserCommand({ UserName: 'ann', NewUserName: 'Ann' }));
  });

  test('who calls is meant when nobody is named', async () => {
    const { client, clientOf, user } = await openIam();
    expect((await client.send(new GetUserCommand({}))).User).toMatchObject({ UserName: 'gangway-admin', Arn: user.arn });
    await client.send(new CreateUserCommand({ UserName: 'ann', Path: '/x/y/' }));
    const { AccessKey } = await client.send(new CreateAccessKeyCommand({ UserName: 'ann' }));
    const ann = clientOf(AccessKey!);
    expect((await ann.send(new GetUserCommand({}))).User!.UserName).toBe('ann');
    const { AccessKeyMetadata } = await ann.send(new ListAccessKeysCommand({}));
    expect(AccessKeyMetadata).toEqual([
      { UserName: 'ann', AccessKeyId: AccessKey!.AccessKeyId, Status: 'Active', CreateDate: AccessKey!.CreateDate },
    ]);
  });

  test('pages neither repeat nor lose anyone', async () => {
    const { client } = await openIam();
    for (const name of ['e', 'c', 'a', 'd', 'b']) await client.send(new CreateUserCommand({ UserName: name, Path: '/p/' }));
    const pages: string[][] = [];
    for await (const page of paginateListUsers({ client, pageSize: 2 }, { PathPrefix: '/p/' })) {
      pages.push(page.Users!.map(({ UserName }) => UserName!));
    }
    expect(pages).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(await failure(client.send(new ListUsersCommand({ Marker: 'not ours' })))).toMatchObject({
      code: 'ValidationError',
    });
  });

  test('tags are put, replaced whatever their case, listed and taken away, fifty at most', async () => {
    const { client } = await openIam();
    const UserName = 'ann';
    await client.send(new CreateUserCommand({ UserName }));
    const tags = (from: number, to: number): { Key: string; Value: string }[] =>
      Array.from({ length: to - from }, (_, index) => ({ Key: `k${from + index}`, Value: '' }));
    await client.send(new TagUserCommand({ UserName, Tags: tags(0, 50) }));
    expect(await failure(client.send(new TagUserCommand({ UserName, Tags: tags(50, 51) })))).toEqual({
      code: 'LimitExceeded',
      status: 409,
      message: 'Cannot exceed quota for TagsPerUser: 50',
    });
    await client.send(new TagUserCommand({ UserName, Tags: [{ Key: 'K0', Value: 'new' }] }));
    await client.send(new UntagUserCommand({ UserName, TagKeys: tags(1, 50).map(({ Key }) => Key.toUpperCase()) }));
    expect((await client.send(new ListUserTagsCommand({ UserName }))).Tags).toEqual([{ Key: 'K0', Value: 'new' }]);
    const twice = [...tags(1, 2), { Key: 'K1', Value: '' }];
    expect(await failure(client.send(new TagUserCommand({ UserName, Tags: twice })))).toMatchObject({
      code: 'InvalidInput',
      message: 'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    });
    expect(await failure(client.send(new TagUserCommand({ UserName, Tags: tags(0, 51) })))).toMatchObject({
      code: 'ValidationError',
    });
  });
});

describe('access keys', () => {
  test('sign until they are inactive or gone; two at most; deleted before the user', async () => {
    const { client, clientOf } = await openIam();
    const UserName = 'ann';
    await client.send(new CreateUserCommand({ UserName }));
    const { AccessKey } = await client.send(new CreateAccessKeyCommand({ UserName }));
    const { AccessKeyId, SecretAccessKey } = AccessKey!;
    expect(AccessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
    expect(SecretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/);
    await client.send(new CreateAccessKeyCommand({ UserName }));
    expect(await failure(client.send(new CreateAccessKeyCommand({ UserName })))).toEqual({
      code: 'LimitExceeded',
      status: 409,
      message: 'Cannot exceed quota for AccessKeysPerUser: 2',
    });

    const ann = clientOf(AccessKey!);
    const used = (): Promise<any> => client.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }));
    expect((await used()).AccessKeyLastUsed).toEqual({ ServiceName: 'N/A', Region: 'N/A' });
    await ann.send(new GetUserCommand({}));
    expect(await used()).toMatchObject({
      UserName,
      AccessKeyLastUsed: { ServiceName: 'iam', LastUsedDate: expect.any(Date) },
    });

    await client.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Inactive' }));
    expect(await failure(ann.send(new GetUserCommand({})))).toMatchObject({ code: 'InvalidClientTokenId', status: 403 });
    await client.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Active' }));
    await ann.send(new GetUserCommand({}));

    expect(await failure(client.send(new DeleteUserCommand({ UserName })))).toEqual({
      code: 'DeleteConflict',
      status: 409,
      message: 'Cannot delete entity, must delete access keys first.',
    });
    await client.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
    expect(await failure(ann.send(new GetUserCommand({})))).toMatchObject({ code: 'InvalidClientTokenId' });
    expect(await failure(client.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId })))).toEqual({
      code: 'NoSuchEntity',
      status: 404,
      message: `The Access Key with id ${AccessKeyId} cannot be found.`,
    });
    expect(await failure(used())).toMatchObject({ code: 'NoSuchEntity' });
  });

  test('a key of another user is not there', async () => {
    const { client, user } = await openIam();
    await client.send(new CreateUserCommand({ UserName: 'ann' }));
    const call = new DeleteAccessKeyCommand({ UserName: 'ann', AccessKeyId: user.accessKeyId });
    expect(await failure(client.send(call))).toMatchObject({ code: 'NoSuchEntity' });
  });
});

describe('groups', () => {
  test('have members, and are deleted when they have none', async () => {
    const { client } = await openIam();
    const GroupName = 'ops';
    const UserName = 'ann';
    const { Group } = await client.send(new CreateGroupCommand({ GroupName, Path: '/g/' }));
    expect(Group).toMatchObject({
      GroupName,
      GroupId: expect.stringMatching(/^AGPA[A-Z2-7]{17}$/),
      Arn: `arn:aws:iam::${ACCOUNT}:group/g/ops`,
    });
    await client.send(new CreateUserCommand({ UserName }));
    await client.send(new AddUserToGroupCommand({ GroupName, UserName }));
    await client.send(new AddUserToGroupCommand({ GroupName, UserName }));
    expect((await client.send(new GetGroupCommand({ GroupName }))).Users).toMatchObject([{ UserName }]);
    expect((await client.send(new ListGroupsForUserCommand({ UserName }))).Groups).toEqual([Group]);
    const conflict = {
      code: 'DeleteConflict',
      status: 409,
      message: 'Cannot delete entity, must remove users from group first.',
    };
    expect(await failure(client.send(new DeleteGroupCommand({ GroupName })))).toEqual(conflict);
    expect(await failure(client.send(new DeleteUserCommand({ UserName })))).toEqual(conflict);
    await client.send(new UpdateGroupCommand({ GroupName, NewGroupName: 'sre' }));
    await client.send(new RemoveUserFromGroupCommand({ GroupName: 'sre', UserName }));
    const again = client.send(new RemoveUserFromGroupCommand({ GroupName: 'sre', UserName }));
    expect(await failure(again)).toMatchObject({ code: 'NoSuchEntity' });
    expect((await client.send(new GetGroupCommand({ GroupName: 'sre' }))).Users).toEqual([]);
    await client.send(new DeleteGroupCommand({ GroupName: 'sre' }));
    expect((await client.send(new ListGroupsCommand({}))).Groups).toEqual([]);
  });

  test('ten for a user', async () => {
    const { client } = await openIam();
    await client.send(new CreateUserCommand({ UserName: 'ann' }));
    const join = async (GroupName: string): Promise<unknown> => {
      await client.send(new CreateGroupCommand({ GroupName }));
      return client.send(new AddUserToGroupCommand({ GroupName, UserName: 'ann' }));
    };
    for (let index = 0; index < 10; index++) await join(`g${index}`);
    expect(await failure(join('g10'))).toEqual({
      code: 'LimitExceeded',
      status: 409,
      message: 'Cannot exceed quota for GroupsPerUser: 10',
    });
  });
});
