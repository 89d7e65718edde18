import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program, type Ran, run, Stack, stackUnavailable } from '../../../test/stack.fixture.js';

/** Nothing of the caller's AWS settings, and a home without a running endpoint. */
function cleanEnvironment(home: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
  return { ...Object.fromEntries(kept), HOME: home };
}

describe('the command line', { timeout: 60_000 }, () => {
  const home = mkdtempSync(join(tmpdir(), 'gangway-home-'));
  afterAll(() => rmSync(home, { recursive: true }));
  const gangway = (...args: string[]): Promise<Ran> =>
    run(process.execPath, [program, ...args], { env: cleanEnvironment(home) });

  // In a clone the first call compiles, and says so.
  beforeAll(() => gangway('--version'));

  it('shows help and version on stdout', async () => {
    expect(await gangway('--help')).toMatchObject({ status: 0, stderr: '' });
    expect((await gangway('--help')).stdout).toContain('exec');
    expect((await gangway('--version')).stdout).toMatch(/^gangway \d+\.\d+\.\d+\n$/);
    const [one, other] = await Promise.all([gangway('help', 'exec'), gangway('exec', '--help')]);
    expect(one).toEqual(other);
    expect(one).toMatchObject({ status: 0, stderr: '' });
  });

  it.each(['--help', 'exec --help'])('gangway %s ends quietly when its reader has seen enough', async (args) => {
    const ran = await run('sh', ['-c', `"$0" ${program} ${args} | true`, process.execPath], {
      env: cleanEnvironment(home),
    });
    expect(ran).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it.each([
    [[], /^Usage: gangway COMMAND/],
    [['frobnicate'], /^gangway: unknown command 'frobnicate' \(see gangway --help\)\n$/],
    [['toString'], /unknown command 'toString'/],
    [['--frob'], /unknown option '--frob'/],
    [['up', '--prot', '1'], /^gangway: unknown option '--prot' \(Did you mean --port\?\) \(see gangway up --help\)\n$/],
    [['up', '--port', '70000'], /option '--port <n>' argument '70000' is invalid/],
    [['up', '--account', '12'], /option '--account <id>' argument '12' is invalid/],
    [['up', '--limits', 'some'], /option '--limits <list>' argument 'some' is invalid\. 'some' is no limit: take aws,/],
    [['up', '--limits', 'open', '--limits', '-users'], /'-users' is no limit: .* user, debug, idle-timeout,/],
    [['up', '--tls-cert', 'x'], /--tls-cert and --tls-key go together/],
    [['up', 'here'], /too many arguments/],
    [['sessions', 'frob'], /unknown action 'frob'/],
    [['sessions', '--data', 'x', 'frob'], /unknown action 'frob'/],
    [['sessions', '--state', 'some'], /argument 'some' is invalid/],
    [['sessions', '--since', 'yesterday'], /argument 'yesterday' is invalid/],
    [['sessions', 'watch'], /missing required argument 'ID'/],
    [['sessions', 'replay', 'a', '--speed', '0'], /argument '0' is invalid/],
    [['sessions', 'export', 'a', '--format', 'gif'], /argument 'gif' is invalid/],
    [['sessions', 'grep', ''], /grep needs a text/],
    [['sessions', 'terminate', 'a', 'b'], /too many arguments/],
    [['activation'], /activation takes create, list or delete/],
    [['activation', 'frob'], /activation takes create, list or delete, not 'frob'/],
    [['activation', 'create', '--uses', '0'], /argument '0' is invalid\. It is a whole number from 1 to 1000\./],
    [['activation', 'create', '--hours', '721'], /It is a whole number from 1 to 720\./],
    [['activation', 'create', '--host-endpoint', 'here'], /It is a URL that begins with/],
    [['activation', 'delete'], /missing required argument 'ID'/],
    [['agent', '--pin', 'sha256//short'], /It is sha256\/\/ and the base64 of 32 bytes\./],
    [['agent', '--attribute', '=blue'], /It is NAME or NAME=VALUE\./],
    [['agent', '--capacity', 'fargate', '--attribute', 'a'], /--attribute and --capacity contradict each other/],
    [['verify'], /verify needs sessions, or --all/],
    [['verify', '--all', 'a'], /--all takes no sessions/],
    [['verify', 'a', '--public-key', '/nowhere'], /--public-key: \/nowhere: ENOENT/],
    [['agent', '--cluster', 'a', '--capacity', 'fargate'], /contradict/],
    [['agent', '--kms', 'ftp://kms'], /option '--kms <url>' argument 'ftp:\/\/kms' is invalid/],
    [['agent', '--kms-profile', 'a'], /--kms-profile belongs to --kms/],
  ])('%j ends with 2 and names what is wrong', async (args, message) => {
    const ran = await gangway(...args);
    expect(ran).toMatchObject({ status: 2, stdout: '' });
    expect(ran.stderr).toMatch(message);
  });

  it.each([
    [['exec', '--frob'], /unknown option '--frob'/],
    [['exec', 'a', 'b'], /too many arguments/],
    [['exec', 'a', '--'], /no command after --/],
    [['exec', 'a', '--debug', '--debug-image', 'b'], /contradict/],
    [['exec', '-t', '-T', '--', 'ls'], /contradict/],
    [['exec', '--command', 'ls', '--', 'ls'], /twice/],
    [['exec', '-e', 'ab'], /--escape-char/],
    [['exec', '--kms', 'kms'], /option '--kms <url>' argument 'kms' is invalid/],
    [['exec', '--kms-profile', 'a'], /--kms-profile belongs to --kms/],
    [['exec'], /no gangway up runs here and no AWS region is set/],
    [['exec', '--region', 'eu-west-1'], /no AWS credentials/],
    [['exec', '--data', '/nowhere'], /nothing runs on \/nowhere: start it with 'gangway up --data \/nowhere'/],
  ])('%j ends with 255: no status of a command is ever ours', async (args, message) => {
    const ran = await gangway(...args);
    expect(ran).toMatchObject({ status: 255, stdout: '' });
    expect(ran.stderr).toMatch(/^gangway: [^\n]+\n$/);
    expect(ran.stderr).toMatch(message);
  });

  it('env says how to start what it cannot find', async () => {
    expect(await gangway('env')).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining("'gangway up'"),
    });
  });
});

