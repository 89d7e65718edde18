import { CreateClusterCommand } from '@aws-sdk/client-ecs';
import { CreateKeyCommand, DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account, EXEC_CHANNELS, type Person } from './account.fixture.js';
import { RunningExec } from './running-exec.fixture.js';
import { onPath, run, Stack, stackUnavailable } from './stack.fixture.js';

const unavailable = stackUnavailable();
const CLUSTER = 'encrypted';
const KEY_ALLOWED = (action: string, key: string) => ({ Effect: 'Allow', Action: action, Resource: key });

describe.skipIf(unavailable)('a cluster with a KMS key', { timeout: 120_000 }, () => {
  const stack = new Stack();
  const account = new Account(stack);
  let key = '';
  let ann: Person;
  let task: Awaited<ReturnType<Stack['task']>>;

  const kms = () =>
    new KMSClient({
      endpoint: stack.url,
      region: 'us-east-1',
      credentials: {
        accessKeyId: stack.environment['AWS_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: stack.environment['AWS_SECRET_ACCESS_KEY'] ?? '',
      },
    });
  const exec = (person: Person, script: string, input = '') =>
    stack.gangway(['exec', '--cluster', CLUSTER, task.id, '--', 'sh', '-c', script], { input, env: person.env() });
  const ENTER = { Effect: 'Allow', Action: ['ecs:*', 'ssm:*'], Resource: '*' };

  beforeAll(async () => {
    await stack.up(['--kms-proxy']);
    const { KeyMetadata } = await kms().send(new CreateKeyCommand({ Description: 'sessions' }));
    key = KeyMetadata?.Arn ?? '';
    await account.taskRole('encrypted-task', EXEC_CHANNELS, KEY_ALLOWED('kms:Decrypt', key));
    ann = await account.user('ann', ENTER, KEY_ALLOWED('kms:GenerateDataKey', key));
    await stack.ecs.send(
      new CreateClusterCommand({
        clusterName: CLUSTER,
        configuration: { executeCommandConfiguration: { kmsKeyId: key, logging: 'NONE' } },
      }),
    );
    task = await stack.task({ family: 'encrypted', cluster: CLUSTER, taskRole: 'encrypted-task' });
  });
  afterAll(() => stack.down());

  it('gangway exec: bytes both ways, stdout and stderr apart, and the status', async () => {
    const ran = await exec(ann, 'cat; echo err >&2; exit 7', 'through the cipher\n');
    expect(ran).toEqual({ status: 7, stdout: 'through the cipher\n', stderr: 'err\n' });
  });

  describe.skipIf(!onPath('session-manager-plugin') || !onPath('aws'))('with the official plugin', () => {
    /** The seed's command, in a shell that `gangway env --plugin-kms` has set up. Ends when the client does. */
    async function execute(): Promise<string> {
      const { stdout: exports } = await stack.gangway(['env', '--data', stack.data, '--plugin-kms']);
      const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = ann.env();
      const script =
        `${exports}\nexport AWS_ACCESS_KEY_ID=${AWS_ACCESS_KEY_ID ?? ''} AWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY ?? ''}\n` +
        'sleep 8 | aws --endpoint-url "$0" ecs execute-command --cluster "$1" --task "$2" --container app ' +
        '--interactive --command "sh -c \'id -u; echo from-inside\'" 2>&1';
      return (await run('sh', ['-c', script, stack.url, CLUSTER, task.id], { env: stack.env() })).stdout;
    }

    it('an encrypted session', async () => {
      const stdout = await execute();
      expect(stdout).toContain('This session is encrypted using AWS KMS.');
      expect(stdout).toMatch(/0\r\nfrom-inside\r\n/);
    });

    it('without kms:GenerateDataKey on the caller', async () => {
      await account.allowUser('ann', ENTER);
      const stdout = await execute();
      expect(stdout).toContain(
        'KMSEncryption failed on client with status 2 error: Failed to process action KMSEncryption',
      );
      expect(stdout).toContain('is not authorized to perform: kms:GenerateDataKey');
      expect(stdout).not.toContain('from-inside');
      await account.allowUser('ann', ENTER, KEY_ALLOWED('kms:GenerateDataKey', key));
    });

    it('without kms:Decrypt on the task role', async () => {
      await account.allowRole('encrypted-task', EXEC_CHANNELS);
      const stdout = await execute();
      expect(stdout).toContain('Fetching data key failed: Unable to retrieve data key, Error when decrypting data key');
      expect(stdout).not.toContain('from-inside');
      await account.allowRole('encrypted-task', EXEC_CHANNELS, KEY_ALLOWED('kms:Decrypt', key));
    });
  });

  it('without kms:GenerateDataKey on the caller the session ends with the reason', async () => {
    await account.allowUser('ann', ENTER);
    const { status, stdout, stderr } = await exec(ann, 'echo in');
    expect({ status, stdout }).toEqual({ status: 255, stdout: '' });
    expect(stderr).toContain(
      `User: ${ann.arn} is not authorized to perform: kms:GenerateDataKey on resource: ${key} ` +
        'because no identity-based policy allows the kms:GenerateDataKey action',
    );
    await account.allowUser('ann', ENTER, KEY_ALLOWED('kms:GenerateDataKey', key));
    expect(await exec(ann, 'echo in')).toMatchObject({ status: 0, stdout: 'in\n' });
  });

  it('without kms:Decrypt on the task role the session ends with the reason', async () => {
    await account.allowRole('encrypted-task', EXEC_CHANNELS);
    const { status, stdout, stderr } = await exec(ann, 'echo in');
    expect({ status, stdout }).toEqual({ status: 255, stdout: '' });
    expect(stderr).toContain('Fetching data key failed: Unable to retrieve data key, Error when decrypting data key');
    expect(stderr).toContain('AccessDeniedException');
    await account.allowRole('encrypted-task', EXEC_CHANNELS, KEY_ALLOWED('kms:Decrypt', key));
    expect(await exec(ann, 'echo in')).toMatchObject({ status: 0, stdout: 'in\n' });
  });

  it('only with the context of its own session may the key be opened', async () => {
    await account.allowRole('encrypted-task', EXEC_CHANNELS, {
      ...KEY_ALLOWED('kms:Decrypt', key),
      Condition: { StringEquals: { 'kms:EncryptionContext:aws:ssm:TargetId': 'ecs:encrypted_other_other' } },
    });
    expect((await exec(ann, 'echo in')).status).toBe(255);
    await account.allowRole('encrypted-task', EXEC_CHANNELS, {
      ...KEY_ALLOWED('kms:Decrypt', key),
      Condition: { StringEquals: { 'kms:EncryptionContext:aws:ssm:TargetId': task.target } },
    });
    expect(await exec(ann, 'echo in')).toMatchObject({ status: 0, stdout: 'in\n' });
  });

  it('a key that is disabled stops new sessions and leaves the one in progress', async () => {
    const running = new RunningExec(ann.env(), ['--cluster', CLUSTER, task.id, '--', 'cat']);
    await running.echo();
    await kms().send(new DisableKeyCommand({ KeyId: key }));
    expect((await exec(ann, 'echo in')).stderr).toContain(`${key} is disabled.`);
    await running.echo();
    expect(await running.finish()).toBe(0);
    await kms().send(new EnableKeyCommand({ KeyId: key }));
    expect(await exec(ann, 'echo in')).toMatchObject({ status: 0, stdout: 'in\n' });
  });
});
