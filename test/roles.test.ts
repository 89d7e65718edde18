import { ExecuteCommandCommand } from '@aws-sdk/client-ecs';
import { CreateRoleCommand, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundledSdk } from '../src/platform/aws/bundled-sdk.fixture.js';
import { Account, ACCOUNT, EXEC_CHANNELS, type Person, policy } from './account.fixture.js';
import { onPath, run, Stack, stackUnavailable, type RunningTask } from './stack.fixture.js';

const unavailable = stackUnavailable();

/** AWS CLI 1.29, 2.13 or newer. */
function readsEndpointUrl(): boolean {
  const { stdout } = spawnSync('aws', ['--version'], { encoding: 'utf8' });
  const [, major = 0, minor = 0] = (/^aws-cli\/(\d+)\.(\d+)/.exec(stdout) ?? []).map(Number);
  return major === 1 ? minor >= 29 : major >= 2 && minor >= 13;
}

describe.skipIf(unavailable)('roles', { timeout: 120_000 }, () => {
  const stack = new Stack();
  const account = new Account(stack);
  let task: RunningTask;

  beforeAll(async () => {
    await stack.up();
    task = await stack.task({ family: 'roles' });
  });
  afterAll(() => stack.down());

  describe('of a task', () => {
    it("an AWS SDK inside the container finds the task role's credentials by itself", async () => {
      const command = ['exec', task.id, '--', process.execPath, '--no-warnings', '-'];
      const ran = await stack.gangway(command, { input: await bundledSdk() });
      expect(ran).toMatchObject({ status: 0, stderr: '' });
      expect(ran.stdout).toMatch(/^ASIA[A-Z2-7]{16} /);
      expect(ran.stdout).toContain(` arn:aws:sts::${ACCOUNT}:assumed-role/task-role/${task.id}\n`);
    });

    it('the metadata endpoint tells the container what it is', async () => {
      const fetchTask =
        'fetch(process.env.ECS_CONTAINER_METADATA_URI_V4 + "/task").then((r) => r.text()).then(console.log)';
      const ran = await stack.gangway(['exec', task.id, '--', process.execPath, '-e', fetchTask]);
      expect(JSON.parse(ran.stdout)).toMatchObject({ TaskARN: task.taskArn, Family: 'roles', LaunchType: 'FARGATE' });
    });

    it('without a permission its container is not connected; the operator reads why; with it, it heals', async () => {
      await account.taskRole('mute', { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' });
      const mute = await stack.task({ family: 'mute', taskRole: 'mute' });
      const enter = () =>
        stack.ecs.send(new ExecuteCommandCommand({ task: mute.id, command: 'true', interactive: true })).then(
          ({ session }) => session?.sessionId ?? '',
          (error: unknown) => String(error),
        );
      expect(await enter()).toBe(
        'TargetNotConnectedException: The execute command failed due to an internal error. Try again later.',
      );
      const agent = async () => {
        const found = await stack.untilTask(mute.taskArn, () => true);
        return found.containers?.[0]?.managedAgents?.[0];
      };
      await expect
        .poll(agent, { timeout: 20_000 })
        .toMatchObject({ lastStatus: 'RUNNING', reason: expect.stringContaining('ssmmessages:CreateControlChannel') });
      const failure = await stack.ecs
        .send(new ExecuteCommandCommand({ task: mute.id, command: 'true', interactive: true }))
        .catch((error: unknown) => error as { $metadata: { requestId: string } });
      const { requestId = '' } = failure.$metadata;
      const why = await stack.gangway(['why', requestId]);
      expect(why.stdout).toMatch(/^reason .*ssmmessages:CreateControlChannel was refused/m);
      await account.allowRole('mute', EXEC_CHANNELS);
      await expect.poll(enter, { timeout: 60_000, interval: 500 }).toMatch(/^ecs-execute-command-/);
    });

    it('one that nobody lets ECS take is refused in its words', async () => {
      const trust = policy({
        Effect: 'Allow',
        Principal: { Service: 'ec2.amazonaws.com' },
        Action: 'sts:AssumeRole',
      });
      await account.iam.send(new CreateRoleCommand({ RoleName: 'of-ec2', AssumeRolePolicyDocument: trust }));
      await expect(stack.task({ family: 'of-ec2', taskRole: 'of-ec2' })).rejects.toMatchObject({
        name: 'ClientException',
        message:
          `ECS was unable to assume the role 'arn:aws:iam::${ACCOUNT}:role/of-ec2' that was provided for this task. ` +
          'Please verify that the role being passed has the proper trust relationship and permissions and that your ' +
          'IAM user has permissions to pass this role.',
      });
    });
  });

  describe.skipIf(!onPath('aws'))('of a person, with the AWS CLI', () => {
    const role = `arn:aws:iam::${ACCOUNT}:role/reader`;
    const home = mkdtempSync(join(tmpdir(), 'gangway-home-'));
    let ann: Person;
    const aws = (args: string[], env = ann.env()) =>
      run('aws', ['--endpoint-url', stack.url, '--output', 'json', ...args], { env });

    beforeAll(async () => {
      ann = await account.user('ann', { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' });
      const trust = policy({
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
        Action: 'sts:AssumeRole',
      });
      await account.iam.send(new CreateRoleCommand({ RoleName: 'reader', AssumeRolePolicyDocument: trust }));
    });
    afterAll(() => rmSync(home, { recursive: true, force: true }));

    it('get-caller-identity and assume-role', async () => {
      const identity = await aws(['sts', 'get-caller-identity']);
      expect(JSON.parse(identity.stdout)).toMatchObject({ Account: ACCOUNT, Arn: ann.arn });
      const assumed = await aws(['sts', 'assume-role', '--role-arn', role, '--role-session-name', 'cli']);
      expect(JSON.parse(assumed.stdout)).toMatchObject({
        AssumedRoleUser: { Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/reader/cli` },
      });
    });

    // Before it read AWS_ENDPOINT_URL, the CLI asked the real STS for the role.
    it.skipIf(!readsEndpointUrl())('a profile with role_arn and source_profile', async () => {
      writeFileSync(
        join(home, 'config'),
        `[profile base]\nregion = us-east-1\n[profile reader]\nregion = us-east-1\nrole_arn = ${role}\n` +
          'source_profile = base\nrole_session_name = through-profile\n',
      );
      writeFileSync(
        join(home, 'credentials'),
        `[base]\naws_access_key_id = ${ann.accessKeyId}\naws_secret_access_key = ${ann.secretAccessKey}\n`,
      );
      const profile: NodeJS.ProcessEnv = {
        ...ann.env(),
        AWS_CONFIG_FILE: join(home, 'config'),
        AWS_SHARED_CREDENTIALS_FILE: join(home, 'credentials'),
        AWS_ENDPOINT_URL: stack.url,
        AWS_PROFILE: 'reader',
        // The CLI keeps the role's credentials there.
        HOME: home,
      };
      delete profile['AWS_ACCESS_KEY_ID'];
      delete profile['AWS_SECRET_ACCESS_KEY'];
      const through = await aws(['sts', 'get-caller-identity'], profile);
      expect(through).toMatchObject({ status: 0, stderr: '' });
      expect(JSON.parse(through.stdout)).toMatchObject({
        Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/reader/through-profile`,
      });
    });
  });

  it('what the checker asks the simulator, caller and task role', async () => {
    const ask = async (PolicySourceArn: string, ActionNames: string[], ...ResourceArns: string[]) => {
      const { EvaluationResults = [] } = await account.iam.send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn,
          ActionNames,
          ...(ResourceArns.length > 0 && { ResourceArns }),
        }),
      );
      return Object.fromEntries(EvaluationResults.map((one) => [one.EvalActionName, one.EvalDecision]));
    };
    const admin = `arn:aws:iam::${ACCOUNT}:user/gangway-admin`;
    const role = `arn:aws:iam::${ACCOUNT}:role/task-role`;
    const logs = `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:G:*`;
    expect(await ask(admin, ['ecs:ExecuteCommand'], task.taskArn)).toEqual({ 'ecs:ExecuteCommand': 'allowed' });
    const nonsense = `arn:aws:ecs:us-east-1:${ACCOUNT}:task/arn:x/${task.taskArn}`;
    expect(await ask(admin, ['ecs:ExecuteCommand'], nonsense)).toEqual({ 'ecs:ExecuteCommand': 'allowed' });
    expect(await ask(role, EXEC_CHANNELS.Action)).toEqual(
      Object.fromEntries(EXEC_CHANNELS.Action.map((action) => [action, 'allowed'])),
    );
    expect(await ask(role, ['s3:PutObject'], 'arn:aws:s3:::b/demo*')).toEqual({ 's3:PutObject': 'implicitDeny' });
    expect(await ask(role, ['logs:CreateLogStream', 'logs:PutLogEvents'], logs)).toEqual({
      'logs:CreateLogStream': 'implicitDeny',
      'logs:PutLogEvents': 'implicitDeny',
    });
    await account.allowRole('task-role', EXEC_CHANNELS, {
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents', 's3:PutObject'],
      Resource: [logs, 'arn:aws:s3:::b/*'],
    });
    expect(await ask(role, ['s3:PutObject'], 'arn:aws:s3:::b/demo*')).toEqual({ 's3:PutObject': 'allowed' });
    expect(await ask(role, ['logs:CreateLogStream'], logs)).toEqual({ 'logs:CreateLogStream': 'allowed' });
  });
});
