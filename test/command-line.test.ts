import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExecuteCommandCommand } from '@aws-sdk/client-ecs';
import { RawClient } from './raw-client.fixture.js';
import { RunningExec } from './running-exec.fixture.js';
import { Stack, onPath, program, run, stackUnavailable, type Ran } from './stack.fixture.js';
import { TestTerminal } from './terminal.fixture.js';

const COMMANDS = ['up', 'env', 'demo', 'exec', 'sessions', 'agent', 'activation'];

/** Without anything that the machine at hand may have set. */
function bare(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS_|(HTTPS?|ALL|NO)_PROXY$)/i.test(name));
  return { ...Object.fromEntries(kept), ...extra };
}

describe('gangway, without anything running', () => {
  const home = mkdtempSync(join(tmpdir(), 'gangway-home-'));
  afterAll(() => rmSync(home, { recursive: true, force: true }));
  const gangway = (...args: string[]): Promise<Ran> =>
    run(process.execPath, [program, ...args], { env: bare({ HOME: home }) });
  // In a clone the first run after a change says that it compiles.
  beforeAll(() => gangway('--version'));

  it('--help names every command and prints nothing else', async () => {
    const { status, stdout, stderr } = await gangway('--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} +\\S`, 'm'));
    expect((await gangway('-h')).stdout).toBe(stdout);
    expect((await gangway('help')).stdout).toBe(stdout);
    // Asked for nothing: the same, as an error.
    expect(await gangway()).toEqual({ status: 2, stdout: '', stderr: stdout });
  });

  it.concurrent.each(COMMANDS)('%s --help says what it does and exits with 0', async (command) => {
    const { status, stdout, stderr } = await gangway(command, '--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: gangway ${command}\\b`));
    expect((await gangway('help', command)).stdout).toBe(stdout);
  });

  it('--version', async () => {
    expect(await gangway('--version')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^gangway \d+\.\d+\.\d+\n$/),
    });
  });

  const nobody = `nothing runs on ${home}/.gangway: start it with 'gangway up'`;
  it.concurrent.each<[string[], number, string | RegExp]>([
    [['frobnicate'], 2, "unknown command 'frobnicate' (see gangway --help)"],
    [['constructor'], 2, "unknown command 'constructor' (see gangway --help)"],
    [['--frobnicate'], 2, "unknown option '--frobnicate' (see gangway --help)"],
    [['up', '--prot', '1'], 2, "unknown option '--prot' (Did you mean --port?) (see gangway up --help)"],
    [['up', '--port', 'http'], 2, /option '--port <n>' argument 'http' is invalid\. It is a number from 0 to 65535\./],
    [['up', '--port', '65536'], 2, /It is a number from 0 to 65535\./],
    [['up', '--account', '12'], 2, /argument '12' is invalid\. It has 12 digits\./],
    [['up', '--region', 'here'], 2, /argument 'here' is invalid\. It looks like us-east-1\./],
    [['up', '--limits', 'none'], 2, /'none' is no limit: take aws, open, or a list such as aws,user or open,-user of /],
    [['up', '--log', 'xml'], 2, /'xml' is invalid\. Allowed choices are text, json\./],
    [['up', '--tls-cert', 'a.pem'], 2, '--tls-cert and --tls-key go together'],
    [['up', '--tls-cert', '/no/such', '--tls-key', '/no/such'], 2, /^--tls-cert: .*\/no\/such/],
    [['up', 'there'], 2, /too many arguments.*\(see gangway up --help\)/],
    [['agent', '--capacity', 'ec2'], 2, /'ec2' is invalid\. Allowed choices are fargate\./],
    [['agent', '--capacity', 'fargate', '--cluster', 'x'], 2, '--cluster and --capacity contradict each other'],
    [['env'], 1, nobody],
    [['sessions', 'stop'], 2, "unknown action 'stop' (see gangway sessions --help)"],
    [['sessions', 'terminate'], 2, "missing required argument 'ID' (see gangway sessions terminate --help)"],
    [
      ['sessions', '--state', 'past'],
      2,
      "option '--state <state>' argument 'past' is invalid. Allowed choices are active, history, all. (see gangway sessions --help)",
    ],
    [['sessions', '--data', '/no/such'], 1, "nothing runs on /no/such: start it with 'gangway up --data /no/such'"],
    [['exec', '--'], 255, 'no command after --'],
    [['exec', 'x', '--task', 'y'], 255, 'TASK and --task name it twice'],
    [['exec', 'x', '--command', 'id', '--', 'id'], 255, '--command and -- give it twice'],
    [['exec', 'x', '-t', '-T'], 255, '-t and -T contradict each other'],
    [['exec', 'x', '-e', '~~'], 255, `--escape-char takes one character or "none", not '~~'`],
    [['exec', 'x', '--frob'], 255, /unknown option '--frob'.*\(see gangway exec --help\)/],
    [
      ['exec', 'x', '--', 'id'],
      255,
      "no gangway up runs here and no AWS region is set: start 'gangway up', set AWS_REGION, or use --region",
    ],
  ])('%j: exit status %i and one line that says what to do', async (args, status, line) => {
    const ran = await gangway(...args);
    expect({ status: ran.status, stdout: ran.stdout }, ran.stderr).toEqual({ status, stdout: '' });
    const [, said] = /^gangway: (.+)\n$/.exec(ran.stderr) ?? [];
    if (typeof line === 'string') expect(said).toBe(line);
    else expect(said).toMatch(line);
    // Nothing has been made for a command that could not run.
    expect(readdirSync(home)).toEqual([]);
  });
});