describe.skipIf(stackUnavailable())('the command line with an endpoint', { timeout: 60_000 }, () => {
  const stack = new Stack();
  const clean = cleanEnvironment('/nonexistent');
  let task = '';

  beforeAll(async () => {
    await stack.up();
  });
  afterAll(() => stack.down());
  const local = (...args: string[]): Promise<Ran> =>
    run(process.execPath, [program, args[0] ?? '', '--data', stack.data, ...args.slice(1)], { env: clean });

  it('keeps its state private', () => {
    expect(statSync(stack.data).mode & 0o777).toBe(0o700);
    for (const file of ['credentials', 'endpoint.json', 'state.db']) {
      expect(statSync(join(stack.data, file)).mode & 0o777, file).toBe(0o600);
    }
  });

  it('exec says when there is no task, finds the only one, and lists several', async () => {
    const none = await local('exec', '--', 'true');
    expect(none.stderr).toMatch(/^gangway: (Cluster not found\.|no running task in cluster default can be entered)/);
    task = (await stack.task({ family: 'first' })).id;
    expect(await local('exec', '--', 'echo', 'in')).toEqual({ status: 0, stdout: 'in\n', stderr: '' });
    const other = (await stack.task({ family: 'second' })).id;
    const several = await local('exec', '--', 'true');
    expect(several.status).toBe(255);
    expect(several.stderr).toContain('2 tasks in cluster default can be entered');
    for (const text of [task, other, 'first:1', 'second:1']) expect(several.stderr).toContain(text);
    expect(await local('exec', task.slice(0, 8), '--', 'echo', 'in')).toMatchObject({ status: 0, stdout: 'in\n' });
  });

  it('a shell without a terminal reads its commands from a pipe', async () => {
    const ran = await run(process.execPath, [program, 'exec', '--data', stack.data, task], {
      env: clean,
      input: 'echo out; echo err >&2; exit 6\n',
    });
    expect(ran).toEqual({ status: 6, stdout: 'out\n', stderr: 'err\n' });
  });

  it('-t gives a command a terminal, and types a pipe into it', async () => {
    const ran = await run(
      process.execPath,
      [program, 'exec', '--data', stack.data, '-t', task, '--', 'sh', '-c', 'tty; cat'],
      {
        env: clean,
        input: 'typed\n',
      },
    );
    expect(ran.status).toBe(0);
    expect(ran.stdout).toMatch(/\/dev\/pts\/\d+\r\n[^]*typed\r\n/);
  });

  it('a command whose output nobody reads ends as in any pipeline', async () => {
    const child = spawn(process.execPath, [program, 'exec', '--data', stack.data, task, '--', 'yes'], { env: clean });
    child.stdout.once('data', () => child.stdout.destroy());
    const status = await new Promise((resolve) => child.once('exit', resolve));
    expect(status).toBe(141);
    expect((await local('exec', task, '--', 'sh', '-c', 'ps ax | grep -c "[y]es$"')).stdout).toBe('0\n');
  });

  it('sessions lists those under way', async () => {
    const child = spawn(process.execPath, [program, 'exec', '--data', stack.data, task, '--', 'cat'], { env: clean });
    child.stdin.write('x');
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const lines = (await local('sessions')).stdout.split('\n');
    expect(lines[0]).toMatch(
      /^SESSION +STATUS +STARTED +ENDED +OWNER +CLUSTER +TASK +CONTAINER +USER +CPU +MEM +EXIT +RECORD$/,
    );
    // What it uses is looked at when the clock shows a multiple of five seconds: there may be figures by now.
    const figures = '(?: +\\d+\\.\\d\\ds +\\d+\\.\\dM)?';
    expect(lines[1]).toMatch(
      new RegExp(
        `^ecs-execute-command-\\S+ +Connected +\\S+Z +user/gangway-admin +default +${task} +root${figures} +none$`,
      ),
    );
    child.stdin.end();
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
    expect(await local('sessions')).toMatchObject({ status: 0, stdout: '', stderr: 'no active sessions\n' });
  });

  it('up refuses a directory of another account, and names the port that is in use', async () => {
    const { port } = new URL(stack.url);
    const other = mkdtempSync(join(tmpdir(), 'gangway-other-'));
    const busy = await run(process.execPath, [program, 'up', '--data', other, '--port', port], { env: clean });
    expect(busy).toMatchObject({ status: 1, stdout: '' });
    expect(busy.stderr).toContain(`gangway: port ${port} of 127.0.0.1 is in use`);
    const account = await run(process.execPath, [program, 'up', '--data', other, '--account', '111122223333'], {
      env: clean,
    });
    expect(account.stderr).toContain('belongs to account 123456789012');
    rmSync(other, { recursive: true });
  });
});
