import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program, type Ran, run } from '../../../test/stack.fixture.js';

describe('gangway policy', { timeout: 60_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'gangway-policy-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const policy = (args: readonly string[], input = ''): Promise<Ran> =>
    run(process.execPath, [program, 'policy', ...args], { input });
  beforeAll(() => policy(['--help']));

  it('check names every problem with its place', async () => {
    const file = join(directory, 'bad.json');
    writeFileSync(file, '{"Version": "2012-10-17", "Statement":\n  {"Effect": "allow", "Action": "s3:*"}}');
    const ran = await policy(['check', file]);
    expect(ran).toMatchObject({ status: 1, stderr: '' });
    expect(ran.stdout.split('\n')).toEqual([
      expect.stringContaining(`${file}:2:14: Statement.Effect: expected 'Allow' or 'Deny'`),
      expect.stringContaining(`${file}:2:3: Statement: no Resource`),
      '',
    ]);
  });

  it.each([
    'exec-by-tag',
    'exec-except-container',
    'exec-some-commands',
    'run-without-exec',
    'deny-start-session',
    'task-role',
    'caller-kms',
  ])('example %s is a policy that check finds nothing in', async (name) => {
    const all = ['--log-group', '/audit', '--bucket', 'audit', '--kms-key', 'k'];
    const printed = await policy(['example', name, ...all]);
    expect(printed.status).toBe(0);
    expect(await policy(['check', '-'], printed.stdout)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect((await policy(['example', '--list'])).stdout).toContain(name);
  });

  it('simulate decides and says why', async () => {
    const file = join(directory, 'tag.json');
    writeFileSync(file, (await policy(['example', 'exec-by-tag'])).stdout);
    const asked = ['simulate', '--policy', file, '--action', 'ecs:ExecuteCommand'];
    const on = ['--resource', 'arn:aws:ecs:us-east-1:123456789012:task/default/1'];
    const may = await policy([...asked, ...on, '--context', 'ecs:ResourceTag/environment=development']);
    expect(may).toMatchObject({ status: 0, stdout: expect.stringMatching(/^allowed\n/) });
    const not = await policy([...asked, ...on, '--context', 'ecs:ResourceTag/environment=production']);
    expect(not).toMatchObject({ status: 1, stdout: expect.stringMatching(/^implicitDeny\n/) });
    expect(not.stdout).toContain(
      "fails: StringEquals ecs:ResourceTag/environment 'development'; the request has 'production'",
    );
  });

  it('simulate knows the keys of ours: a few commands, never as root', async () => {
    const file = join(directory, 'commands.json');
    writeFileSync(file, (await policy(['example', 'exec-some-commands'])).stdout);
    const decide = async (...context: string[]): Promise<Ran> =>
      policy([
        ...['simulate', '--policy', file, '--action', 'ecs:ExecuteCommand'],
        ...['--resource', 'arn:aws:ecs:us-east-1:123456789012:task/default/1'],
        ...['--context', 'gangway:debug=false', ...context],
      ]);
    expect(await decide('gangway:command=ps', 'gangway:user=nobody')).toMatchObject({ status: 0 });
    const root = await decide('gangway:command=ps', 'gangway:user=root');
    expect(root).toMatchObject({
      status: 1,
      stdout: expect.stringContaining("fails: StringNotEquals gangway:user 'root'"),
    });
    const other = await decide('gangway:command=ps; id', 'gangway:user=nobody');
    expect(other).toMatchObject({ status: 1, stdout: expect.stringContaining('gangway:command') });
  });

  it('simulate knows that the policy of a key must allow, to the root user too', async () => {
    const [mine, key] = [join(directory, 'mine.json'), join(directory, 'key.json')];
    const statement = { Effect: 'Allow', Action: 'kms:Decrypt', Resource: '*' };
    const Principal = { AWS: 'arn:aws:iam::123456789012:user/ann' };
    writeFileSync(mine, JSON.stringify({ Statement: statement }));
    writeFileSync(key, JSON.stringify({ Statement: { ...statement, Principal } }));
    const asked = ['simulate', '--policy', mine, '--action', 'kms:Decrypt', '--resource-policy', key, '--caller'];
    expect(await policy([...asked, Principal.AWS])).toMatchObject({ status: 0 });
    const root = await policy([...asked, 'arn:aws:iam::123456789012:root']);
    expect(root).toMatchObject({ status: 1, stdout: expect.stringMatching(/^implicitDeny\n/) });
    expect(root.stdout).toContain('denied: no resource-based policy allows kms:Decrypt');
  });

  it.each([[[]], [['frob']], [['example', 'frob']], [['simulate', '--policy', 'x', '--action', 'y']], [['check']]])(
    '%j ends with 2',
    async (args) => {
      expect(await policy(args)).toMatchObject({ status: 2, stdout: '' });
    },
  );
});
