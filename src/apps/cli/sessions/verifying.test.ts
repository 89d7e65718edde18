import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { IAMClient, CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stackUnavailable } from '../../../../test/stack.fixture.js';
import { RecordedStack } from './recorded-stack.fixture.js';

interface Findings {
  readonly holds: boolean;
  readonly keyId: string;
  readonly problems: readonly string[];
  readonly sessions: readonly { sessionId: string; result: string; problems: readonly { problem: string }[] }[];
}

function filesOf(directory: string): string[] {
  return readdirSync(directory, { recursive: true })
    .map((name) => join(directory, String(name)))
    .filter((file) => statSync(file).isFile());
}

describe.skipIf(stackUnavailable())('verify, with an endpoint', { timeout: 120_000 }, () => {
  const stack = new RecordedStack();
  let ids: string[] = [];

  beforeAll(async () => {
    await stack.up();
    const task = await stack.recordedTask();
    for (const text of ['one', 'two', 'three']) await stack.exec(task, '--', 'sh', '-c', `seq 2000; echo ${text}`);
    ids = await stack.ended(3);
  });
  afterAll(() => stack.down());

  const verify = async (...args: string[]): Promise<Findings & { status: number }> => {
    const { status, stdout } = await stack.gangway(['verify', '--json', ...args]);
    return { ...(JSON.parse(stdout) as Findings), status };
  };

  it('everything holds, with the key of the endpoint and with one that was kept', async () => {
    const all = await verify('--all');
    expect(all).toMatchObject({ status: 0, holds: true, problems: [] });
    expect(all.sessions.map(({ sessionId, result }) => [sessionId, result])).toEqual(ids.map((id) => [id, 'ok']));
    const one = await stack.gangway(['verify', ids[1]!]);
    expect(one.stdout).toMatch(new RegExp(`^${ids[1]!} {2}OK {2}\\d+ events, \\d+ bytes, statement 2 of \\S+Z\n$`));
    expect(one.stderr).toBe(`1 session: everything holds (key ${all.keyId}, by the endpoint's own word)\n`);
    const none = await verify('ecs-execute-command-00000000000000000000000000');
    expect(none).toMatchObject({ status: 1, holds: false });
  });

  it('another key than the one that was kept is found', async () => {
    const { generateKeyPairSync } = await import('node:crypto');
    const file = join(stack.data, 'other.pem');
    writeFileSync(file, generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }));
    const findings = await verify('--all', '--public-key', file);
    expect(findings.status).toBe(1);
    for (const { problems } of findings.sessions) {
      expect(problems[0]?.problem).toMatch(/^the statement is signed with the key [0-9a-f]{32}, and not with/);
    }
  });

  it('a byte that is flipped in any file of the records is found, and its session named', async () => {
    const files = filesOf(join(stack.data, 'recordings')).filter((file) => ids.some((id) => file.includes(id)));
    const records = files.filter((file) => !file.includes('transcript'));
    expect(records.length).toBeGreaterThanOrEqual(3);
    await stack.kill('SIGTERM');
    const originals = records.map((file) => readFileSync(file));
    records.forEach((file, index) => {
      const bytes = Buffer.from(originals[index]!);
      bytes[Math.floor((bytes.length * (index + 1)) / (records.length + 1))]! ^= 1;
      writeFileSync(file, bytes);
    });
    await stack.up();
    const findings = await verify('--all');
    expect(findings.status).toBe(1);
    for (const { sessionId, result, problems } of findings.sessions) {
      expect([sessionId, result]).toEqual([sessionId, 'failed']);
      expect(problems[0]?.problem).toMatch(/byte \d+/);
    }
    await stack.kill('SIGTERM');
    records.forEach((file, index) => writeFileSync(file, originals[index]!));
    await stack.up();
    expect(await verify('--all')).toMatchObject({ status: 0, holds: true });
  });

  it('whoever may only list sessions gets them without records, and nobody else reads them', async () => {
    const { AWS_REGION: region = '', AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = stack.environment;
    const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
    const iam = new IAMClient({ endpoint: stack.url, region, credentials });
    await iam.send(new CreateUserCommand({ UserName: 'lister' }));
    const Statement = [{ Effect: 'Allow', Action: 'ssm:DescribeSessions', Resource: '*' }];
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    await iam.send(new PutUserPolicyCommand({ UserName: 'lister', PolicyName: 'list', PolicyDocument }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'lister' }));
    const env = { AWS_ACCESS_KEY_ID: AccessKey?.AccessKeyId, AWS_SECRET_ACCESS_KEY: AccessKey?.SecretAccessKey };
    const listed = await stack.gangway(['sessions', '--state', 'history'], { env });
    expect(listed).toMatchObject({ status: 0, stderr: '' });
    expect(listed.stdout).toContain(ids[0]!);
    expect(listed.stdout).not.toMatch(/kept|app/);
    for (const args of [
      ['sessions', 'export', ids[0]!],
      ['verify', '--all'],
      ['sessions', 'replay', ids[0]!],
    ]) {
      const ran = await stack.gangway(args, { env });
      expect(ran, args.join(' ')).toMatchObject({
        status: 1,
        stdout: '',
        stderr: expect.stringMatching(/not authorized/),
      });
    }
    expect((await stack.gangway(['sessions', 'grep', 'one'], { env })).status).toBe(2);
  });
});
