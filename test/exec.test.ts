import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stack, program, run, stackUnavailable } from './stack.fixture.js';

const unavailable = stackUnavailable();

describe.skipIf(unavailable)('gangway exec without a terminal', { timeout: 60_000 }, () => {
  const stack = new Stack();
  let task: Awaited<ReturnType<Stack['task']>>;

  beforeAll(async () => {
    await stack.up();
    task = await stack.task();
  });
  afterAll(() => stack.down());

  it('keeps stdin, stdout and stderr apart and exits with the status of the command', async () => {
    const ran = await stack.gangway(['exec', task.id, '--', 'sh', '-c', 'cat; echo err >&2; exit 7'], {
      input: 'a\nb\n',
    });
    expect(ran).toEqual({ status: 7, stdout: 'a\nb\n', stderr: 'err\n' });
  });

  it.each([
    ['a command that does not exist', ['no-such-command'], 127],
    ['a file that cannot be executed', ['/etc/passwd'], 126],
    ['a command ended by SIGTERM', ['sh', '-c', 'kill -TERM $$'], 143],
    ['a command ended by SIGKILL', ['sh', '-c', 'kill -KILL $$'], 137],
    ['success', ['true'], 0],
  ])('%s: %j ends with %i', async (_name, argv, status) => {
    const ran = await stack.gangway(['exec', task.id, '--', ...argv]);
    expect(ran).toMatchObject({ status, stdout: '' });
  });

  it('arguments arrive exactly', async () => {
    const odd = ['', ' ', "it's", '"', '\\', '$HOME', '#x', 'ü\n', '*'];
    const ran = await stack.gangway(['exec', task.id, '--', 'printf', '<%s>', ...odd]);
    expect(ran.stdout).toBe(odd.map((argument) => `<${argument}>`).join(''));
  });

  it('SIGTERM reaches the command', async () => {
    const script = 'trap "echo got it; exit 3" TERM; echo ready; while :; do sleep 0.05; done';
    const child = spawn(process.execPath, [program, 'exec', task.id, '--', 'sh', '-c', script], { env: stack.env() });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      if (stdout === 'ready\n') child.kill('SIGTERM');
    });
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(3);
    expect(stdout).toBe('ready\ngot it\n');
  });

  it('a pipeline that has seen enough ends the command at once, as a local one: yes | head -1', async () => {
    const script = '{ "$@"; echo "status $?" >&2; } | head -1';
    const begun = Date.now();
    const ran = await run('sh', ['-c', script, 'sh', process.execPath, program, 'exec', task.id, '--', 'yes'], {
      env: stack.env(),
    });
    expect(ran).toEqual({ status: 0, stdout: 'y\n', stderr: 'status 141\n' });
    // The command dies of SIGPIPE; nobody waits for a grace period (HANGUP_GRACE_MS).
    expect(Date.now() - begun).toBeLessThan(2_000);
  });

  it('our own failures end with 255, one line on stderr and nothing on stdout', async () => {
    const ran = await stack.gangway(['exec', 'f'.repeat(32), '--', 'true']);
    expect(ran).toMatchObject({ status: 255, stdout: '' });
    expect(ran.stderr).toMatch(/^gangway: .+\n$/);
  });

  it('the container sees nothing of the state, the keys, or other processes', async () => {
    const look = await stack.gangway([
      'exec',
      task.id,
      '--',
      'sh',
      '-c',
      `ls -A ${stack.data} 2>/dev/null; env; ps ax`,
    ]);
    expect(look.stdout).not.toContain(stack.environment['AWS_SECRET_ACCESS_KEY']);
    expect(look.stdout).not.toContain('gangway.db');
    expect(look.stdout).not.toContain('gangway up');
    expect(look.stdout).not.toContain(`${process.pid} `);
  });

  it('a container that is stopped in mid-session ends the session, and no other', async () => {
    const other = await stack.task({ family: 'other' });
    const start = (id: string) =>
      spawn(process.execPath, [program, 'exec', id, '--', 'sh', '-c', 'echo in; cat'], { env: stack.env() });
    const [here, there] = [start(task.id), start(other.id)];
    await Promise.all([here, there].map((child) => new Promise((resolve) => child.stdout.once('data', resolve))));
    const aws = await import('@aws-sdk/client-ecs');
    const ended = new Promise((resolve) => there.on('close', resolve));
    await stack.ecs.send(new aws.StopTaskCommand({ task: other.id }));
    expect(await ended).not.toBe(0);
    here.stdin.end('still here');
    let text = '';
    here.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    expect(await new Promise((resolve) => here.on('close', resolve))).toBe(0);
    expect(text).toContain('still here');
  });
});

describe.skipIf(unavailable)('npm run demo', { timeout: 120_000 }, () => {
  it('shows cluster, service, managed agent, output, exit code and the record, and ends with 0', async () => {
    const ran = await run(process.execPath, [program, 'demo'], { timeout: 110_000 });
    expect(ran.status, ran.stdout + ran.stderr).toBe(0);
    for (const word of [/cluster/i, /service/i, /RUNNING/, /inside/, /exit code\s+7/]) expect(ran.stdout).toMatch(word);
    expect(ran.stdout).toMatch(/record +s3:\/\/gangway-demo-records\/demo\/[^]*logs:\/\/|record +logs:\/\/[^]*s3:\/\//);
    expect(ran.stdout).toMatch(/\n {2}Script started on [^]*\n {2}hello from root inside [^]*\n {2}Script done on /);
  });
});
