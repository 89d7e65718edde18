import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../store/temporary-directory.fixture.js';
import { AwsConfiguration } from './aws-configuration.js';

interface Files {
  config?: string;
  credentials?: string;
}

async function load(
  environment: Record<string, string>,
  files: Files = {},
  profile?: string,
): Promise<AwsConfiguration> {
  const directory = temporaryDirectory();
  const paths = {
    AWS_CONFIG_FILE: join(directory, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(directory, 'credentials'),
  };
  if (files.config !== undefined) writeFileSync(paths.AWS_CONFIG_FILE, files.config);
  if (files.credentials !== undefined) writeFileSync(paths.AWS_SHARED_CREDENTIALS_FILE, files.credentials);
  return AwsConfiguration.load({ ...paths, ...environment }, profile === undefined ? {} : { profile });
}

const keys = { AWS_ACCESS_KEY_ID: 'AKIAENV', AWS_SECRET_ACCESS_KEY: 's' };
const files: Files = {
  config: `
[default]
region = us-west-2
# a comment
[profile dev]
region=eu-west-1 ; the near one
endpoint_url = http://general
services = local
aws_access_key_id = AKIACONFIG
aws_secret_access_key = config secret
[services local]
ecs =
  endpoint_url = http://ecs
cloudwatch_logs =
  endpoint_url = http://logs
[profile "with space"]
region = sa-east-1
[profile sso]
sso_session = corp
[profile role]
role_arn = arn:aws:iam::1:role/r
source_profile = default
`,
  credentials: `
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = a=b#c/d+e==
[dev]
aws_access_key_id = AKIADEV
aws_secret_access_key = dev secret
aws_session_token = dev token
`,
};

describe('credentials', () => {
  const ids = async (...given: Parameters<typeof load>): Promise<string> =>
    (await (await load(...given)).resolveCredentials()).accessKeyId;

  test('environment, then the credentials file, then the config file', async () => {
    expect(await ids(keys, files)).toBe('AKIAENV');
    expect(await ids({}, files)).toBe('AKIADEFAULT');
    expect(await ids({ AWS_PROFILE: 'dev' }, files)).toBe('AKIADEV');
    expect(await ids({ AWS_PROFILE: 'dev' }, { config: files.config! })).toBe('AKIACONFIG');
    expect(await ids({ ...keys, AWS_PROFILE: 'dev' }, files)).toBe('AKIAENV');
  });

  test('a profile named by the user wins over the environment', async () => {
    expect(await ids(keys, files, 'dev')).toBe('AKIADEV');
  });

  test('token and secret are read whole, and are not printed', async () => {
    const dev = await (await load({ AWS_PROFILE: 'dev' }, files)).resolveCredentials();
    expect(dev.secretAccessKey.reveal()).toBe('dev secret');
    expect(dev.sessionToken?.reveal()).toBe('dev token');
    expect(JSON.stringify(dev)).not.toContain('dev secret');
    expect((await (await load({}, files)).resolveCredentials()).secretAccessKey.reveal()).toBe('a=b#c/d+e==');
    const environment = { ...keys, AWS_SESSION_TOKEN: 't' };
    expect((await (await load(environment)).resolveCredentials()).sessionToken?.reveal()).toBe('t');
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['nothing', {}, /no AWS credentials: set AWS_ACCESS_KEY_ID.*profile "default"/],
    ['half of a key', { AWS_ACCESS_KEY_ID: 'x' }, /the environment has only one of/],
    ['SSO', { AWS_PROFILE: 'sso' }, /profile "sso" .*IAM Identity Center.*export-credentials --profile sso/],
    ['a role', { AWS_PROFILE: 'role' }, /takes its role with profile "default", which has no access keys/],
    [
      'a container',
      { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/x' },
      /AWS_CONTAINER_CREDENTIALS_RELATIVE_URI leads to/,
    ],
  ])('%s is an error that says what was found', async (_, environment, message) => {
    const configuration = await load(environment, { config: files.config! });
    await expect(configuration.resolveCredentials()).rejects.toThrow(message);
  });
});

test('region: environment before profile', async () => {
  expect((await load({ AWS_REGION: 'a', AWS_DEFAULT_REGION: 'b' }, files)).region).toBe('a');
  expect((await load({ AWS_REGION: '', AWS_DEFAULT_REGION: 'b' }, files)).region).toBe('b');
  expect((await load({}, files)).region).toBe('us-west-2');
  expect((await load({}, files, 'dev')).region).toBe('eu-west-1');
  expect((await load({}, files, 'with space')).region).toBe('sa-east-1');
  expect((await load({}, files, 'none')).region).toBeUndefined();
});

test('endpoint: of the service before the general one, environment before files', async () => {
  const dev = await load({}, files, 'dev');
  expect([dev.endpointUrl('ecs'), dev.endpointUrl('logs'), dev.endpointUrl('ssm')]).toEqual([
    'http://ecs',
    'http://logs',
    'http://general',
  ]);
  const environment = { AWS_ENDPOINT_URL: 'http://env', AWS_ENDPOINT_URL_SSM: 'http://env-ssm' };
  const both = await load(environment, files, 'dev');
  expect([both.endpointUrl('ecs'), both.endpointUrl('ssm')]).toEqual(['http://env', 'http://env-ssm']);
  const ignored = await load({ ...environment, AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' }, files, 'dev');
  expect(ignored.endpointUrl('ecs')).toBeUndefined();
  expect((await load({}, files)).endpointUrl('ecs')).toBeUndefined();
});

test('files that mean nothing are no error', async () => {
  const configuration = await load(keys, {
    config: 'a\n[\n]\n= x\n  y = z\n[default]\n=\nregion',
    credentials: '\0\xff',
  });
  expect((await configuration.resolveCredentials()).accessKeyId).toBe('AKIAENV');
});

test('a container is asked only when nothing is written down', async () => {
  const container = { HOME: '/nonexistent', AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://192.0.2.1/' };
  const bare = await AwsConfiguration.load(container);
  await expect(bare.resolveCredentials()).rejects.toThrow('only loopback hosts are asked');
  const keys = { ...container, AWS_ACCESS_KEY_ID: 'AKIAENV', AWS_SECRET_ACCESS_KEY: 's' };
  expect((await (await AwsConfiguration.load(keys)).resolveCredentials()).accessKeyId).toBe('AKIAENV');
});
