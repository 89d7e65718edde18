import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateClusterCommand,
  DescribeTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { denial, TestKms } from '../src/platform/aws/kms.fixture.js';
import { Secret } from '../src/platform/aws/secret.js';
import { Account } from './account.fixture.js';
import { until } from './processes.fixture.js';
import { RecordingProxy } from './recording-proxy.fixture.js';
import { Stack, program, stackUnavailable } from './stack.fixture.js';

const USER_ARN = 'arn:aws:iam::123456789012:user/admin';

/** Agent and user reach the endpoint through a relay that keeps all they say, and a KMS that is somebody else's. */
describe.skipIf(stackUnavailable())('a session on a cluster with a key', { timeout: 60_000 }, () => {
  const stack = new Stack();
  const directory = mkdtempSync(join(tmpdir(), 'gangway-host-'));
  let kms: TestKms;
  let proxy: RecordingProxy;
  let agent: ChildProcess;

  beforeAll(async () => {
    await stack.up(['--no-agent', '--kms', 'http://127.0.0.1:9']);
    await new Account(stack).requireTaskRole('task-role');
    const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY = '', AWS_REGION = '' } = stack.environment;
    const caller = { accountId: '123456789012', arn: USER_ARN, userId: 'AIDA', accessKeyId, type: 'user' } as const;
    const key = { secret: new Secret(AWS_SECRET_ACCESS_KEY), caller };
    kms = new TestKms(AWS_REGION, { find: (id) => Promise.resolve(id === accessKeyId ? key : undefined) });
    await kms.listen();
    proxy = new RecordingProxy(stack.url);
    await proxy.listen();
    const { ecs } = stack;
    await ecs.send(
      new CreateClusterCommand({
        clusterName: 'sealed',
        configuration: { executeCommandConfiguration: { kmsKeyId: kms.keyArn, logging: 'NONE' } },
      }),
    );
    await ecs.send(new CreateClusterCommand({ clusterName: 'open' }));
    const args = [
      'agent',
      '--endpoint',
      proxy.url,
      '--capacity',
      'fargate',
      '--kms',
      kms.url,
      '--kms-profile',
      'default',
      '--data',
      directory,
    ];
    const env = stack.env({ AWS_SHARED_CREDENTIALS_FILE: join(stack.data, 'credentials') });
    agent = spawn(process.execPath, [program, ...args], { env, stdio: 'ignore' });
    await ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'app',
        taskRoleArn: 'task-role',
        networkMode: 'awsvpc',
        requiresCompatibilities: ['FARGATE'],
        cpu: '256',
        memory: '512',
        containerDefinitions: [{ name: 'app', image: 'host', command: ['sleep', '100000'] }],
      }),
    );
    for (const cluster of ['sealed', 'open']) await run(cluster);
  });

  afterAll(async () => {
    const ended = new Promise((resolve) => agent.once('exit', resolve));
    agent.kill('SIGTERM');
    await ended;
    proxy.close();
    await kms.close();
    await stack.down();
    rmSync(directory, { recursive: true, force: true });
  });

  async function run(cluster: string): Promise<void> {
    const { tasks: started } = await stack.ecs.send(
      new RunTaskCommand({
        cluster,
        taskDefinition: 'app',
        launchType: 'FARGATE',
        enableExecuteCommand: true,
        networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-12344321'] } },
      }),
    );
    const tasks = [started?.[0]?.taskArn ?? ''];
    await until('the task can be entered', async () => {
      const described = await stack.ecs.send(new DescribeTasksCommand({ cluster, tasks }));
      return described.tasks?.[0]?.containers?.[0]?.managedAgents?.[0]?.lastStatus === 'RUNNING';
    });
  }

  /** What goes in and what comes out are in no command line, which everybody on the way may read. */
  function shout(cluster: string, input: string) {
    const args = ['exec', '--kms', kms.url, '--cluster', cluster, '--', 'sh', '-c', 'tr a-z A-Z; exit 7'];
    return stack.gangway(args, { input, env: { AWS_ENDPOINT_URL: proxy.url } });
  }

  it('shows its relay ciphertext only', async () => {
    proxy.taken();
    expect(await shout('sealed', 'whispered words')).toEqual({
      status: 7,
      stdout: 'WHISPERED WORDS',
      stderr: '',
    });
    const relayed = proxy.taken();
    expect(relayed).toContain('KMSEncryption');
    expect(relayed).not.toContain('whispered words');
    expect(relayed).not.toContain('WHISPERED WORDS');
    expect(relayed).not.toContain('EXIT_CODE');
    expect(kms.calls.map(({ operation }) => operation)).toEqual(['GenerateDataKey', 'Decrypt']);
  });

  it('shows it all without a key: the relay is looked at where the words pass', async () => {
    proxy.taken();
    expect(await shout('open', 'whispered words')).toEqual({ status: 7, stdout: 'WHISPERED WORDS', stderr: '' });
    const relayed = proxy.taken();
    for (const plain of ['whispered words', 'WHISPERED WORDS', 'EXIT_CODE: 7']) expect(relayed).toContain(plain);
  });

  it.each([
    [
      'GenerateDataKey',
      'KMSEncryption failed on client with status 2 error: Failed to process action KMSEncryption: ' +
        'Error calling KMS GenerateDataKey API: ',
    ],
    ['Decrypt', 'Fetching data key failed: Unable to retrieve data key, Error when decrypting data key '],
  ])('does not come about when KMS refuses %s, and says so', async (operation, words) => {
    const refused = `${stack.environment['AWS_ACCESS_KEY_ID']} ${operation}`;
    kms.denied.add(refused);
    const ran = await shout('sealed', 'whispered words');
    kms.denied.delete(refused);
    expect(ran.status).toBe(255);
    expect(ran.stdout).toBe('');
    const cause = `AccessDeniedException: ${denial(USER_ARN, operation, kms.keyArn)}`;
    expect(ran.stderr).toContain(`Encountered error while initiating handshake. ${words}${cause}\n`);
  });
});
