import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program, Stack, stackUnavailable } from '../../../test/stack.fixture.js';
import { TestTerminal } from '../../../test/terminal.fixture.js';

/** Prints the pid of what it becomes, its status, and whether the terminal is as it was found. */
const WRAPPER = `before=$(stty -g); sh -c 'echo "pid=$$"; exec "$@"' sh "$@"; echo "status=$?"
[ "$before" = "$(stty -g)" ] && echo sane || echo changed
sleep 0.5`; // What a program writes last is lost now and then when its pty closes at once.

describe.skipIf(stackUnavailable())('the terminal is given back on every way out', { timeout: 60_000 }, () => {
  const stack = new Stack();
  let task = '';

  beforeAll(async () => {
    await stack.up();
    task = (await stack.task()).id;
  });
  afterAll(() => stack.down());

  /** A shell in the container, at its prompt. */
  async function shell(...args: string[]): Promise<{ terminal: TestTerminal; pid: number }> {
    const argv = [process.execPath, program, 'exec', task, ...args];
    const terminal = new TestTerminal('/bin/sh', ['-c', WRAPPER, 'sh', ...argv], stack.env({ PS1: '' }));
    const pid = Number((await terminal.until(/pid=\d+/)).slice(4));
    await terminal.until(/# /);
    return { terminal, pid };
  }

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGQUIT', 131],
  ] as const)('%s', async (signal, status) => {
    const { terminal, pid } = await shell();
    process.kill(pid, signal);
    await terminal.until(new RegExp(`gangway: ended by ${signal}\r\n[^]*status=${status}\r\nsane`));
  });

  it('the exit of the shell, with its status', async () => {
    const { terminal } = await shell();
    terminal.pty.write('exit 42\r');
    await terminal.until(/status=42\r\nsane/);
  });

  it('a command line that cannot be run', async () => {
    const argv = [process.execPath, program, 'exec', task, '--command', 'no-such-command'];
    const terminal = new TestTerminal('/bin/sh', ['-c', WRAPPER, 'sh', ...argv], stack.env());
    await terminal.until(/no-such-command[^]*status=127\r\nsane/);
  });

  it('the end of the session from outside', async () => {
    const { terminal } = await shell();
    const { stdout } = await stack.gangway(['sessions', '--json']);
    const [session] = JSON.parse(stdout) as { SessionId: string }[];
    const ended = await stack.gangway(['sessions', 'terminate', session!.SessionId]);
    expect(ended.stderr).toBe(`terminated ${session!.SessionId}\n`);
    await terminal.until(/status=255\r\nsane/);
  });

  it('~. after a new line, also while the endpoint is gone', async () => {
    const { terminal } = await shell();
    await stack.kill('SIGKILL');
    await terminal.until(/gangway: connection lost, reconnecting \(~\. to leave\)\r\n/);
    terminal.pty.write('~.');
    await terminal.until(/gangway: left the session\r\n[^]*status=255\r\nsane/);
  });

  it('a session that did not survive its endpoint', async () => {
    await stack.up();
    task = (await stack.task()).id;
    const { terminal } = await shell();
    await stack.kill('SIGKILL');
    await terminal.until(/connection lost/);
    await stack.up();
    await terminal.until(/gangway: [^\r]+\r\n[^]*status=255\r\nsane/);
  });
});
