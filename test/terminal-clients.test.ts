import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExecuteCommandCommand } from '@aws-sdk/client-ecs';
import { Stack, onPath, program, stackUnavailable } from './stack.fixture.js';
import { TestTerminal } from './terminal.fixture.js';

const unavailable = stackUnavailable();
const stack = new Stack();
const task = { id: '', target: '' };

interface Client {
  readonly name: string;
  readonly skipped: boolean;
  readonly open: (command: string) => TestTerminal | Promise<TestTerminal>;
  readonly ending: RegExp;
}

/** A shell around the client, so that the state of the terminal afterwards can be asked for. */
function inShell(file: string, args: readonly string[], env: NodeJS.ProcessEnv, sane = exactlyAsBefore): TestTerminal {
  // The official client leaves ISIG on: a typed Ctrl-C is a signal to this shell too.
  const script = `trap : INT; before=$(stty -g); "$@"; echo "status=$?"; ${sane} && echo sane || echo changed`;
  return new TestTerminal('/bin/sh', ['-c', script, 'sh', file, ...args], env);
}

const exactlyAsBefore = '[ "$before" = "$(stty -g)" ]';

/** The official client gives `stty` its saved state with the line end, which GNU stty refuses: -icanon stays behind. */
const echoesAgain = `! stty -a | tr -s ' ;' '\\n' | grep -qxE -e '-(echo|isig|icrnl|opost|onlcr)'`;

const clients: readonly Client[] = [
  {
    name: 'gangway exec',
    skipped: false,
    ending: /status=0\r\nsane/,
    open: (command) => inShell(process.execPath, [program, 'exec', task.id, '--command', command], stack.env()),
  },
  {
    name: 'session-manager-plugin',
    skipped: !onPath('session-manager-plugin'),
    ending: /Exiting session with sessionId: [^\n]*\n[^]*status=0\r\nsane/,
    open: async (command) => {
      const { session } = await stack.ecs.send(
        new ExecuteCommandCommand({ task: task.id, command, interactive: true }),
      );
      const region = stack.environment['AWS_REGION'] ?? '';
      const target = JSON.stringify({ Target: task.target });
      const args = [JSON.stringify(session), region, 'StartSession', '', target, stack.url];
      return inShell('session-manager-plugin', args, stack.env(), echoesAgain);
    },
  },
];

describe.skipIf(unavailable)('a terminal in the container', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    await stack.up();
    Object.assign(task, await stack.task());
  });
  afterAll(() => stack.down());

  describe.each(clients)('$name', ({ skipped, open, ending }) => {
    it.skipIf(skipped)('prompt, typing, resize, Ctrl-C, exit; the terminal is sane afterwards', async () => {
      const terminal = await open("/bin/sh -c 'PS1=ready-; export PS1; exec /bin/sh'");
      await terminal.until(/ready-/);
      terminal.pty.write('id -u; tty; echo "in: $TERM"; stty size\r');
      await terminal.until(/\r\n0\r\n\/dev\/pts\/\d+\r\nin: xterm-256color\r\n24 80\r\n/);
      terminal.pty.resize(132, 43);
      // The official client looks at its size twice a second.
      await new Promise((resolve) => setTimeout(resolve, 700));
      terminal.pty.write('stty size\r');
      await terminal.until(/\n43 132\r\n/);
      terminal.pty.write('sleep 100\r');
      await terminal.until(/sleep 100\r\n/);
      await new Promise((resolve) => setTimeout(resolve, 200));
      terminal.pty.write('\x03');
      await terminal.until(/\^C[^]*ready-/);
      terminal.pty.write('echo "ended with $?"\r');
      await terminal.until(/\nended with 130\r\n/);
      terminal.pty.write('exit\r');
      await terminal.until(ending);
      expect(await terminal.exited).toBe(0);
    });

    it.skipIf(skipped)('has its first output at the right size', async () => {
      const terminal = await open('stty size');
      await terminal.until(/24 80\r\n/);
      await terminal.until(ending);
    });

    it.skipIf(skipped)('a 200 kB paste arrives whole', async () => {
      // Lines: a terminal in canonical mode takes 4,095 bytes at once, and echo is off so that nothing flows back.
      const text = Array.from(
        { length: 2500 },
        (_, index) => `${String(index).padStart(6, '0')} ${'x'.repeat(72)}\n`,
      ).join('');
      expect(text.length).toBe(200_000);
      const terminal = await open(`sh -c 'stty -echo; echo go; head -c 200000 | sha256sum'`);
      await terminal.until(/go\r\n/);
      await terminal.paste(text);
      await terminal.until(new RegExp(createHash('sha256').update(text).digest('hex')), 30_000);
      await terminal.until(ending);
    });
  });

  it('gangway exec: the exit status of the shell is ours', async () => {
    const terminal = inShell(process.execPath, [program, 'exec', task.id, '--command', "sh -c 'exit 9'"], stack.env());
    await terminal.until(/status=9\r\nsane/);
  });

  it('gangway exec: ~. after a new line leaves, and the terminal is sane', async () => {
    const terminal = inShell(process.execPath, [program, 'exec', task.id], stack.env());
    await terminal.until(/[#$] /);
    terminal.pty.write('\r~.');
    await terminal.until(/status=255\r\nsane/);
  });
});
