import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ECSClient, ExecuteCommandCommand, ListTasksCommand } from '@aws-sdk/client-ecs';
import { ResumeSessionCommand, SSMClient } from '@aws-sdk/client-ssm';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from '../store/temporary-directory.fixture.js';
import { longTerm, region, temporary } from './access-keys.fixture.js';
import { AwsClient } from './aws-client.js';
import { createDial } from './dial-web-socket.js';
import { startEndpoint } from './endpoint.fixture.js';

const run = promisify(execFile);

/** The version a program prints, or undefined when it is not installed. */
function versionOf(program: string, flag: string): string | undefined {
  try {
    return execFileSync(program, [flag], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

describe('the AWS SDK for JavaScript', () => {
  const settings = (endpoint: string) => ({
    endpoint,
    region,
    credentials: {
      accessKeyId: temporary.accessKeyId,
      secretAccessKey: temporary.secretAccessKey.reveal(),
      sessionToken: temporary.sessionToken.reveal(),
    },
  });

  test('ECS: output, errors by class, an error without words', async () => {
    const { url } = await startEndpoint();
    const ecs = new ECSClient(settings(url));
    expect((await ecs.send(new ListTasksCommand({ cluster: 'demo' }))).taskArns).toEqual(['arn:demo']);
    const { session } = await ecs.send(new ExecuteCommandCommand({ task: 't', command: 'sh', interactive: true }));
    expect(session).toEqual({ sessionId: 's', streamUrl: 'u', tokenValue: 't' });
    await expect(ecs.send(new ListTasksCommand({ cluster: 'none' }))).rejects.toMatchObject({
      name: 'ClusterNotFoundException',
      message: 'Cluster not found.',
      $metadata: { httpStatusCode: 400, requestId: expect.stringMatching(/-/) },
    });
    const wrongRegion = new ECSClient({ ...settings(url), region: 'us-east-1' });
    await expect(wrongRegion.send(new ListTasksCommand({}))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
    });
  });

  test('SSM and STS', async () => {
    const { url } = await startEndpoint();
    const ssm = new SSMClient(settings(url));
    expect(await ssm.send(new ResumeSessionCommand({ SessionId: 's-1' }))).toMatchObject({ TokenValue: 't' });
    const sts = new STSClient(settings(url));
    expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toBe('arn:aws:iam::123456789012:user/a<b>&');
    await expect(sts.send(new AssumeRoleCommand({ RoleArn: 'r', RoleSessionName: 's' }))).rejects.toMatchObject({
      name: 'AccessDenied',
      message: 'User: x is not authorized to perform: sts:AssumeRole',
    });
  });
});

const cli = versionOf('aws', '--version');
describe.skipIf(cli === undefined)('the AWS CLI', () => {
  const aws = (url: string, ...words: string[]): Promise<{ stdout: string }> =>
    run('aws', ['--endpoint-url', url, '--output', 'json', ...words], {
      env: {
        PATH: process.env['PATH'],
        HOME: temporaryDirectory(),
        AWS_ACCESS_KEY_ID: longTerm.accessKeyId,
        AWS_SECRET_ACCESS_KEY: longTerm.secretAccessKey.reveal(),
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
      },
    });

  test('ECS and STS', async () => {
    const { url } = await startEndpoint();
    expect(JSON.parse((await aws(url, 'ecs', 'list-tasks', '--cluster', 'demo')).stdout)).toEqual({
      taskArns: ['arn:demo'],
    });
    expect(JSON.parse((await aws(url, 'sts', 'get-caller-identity')).stdout)).toMatchObject({ UserId: 'AIDA' });
  });

  test('errors as it prints them', async () => {
    const { url } = await startEndpoint();
    await expect(aws(url, 'ecs', 'list-tasks', '--cluster', 'none')).rejects.toMatchObject({
      stderr: expect.stringContaining(
        'An error occurred (ClusterNotFoundException) when calling the ListTasks operation: Cluster not found.',
      ),
    });
    const assume = aws(
      url,
      'sts',
      'assume-role',
      '--role-arn',
      `arn:aws:iam::1:role/${'r'.repeat(20)}`,
      '--role-session-name',
      'se',
    );
    await expect(assume).rejects.toMatchObject({
      stderr: expect.stringContaining(
        'An error occurred (AccessDenied) when calling the AssumeRole operation: User: x is not',
      ),
    });
  });
});

describe.skipIf(versionOf('openssl', 'version') === undefined)('TLS with a certificate of one’s own', () => {
  function certificate(): { cert: string; key: string } {
    const directory = temporaryDirectory();
    const [cert, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '1',
        '-subj',
        '/CN=localhost',
        '-addext',
        'subjectAltName=IP:127.0.0.1',
        '-keyout',
        key,
        '-out',
        cert,
      ],
      { stdio: 'ignore' },
    );
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  }

  test('requests and WebSockets, for who trusts it; plain HTTP beside it', async () => {
    const tls = certificate();
    const { endpoint, url, calls } = await startEndpoint({ tls });
    expect(url).toMatch(/^https:/);
    const options = { endpoint: url, region, credentials: () => Promise.resolve(temporary), attempts: 1 };
    const client = new AwsClient({ ...options, ca: tls.cert });
    expect(await client.json('ecs', 'AmazonEC2ContainerServiceV20141113', 'ListTasks', {})).toEqual({
      taskArns: ['arn:default'],
    });
    expect(calls.contexts[0]?.endpointUrl).toBe(url);
    const socket = await client.connect(createDial({ ca: tls.cert }), 'ssmmessages', '/v1/control-channel/ecs:a_b_c');
    expect(calls.upgrades).toHaveLength(1);
    socket.terminate();
    client.close();

    const doubting = new AwsClient(options);
    await expect(doubting.json('ecs', 'X', 'Y', {})).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    await expect(doubting.connect(createDial(), 'ssmmessages', '/v1/control-channel/t')).rejects.toMatchObject({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });

    const plain = await endpoint.listen({ host: '127.0.0.1', port: 0 });
    const other = new AwsClient({ ...options, endpoint: plain.url });
    expect(await other.json('ecs', 'AmazonEC2ContainerServiceV20141113', 'ListTasks', {})).toEqual({
      taskArns: ['arn:default'],
    });
    other.close();
  });
});