describe.skipIf(stackUnavailable())('gangway, with an up', { timeout: 60_000 }, () => {
  const stack = new Stack();
  const json = new Stack();
  let task: Awaited<ReturnType<Stack['task']>>;

  beforeAll(async () => {
    await Promise.all([stack.up(), json.up(['--log', 'json', '-v'])]);
    task = await stack.task();
  });
  afterAll(() => Promise.all([stack.down(), json.down()]));

  it('a port that is taken is named, with the remedy', async () => {
    const { port } = new URL(stack.url);
    const ran = await run(process.execPath, [program, 'up', '--data', join(json.data, 'second'), '--port', port]);
    expect(ran.status).toBe(1);
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toContain(`port ${port} of 127.0.0.1 is in use: take another with --port (0 is any free one).`);
  });

  it('env: a shell that evaluates it has everything that an AWS SDK needs, whatever was set before', async () => {
    const script = join(stack.data, 'caller.mjs');
    writeFileSync(
      script,
      `const { STSClient, GetCallerIdentityCommand } = await import(${JSON.stringify(import.meta.resolve('@aws-sdk/client-sts'))});
       const { Arn } = await new STSClient({}).send(new GetCallerIdentityCommand({}));
       process.stdout.write(Arn);`,
    );
    const line = `eval "$('${process.execPath}' '${program}' env --data '${stack.data}')" && exec '${process.execPath}' '${script}'`;
    const env = bare({
      AWS_PROFILE: 'elsewhere',
      AWS_SESSION_TOKEN: 'stale',
      AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9',
      AWS_REGION: 'eu-west-3',
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    });
    for (const shell of ['sh', 'bash', 'dash'].filter(onPath)) {
      const ran = await run(shell, ['-c', line], { env });
      expect(ran.stdout, ran.stderr).toBe('arn:aws:iam::123456789012:user/gangway-admin');
    }
  });

  it('exec and sessions find it by --data, without an environment', async () => {
    const data = ['--data', stack.data];
    const ran = await run(process.execPath, [program, 'exec', ...data, '--', 'id', '-u'], { env: bare() });
    expect(ran).toEqual({ status: 0, stdout: '0\n', stderr: '' });
    const listed = await run(process.execPath, [program, 'sessions', ...data], { env: bare() });
    expect(listed).toEqual({ status: 0, stdout: '', stderr: 'no active sessions\n' });
  });

  it('sessions: lists them, as DescribeSessions has them with --json, and terminates one', async () => {
    const session = new RunningExec(stack.env(), [task.id, '--', 'sh', '-c', 'echo in; exec cat']);
    await session.until(/in\n/);
    const { stdout } = await stack.gangway(['sessions', '--json']);
    const rows = JSON.parse(stdout) as { SessionId: string }[];
    expect(rows).toMatchObject([
      {
        SessionId: expect.stringMatching(/^ecs-execute-command-[a-z0-9]{26}$/) as string,
        Target: task.target,
        Status: 'Connected',
        Owner: 'arn:aws:iam::123456789012:user/gangway-admin',
        StartDate: expect.any(Number) as number,
      },
    ]);
    const [{ SessionId: id }] = rows as [{ SessionId: string }];
    const table = (await stack.gangway(['sessions', 'list'])).stdout.split('\n');
    expect(table[0]).toMatch(/^SESSION +STATUS +STARTED +ENDED +OWNER +CLUSTER +TASK/);
    expect(table[1]).toMatch(new RegExp(`^${id} +Connected .* default +${task.id}`));

    expect(await stack.gangway(['sessions', 'terminate', id])).toEqual({
      status: 0,
      stdout: '',
      stderr: `terminated ${id}\n`,
    });
    expect(await session.ended).toBe(255);
    expect(session.stderr).toBe('gangway: Your session has been terminated.\n');
    expect((await stack.gangway(['sessions'])).stderr).toBe('no active sessions\n');
    expect((await stack.gangway(['sessions', '--state', 'history'])).stdout).toContain(`${id}  Terminated`);

    const unknown = await stack.gangway(['sessions', 'terminate', 'no-such-session']);
    expect(unknown).toMatchObject({ status: 1, stdout: '' });
    expect(unknown.stderr).toMatch(/^gangway: .+\n$/);
  });

  it('the state can be read by its owner only', () => {
    const wrong = ['', ...readdirSync(stack.data, { recursive: true, encoding: 'utf8' })]
      // What is inside a container's layers has the modes that the container gave it, behind a directory of 0700.
      .filter((name) => !/^containers\/.+\//.test(name) && name !== 'caller.mjs')
      .map((name) => ({ name, stat: statSync(join(stack.data, name)) }))
      .filter(({ stat }) => (stat.mode & 0o777) !== (stat.isDirectory() ? 0o700 : 0o600))
      .map(({ name, stat }) => `${name} ${(stat.mode & 0o777).toString(8)}`);
    expect(wrong).toEqual([]);
    expect(readdirSync(stack.data)).toEqual(expect.arrayContaining(['state.db', 'credentials', 'containers']));
  });

  it('no secret, no token and nothing that was typed or shown is in the log, however much is logged', async () => {
    const inner = await json.task();
    const typed = `typed${'7'.repeat(24)}`;
    const terminal = new TestTerminal(process.execPath, [program, 'exec', inner.id], json.env(), 200);
    await terminal.until(/[#$] $/);
    terminal.pty.write(`echo ${typed}\n`);
    await terminal.until(new RegExp(`\n${typed}`));
    terminal.pty.write('exit\n');
    await terminal.exited;
    const { session } = await json.ecs.send(
      new ExecuteCommandCommand({ task: inner.id, command: 'id', interactive: true }),
    );
    const token = session?.tokenValue ?? '';
    for (const times of ['once', 'again']) {
      const client = await RawClient.dial(session?.streamUrl);
      client.token(token);
      await (times === 'once' ? client.heard() : client.closed);
      client.terminate();
    }
    await json.kill('SIGTERM');
    await stack.kill('SIGTERM');

    for (const { log, environment } of [stack, json]) {
      expect(log.length).toBeGreaterThan(0);
      expect(log).not.toContain(environment['AWS_SECRET_ACCESS_KEY']);
    }
    expect(json.log).not.toContain(typed);
    expect(token.length).toBeGreaterThanOrEqual(40);
    expect(json.log).not.toContain(token);
    // It is the log that was looked at: every line is JSON, and the session and the refusal are in it.
    const lines = json.log
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { msg: string; reason?: string });
    expect(lines.map(({ msg }) => msg)).toEqual(expect.arrayContaining(['session started', 'ExecuteCommand']));
    expect(lines.map(({ reason }) => reason)).toContain('the token has been used before');
  });
});
