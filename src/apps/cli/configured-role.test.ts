import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import process from 'node:process';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { program, run } from '../../../test/stack.fixture.js';
import { AwsClient } from '../../platform/aws/aws-client.js';
import { AwsConfiguration } from '../../platform/aws/aws-configuration.js';
import { bundledSdk } from '../../platform/aws/bundled-sdk.fixture.js';
import { RENEWAL_MS } from '../../platform/aws/configuration/renewed-credentials.js';
import { textOf } from '../../platform/aws/outgoing/xml-element.js';
import { temporaryDirectory } from '../../platform/store/temporary-directory.fixture.js';
import { accountId, BEA, openSts, policy, region, roleArn, trust } from '../../services/sts/sts.fixture.js';

/** Profiles that lead from bea's keys to `dev`, and from `dev` to `deep`. */
async function open(more = '') {
  const sts = await openSts();
  const directory = temporaryDirectory();
  const config = join(directory, 'config');
  const credentials = join(directory, 'credentials');
  writeFileSync(
    config,
    `[profile dev]
role_arn = ${roleArn('dev')}
source_profile = bea
role_session_name = laptop
external_id = e-1
duration_seconds = 900
[profile deep]
role_arn = ${roleArn('deep')}
source_profile = dev
[profile plain]
role_arn = ${roleArn('deep')}
source_profile = bea
[profile outside]
role_arn = ${roleArn('dev')}
external_id = e-1
credential_source = Environment
${more}`,
  );
  const { AccessKeyId, SecretAccessKey } = sts.bea;
  writeFileSync(credentials, `[bea]\naws_access_key_id = ${AccessKeyId}\naws_secret_access_key = ${SecretAccessKey}\n`);
  const external = { Condition: { StringEquals: { 'sts:ExternalId': 'e-1' } } };
  await sts.role('dev', trust(BEA, external), policy('iam:ListUsers'));
  await sts.role('deep', trust(roleArn('dev')));
  const environment = {
    ...{ HOME: directory, AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: credentials },
    ...{ AWS_ENDPOINT_URL: sts.url, AWS_REGION: region },
  };
  const load = (profile: string, changes: Record<string, string> = {}) =>
    AwsConfiguration.load({ ...environment, AWS_PROFILE: profile, ...changes });
  const { clock } = sts;
  /** Who a profile is to the endpoint. */
  const who = async (configuration: AwsConfiguration) => {
    const signing = { endpoint: sts.url, region, clock, attempts: 1 };
    const client = new AwsClient({ ...signing, credentials: () => configuration.resolveCredentials({ clock }) });
    try {
      return textOf(await client.query('sts', '2011-06-15', 'GetCallerIdentity', {}), 'Arn');
    } finally {
      client.close();
    }
  };
  return { ...sts, environment, load, who };
}

const assumed = (name: string) => `arn:aws:sts::${accountId}:assumed-role/${name}`;

