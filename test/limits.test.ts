import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail';
import { TagResourceCommand } from '@aws-sdk/client-ecs';
import { SSMClient, StartSessionCommand } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account } from './account.fixture.js';
import { Stack, stackUnavailable } from './stack.fixture.js';

/** Debian's is static: a root file system of it alone has a program, and no shell. */
const BUSYBOX = '/bin/busybox';

const unavailable = stackUnavailable() ?? (existsSync(BUSYBOX) ? undefined : 'no static busybox here');

describe.skipIf(unavailable)('gangway up with limits open, one by one', { timeout: 120_000 }, () => {
  const stack = new Stack();
  const root = mkdtempSync(join(tmpdir(), 'gangway-rootfs-'));
  let host: Awaited<ReturnType<Stack['task']>>;
  let bare: Awaited<ReturnType<Stack['task']>>;

  beforeAll(async () => {
    for (const name of ['app', 'tmp', 'dev', 'proc', 'etc', 'sys']) mkdirSync(join(root, name));
    copyFileSync(BUSYBOX, join(root, 'app', 'sleep'));
    await stack.up(['--limits', 'aws,user', '--limits', 'debug,idle-timeout,max-duration']);
    host = await stack.task();
    const command = ['/app/sleep', '100000'];
    bare = await stack.task({ family: 'bare', container: { image: `rootfs:${root}`, command } });
  }, 120_000);

  afterAll(async () => {
    await stack.down();
    rmSync(root, { recursive: true, force: true });
  });

  const events = async (name: string) => {
    const trail = new CloudTrailClient({
      endpoint: stack.url,
      region: stack.environment['AWS_REGION'] ?? '',
      credentials: {
        accessKeyId: stack.environment['AWS_ACCESS_KEY_ID'] ?? '',
        secretAccessKey: stack.environment['AWS_SECRET_ACCESS_KEY'] ?? '',
      },
    });
    const LookupAttributes = [{ AttributeKey: 'EventName' as const, AttributeValue: name }];
    const { Events = [] } = await trail.send(new LookupEventsCommand({ LookupAttributes }));
    return Events.map(({ CloudTrailEvent = '{}' }) => JSON.parse(CloudTrailEvent));
  };

  it('says at its start which limits are open', () => {
    expect(stack.log).toMatch(/aws,user,debug,idle-timeout,max-duration/);
  });

  it('a command runs as the user of one’s choice, which audit and list know', async () => {
    const ran = await stack.gangway(['exec', host.id, '--user', 'nobody', '--', 'id', '-un']);
    expect(ran).toEqual({ status: 0, stdout: 'nobody\n', stderr: '' });
    const [event] = await events('ExecuteCommand');
    expect(event.requestParameters.gangway).toEqual({ user: 'nobody' });
    const { stdout } = await stack.gangway(['sessions', '--state', 'history', '--json']);
    const [session] = JSON.parse(stdout);
    expect(session.Gangway).toMatchObject({ User: 'nobody', Debug: false });
  });

  it('a container without a shell is seen with the host’s tools', async () => {
    const refused = await stack.gangway(['exec', bare.id, '--', '/bin/sh', '-c', 'true']);
    expect(refused.status).toBe(127);
    const seen = await stack.gangway(['exec', bare.id, '--debug', '--', 'sh', '-c', 'ls /container/app']);
    expect(seen).toEqual({ status: 0, stdout: 'sleep\n', stderr: '' });
  });

  it('what a command uses is accounted for, and shown', async () => {
    const spin = 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done';
    await stack.gangway(['exec', host.id, '--', 'sh', '-c', spin]);
    const [ended] = await events('SessionEnded');
    expect(ended.serviceEventDetails.cpuMilliseconds).toBeGreaterThan(20);
    expect(ended.serviceEventDetails.peakMemoryBytes).toBeGreaterThan(100_000);
    const { stdout } = await stack.gangway(['sessions', '--state', 'history']);
    expect(stdout).toMatch(/^SESSION .* USER +CPU +MEM /);
    expect(stdout).toMatch(/ root +\d+\.\d\ds +\d+\.\dM /);
  });

  it('a policy that is for some commands and never for root holds, and names its statement', async () => {
    const { stdout } = await stack.gangway(['policy', 'example', 'exec-some-commands', '--cluster', 'default']);
    const account = new Account(stack);
    const ann = await account.user('ann', ...JSON.parse(stdout).Statement);
    const as = (args: readonly string[]) => stack.gangway(['exec', host.id, ...args], { env: ann.env() });
    expect(await as(['--user', 'nobody', '--', 'ps'])).toMatchObject({ status: 0 });
    for (const args of [
      ['--', 'ps'],
      ['--user', '0', '--', 'ps'],
      ['--user', 'nobody', '--', 'id'],
      ['--user', 'nobody', '--debug', '--', 'ps'],
    ]) {
      const refused = await as(args);
      expect(refused.status).toBe(255);
      expect(refused.stderr).toMatch(/is not authorized to perform: ecs:ExecuteCommand/);
    }
    const ssm = new SSMClient({ endpoint: stack.url, region: 'us-east-1', credentials: ann });
    const past = ssm.send(new StartSessionCommand({ Target: host.target }));
    await expect(past).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const refusals = (await events('ExecuteCommand')).filter(({ errorCode }) => errorCode === 'AccessDenied');
    expect(JSON.stringify(refusals[0].additionalEventData)).toMatch(/gangway:debug/);
  });

  it('a session ends after the idle timeout of its cluster, and says why', async () => {
    const cluster = host.taskArn.replace(/:task\/.*/, ':cluster/default');
    const tags = [{ key: 'gangway:idle-timeout', value: 'PT3S' }];
    await stack.ecs.send(new TagResourceCommand({ resourceArn: cluster, tags }));
    const ran = await stack.gangway(['exec', host.id, '--', 'sleep', '60']);
    expect(ran.status).toBe(255);
    expect(ran.stderr).toContain('timed out due to inactivity');
    const [ended] = await events('SessionEnded');
    expect(ended.serviceEventDetails.reason).toMatch(/timed out due to inactivity/);
  });
});

describe.skipIf(unavailable)('gangway up with AWS’s limits', { timeout: 120_000 }, () => {
  const stack = new Stack();
  let task: Awaited<ReturnType<Stack['task']>>;
  beforeAll(async () => {
    await stack.up();
    task = await stack.task();
  }, 120_000);
  afterAll(() => stack.down());

  it.each([
    [['--user', 'nobody'], 'user'],
    [['--debug'], 'debug'],
    [['--debug-image', 'busybox'], 'debug'],
  ])('%j is refused, with the way to lift the limit', async (args, limit) => {
    const { status, stderr } = await stack.gangway(['exec', task.id, ...args, '--', 'id']);
    expect(status).toBe(255);
    expect(stderr).toContain(`--limits ${limit}`);
  });

  it('commands run as root', async () => {
    expect((await stack.gangway(['exec', task.id, '--', 'id', '-u'])).stdout).toBe('0\n');
  });
});
