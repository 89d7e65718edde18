import { CloudTrailClient, paginateLookupEvents } from '@aws-sdk/client-cloudtrail';
import { CreateClusterCommand, ExecuteCommandCommand, RegisterTaskDefinitionCommand } from '@aws-sdk/client-ecs';
import { CreateRoleCommand } from '@aws-sdk/client-iam';
import {
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
} from '@aws-sdk/client-kms';
import { ResumeSessionCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account, ACCOUNT, policy } from './account.fixture.js';
import { Stack, stackUnavailable } from './stack.fixture.js';

/** Long enough that no other text has it by chance. */
const PASSWORD = 'container-password-8c1f0d7be2';

describe.skipIf(stackUnavailable())('secrets', { timeout: 120_000 }, () => {
  const stack = new Stack();
  const account = new Account(stack);
  /** By what it is, for the message. */
  const secrets = new Map<string, string>();
  const events: string[] = [];

  const settings = () => ({
    endpoint: stack.url,
    region: 'us-east-1',
    credentials: {
      accessKeyId: stack.environment['AWS_ACCESS_KEY_ID'] ?? '',
      secretAccessKey: stack.environment['AWS_SECRET_ACCESS_KEY'] ?? '',
    },
  });

  beforeAll(async () => {
    await stack.up(['--verbose', '--log', 'json']);
    secrets.set("the administrator's key", settings().credentials.secretAccessKey);
    const task = await stack.task({ family: 'secrets' });
    await people();
    await sessions(task.id);
    await keys();
    await container(task.id);
    for await (const { Events = [] } of paginateLookupEvents({ client: new CloudTrailClient(settings()) }, {})) {
      events.push(...Events.map(({ CloudTrailEvent = '' }) => CloudTrailEvent));
    }
  });
  afterAll(() => stack.down());

  async function people(): Promise<void> {
    const ann = await account.user('ann', { Effect: 'Allow', Action: '*', Resource: '*' });
    secrets.set("a user's key", ann.secretAccessKey);
    const trust = policy({ Effect: 'Allow', Principal: { AWS: ann.arn }, Action: 'sts:AssumeRole' });
    await account.iam.send(new CreateRoleCommand({ RoleName: 'taken', AssumeRolePolicyDocument: trust }));
    const sts = new STSClient({
      ...settings(),
      credentials: { accessKeyId: ann.accessKeyId, secretAccessKey: ann.secretAccessKey },
    });
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${ACCOUNT}:role/taken`, RoleSessionName: 'secret' }),
    );
    secrets.set("a role session's key", Credentials?.SecretAccessKey ?? '');
    secrets.set("a role session's token", Credentials?.SessionToken ?? '');
  }

  async function sessions(task: string): Promise<void> {
    const { session } = await stack.ecs.send(new ExecuteCommandCommand({ task, command: 'cat', interactive: true }));
    secrets.set('the token of a session', session?.tokenValue ?? '');
    const resumed = await new SSMClient(settings()).send(new ResumeSessionCommand({ SessionId: session?.sessionId }));
    secrets.set('the token of a resumed session', resumed.TokenValue ?? '');
    // A wrong one is nobody's business either.
    await fetch(`${stack.url}/`, { method: 'POST', headers: { authorization: 'AWS4-HMAC-SHA256 nonsense' }, body: '' });
  }

  async function keys(): Promise<void> {
    const kms = new KMSClient(settings());
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const KeyId = KeyMetadata?.Arn ?? '';
    const dataKey = await kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' }));
    secrets.set('a data key', Buffer.from(dataKey.Plaintext ?? []).toString('base64'));
    const Plaintext = Buffer.from('a plaintext of twenty-five');
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext }));
    await kms.send(new DecryptCommand({ CiphertextBlob }));
    secrets.set('a plaintext', Plaintext.toString('base64'));
    await stack.ecs.send(
      new CreateClusterCommand({
        clusterName: 'secret',
        configuration: { executeCommandConfiguration: { kmsKeyId: KeyId, logging: 'NONE' } },
      }),
    );
    const encrypted = await stack.task({ family: 'encrypted', cluster: 'secret', taskRole: 'decrypts' });
    await account.allowRole('decrypts', { Effect: 'Allow', Action: ['ssmmessages:*', 'kms:Decrypt'], Resource: '*' });
    const typed = { input: PASSWORD };
    const ran = await stack.gangway(['exec', '--cluster', 'secret', encrypted.id, '--', 'cat'], typed);
    expect(ran).toMatchObject({ status: 0, stdout: PASSWORD });
    secrets.set('what a session showed', PASSWORD);
  }

  async function container(task: string): Promise<void> {
    const script =
      'fetch(process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI, ' +
      '{ headers: { authorization: process.env.AWS_CONTAINER_AUTHORIZATION_TOKEN } })' +
      '.then((r) => r.json()).then((c) => console.log(JSON.stringify(' +
      '{ ...c, own: process.env.AWS_CONTAINER_AUTHORIZATION_TOKEN })))';
    const ran = await stack.gangway(['exec', task, '--', process.execPath, '-e', script]);
    const found = JSON.parse(ran.stdout) as Record<string, string>;
    secrets.set("a task role's key", found['SecretAccessKey'] ?? '');
    secrets.set("a task role's token", found['Token'] ?? '');
    secrets.set("the token of a container's credentials", found['own'] ?? '');
    await stack.ecs.send(
      new RegisterTaskDefinitionCommand({
        family: 'password',
        containerDefinitions: [
          { name: 'a', image: 'host', memory: 64, environment: [{ name: 'PASSWORD', value: 'environment-3d1c55b0' }] },
        ],
      }),
    );
    secrets.set('a value of an environment', 'environment-3d1c55b0');
  }

  it('are known to the test', () => {
    expect(secrets.size).toBe(13);
    for (const [what, secret] of secrets) expect(secret.length, what).toBeGreaterThan(15);
    expect(events.length).toBeGreaterThan(20);
    expect(stack.log).toContain('"level":');
  });

  it('are in no line of the log at its most talkative', () => {
    for (const [what, secret] of secrets) expect(stack.log.includes(secret), what).toBe(false);
  });

  it('are in no event of the audit', () => {
    const text = events.join('\n');
    for (const [what, secret] of secrets) expect(text.includes(secret), what).toBe(false);
  });

  it('do not lie open in the state', () => {
    for (const name of readdirSync(stack.data).filter((one) => one.startsWith('state.db'))) {
      const bytes = readFileSync(join(stack.data, name));
      for (const [what, secret] of secrets) {
        // A task definition is what its user wrote, and kept so.
        if (what === 'a value of an environment') continue;
        expect(bytes.includes(secret), `${what} in ${name}`).toBe(false);
      }
    }
  });
});