describe('the role of a profile', () => {
  // What is out of date is compiled first.
  beforeAll(() => run(process.execPath, [program, 'policy', '--help']));

  test('is taken with the keys of its source profile, once for many requests', async () => {
    const { load, who, clock, answered } = await open();
    const configuration = await load('dev');
    expect([await who(configuration), await who(configuration)]).toEqual([
      `${assumed('dev')}/laptop`,
      `${assumed('dev')}/laptop`,
    ]);
    const { expires = 0 } = await configuration.resolveCredentials({ clock });
    expect((expires - clock()) / 1000).toBeGreaterThan(890);
    expect((expires - clock()) / 1000).toBeLessThanOrEqual(900);
    expect(answered.filter((one) => one === `AssumeRole ${BEA}`)).toHaveLength(1);
  });

  test('is taken over another one, under a name of its own', async () => {
    const { load, who, answered } = await open();
    expect(await who(await load('deep'))).toMatch(new RegExp(`^${assumed('deep')}/gangway-\\d{10}$`));
    expect(answered).toContain(`AssumeRole ${assumed('dev')}/laptop`);
  });

  test('is taken with the keys of the environment', async () => {
    const { load, who, bea, environment } = await open();
    const keys = { AWS_ACCESS_KEY_ID: bea.AccessKeyId, AWS_SECRET_ACCESS_KEY: bea.SecretAccessKey };
    // Keys in the environment come before a profile that only the environment names, so the user names it.
    const named = await AwsConfiguration.load({ ...environment, ...keys }, { profile: 'outside' });
    expect(await who(named)).toMatch(new RegExp(`^${assumed('dev')}/`));
    expect(await who(await load('dev', keys))).toBe(BEA);
    await expect((await load('outside')).resolveCredentials()).rejects.toThrow(
      'the credential_source Environment of profile "outside" needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    );
  });

  test('is taken with what the container gives', async () => {
    const { load, who, bea, take } = await open(
      `[profile task]\nrole_arn = ${roleArn('deep')}\ncredential_source = EcsContainer\n`,
    );
    const { key } = await take(bea, 'dev', { ExternalId: 'e-1' });
    const given = { AccessKeyId: key.AccessKeyId, SecretAccessKey: key.SecretAccessKey, Token: key.SessionToken };
    const server = createServer((_, response) => response.end(JSON.stringify(given)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    expect(await who(await load('task', { AWS_CONTAINER_CREDENTIALS_FULL_URI: url }))).toContain(assumed('deep'));
    await expect((await load('task')).resolveCredentials()).rejects.toThrow(
      'the credential_source EcsContainer of profile "task" needs AWS_CONTAINER_CREDENTIALS_FULL_URI',
    );
  });

  test('is renewed before it expires, and so is the one before it', async () => {
    const { load, who, time, clock } = await open();
    const configuration = await load('deep');
    const key = () => configuration.resolveCredentials({ clock });
    const first = await key();
    time.ahead = 3600_000 - RENEWAL_MS - 5_000;
    expect(await key()).toBe(first);
    time.ahead = 3600_000 - RENEWAL_MS + 1_000;
    const second = await key();
    expect(second.accessKeyId).not.toBe(first.accessKeyId);
    expect(await who(configuration)).toContain(assumed('deep'));
  });

  test('that is refused is an error with what STS said', async () => {
    const { load, url, environment } = await open();
    await expect((await load('plain')).resolveCredentials()).rejects.toMatchObject({
      name: 'CredentialsError',
      message:
        `profile "plain": ${url} gives no session of ${roleArn('deep')}: AccessDenied: User: ${BEA} is not ` +
        `authorized to perform: sts:AssumeRole on resource: ${roleArn('deep')}`,
    });
    const elsewhere = await AwsConfiguration.load({
      ...{ ...environment, AWS_PROFILE: 'dev' },
      AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:1',
    });
    await expect(elsewhere.resolveCredentials()).rejects.toThrow('http://127.0.0.1:1 gives no session');
  });

  test.each([
    ['dev', /^ASIA[A-Z2-7]{16} \S+:assumed-role\/dev\/laptop\n$/],
    ['deep', /^ASIA[A-Z2-7]{16} \S+:assumed-role\/deep\/aws-sdk-js-\S+\n$/],
  ])('%s is who an AWS SDK is that reads the same files', async (profile, said) => {
    const { environment, answered } = await open();
    const env = { ...environment, PATH: process.env['PATH'], AWS_PROFILE: profile };
    const ran = await run(process.execPath, ['--no-warnings', '-'], { env, input: await bundledSdk() });
    expect(ran).toMatchObject({ status: 0, stderr: '', stdout: expect.stringMatching(said) });
    expect(answered).toContain(`AssumeRole ${BEA}`);
  });

  test('is what gangway asks with', async () => {
    const { environment, answered } = await open();
    const env = { ...environment, PATH: process.env['PATH'] };
    const args = ['policy', 'simulate', '--profile', 'dev', '--principal', BEA, '--action', 'ecs:ListTasks'];
    const ran = await run(process.execPath, [program, ...args], { env });
    expect(ran.status).not.toBe(0);
    expect(ran.stderr).toContain(`User: ${assumed('dev')}/laptop is not authorized to perform`);
    expect(answered).toContain(`AssumeRole ${BEA}`);
  });
});
