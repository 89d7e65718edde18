import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ContainerSettings } from '../../core/protocol/container-settings.js';
import { EnterError, StartError, type ContainerSpec, type Runtime } from './runtime.js';
import { enterPipesContract } from './enter-pipes.contract.js';
import { enterTerminalContract, type TerminalAbilities } from './enter-terminal.contract.js';
import { containerSpec, Inhabited, resultOf, type Inhabit } from './runtime.fixture.js';
import { StreamText } from './stream-text.fixture.js';

export interface RuntimeUnderTest {
  /** A runtime with nothing running. */
  readonly open: () => Promise<Runtime>;
  /** Has sh, sleep, cat, id, tty, stty, head, kill, and /etc/passwd. */
  readonly image: string;
  /** Of each container: an init, where the runtime has none by itself, and a network there is. */
  readonly settings?: ContainerSettings;
  readonly terminals?: TerminalAbilities;
  /** What an engine adds to every container, and we do not take away. */
  readonly additions?: EngineAdditions;
  /** Whether a process has all signals at their defaults, whatever the runtime's own has; default true. */
  readonly resetsSignals?: boolean;
}

export interface EngineAdditions {
  /** Names of variables. */
  readonly environment?: readonly string[];
  /** Directories that are writable also where the root is not, as lines of the test's output. */
  readonly writable?: string;
  /** Descriptors of process 1. */
  readonly descriptors?: readonly string[];
}

/** What every {@link Runtime} promises. */
export function runtimeContract(underTest: RuntimeUnderTest): void {
  const { open, image, settings, resetsSignals = true, additions = {} } = underTest;
  const spec = (command: string, changes: Partial<ContainerSpec> = {}): ContainerSpec =>
    containerSpec(image, command, { ...(settings && { settings }), ...changes });
  let runtime: Runtime;
  let running: Inhabited[] = [];

  beforeEach(async () => {
    runtime = await open();
    running = [];
  });
  afterEach(async () => {
    await Promise.all(running.map(({ container }) => container.stop(0)));
  });

  const inhabit: Inhabit = async (changes = {}) => {
    const inhabited = await Inhabited.start(runtime, image, { ...(settings && { settings }), ...changes });
    running.push(inhabited);
    return inhabited;
  };
  const run = async (command: string, changes: Partial<ContainerSpec> = {}) => {
    const container = await runtime.start(spec(command, changes));
    const result = await resultOf(container);
    await container.stop(0);
    return result;
  };

  describe('a container', () => {
    test('says what its main process writes, stdout and stderr apart, and its exit code', async () => {
      expect(await run('echo out; echo err >&2; exit 7')).toEqual({ stdout: 'out\n', stderr: 'err\n', code: 7 });
    });

    test('that is killed by a signal exits with 128 + its number', async () => {
      expect((await run('kill -9 $$')).code).toBe(137);
      expect((await run('kill -15 $$')).code).toBe(143);
    });

    test('has its environment and nothing of ours', async () => {
      const { stdout } = await run('env', { environment: { COLOUR: 'deep blue', EMPTY: '' } });
      const names = stdout.split('\n').map((line) => line.split('=')[0]);
      expect(stdout).toContain('COLOUR=deep blue\n');
      expect(stdout).toContain('EMPTY=\n');
      expect(stdout).toContain('HOSTNAME=box\n');
      expect(
        names.filter(
          (name) => !['COLOUR', 'EMPTY', 'HOSTNAME', 'HOME', 'PATH', 'PWD', 'SHLVL', '_', 'OLDPWD', ''].includes(name!),
        ),
      ).toEqual(additions.environment ?? []);
    });

    test('starts in its working directory, which is made when it is not there', async () => {
      expect((await run('pwd', { workingDirectory: '/var' })).stdout).toBe('/var\n');
      expect((await run('pwd', { workingDirectory: '/srv-new/app' })).stdout).toBe('/srv-new/app\n');
    });

    test('has its own host name', async () => {
      const { stdout } = await run('cat /proc/sys/kernel/hostname /etc/hostname', { hostname: 'web-1' });
      expect(stdout.trimEnd()).toBe('web-1\nweb-1');
    });

    test('runs its command without a shell, arguments as they are', async () => {
      const argv = ['printf', '%s|', 'a b', '', '$HOME', 'é\n'];
      expect((await run('', { argv })).stdout).toBe('a b||$HOME|é\n|');
    });

    test('is user 0 with HOME=/root, empty and writable, when no user is named', async () => {
      const { stdout } = await run('id -u; echo $HOME; touch $HOME/x && ls -A $HOME');
      expect(stdout).toBe('0\n/root\nx\n');
    });

    test('that has an unknown user or group does not start', async () => {
      const start = (user: string) => runtime.start(spec('true', { user }));
      await expect(start('nosuchuser')).rejects.toThrow(StartError);
      await expect(start('nosuchuser')).rejects.toThrow(
        'unable to find user nosuchuser: no matching entries in passwd file',
      );
      await expect(start('0:nosuchgroup')).rejects.toThrow(
        'unable to find group nosuchgroup: no matching entries in group file',
      );
    });

    test('whose command does not exist does not start, and says why', async () => {
      // An init that is not the runtime's own could not tell.
      const withoutInit = { settings: { ...settings, initProcessEnabled: false } };
      const start = (argv: string[]) => runtime.start(spec('', { argv, ...withoutInit }));
      await expect(start(['nosuchcommand'])).rejects.toThrow(StartError);
      await expect(start(['nosuchcommand'])).rejects.toThrow(
        'exec: "nosuchcommand": executable file not found in $PATH',
      );
      await expect(start(['/no/such'])).rejects.toThrow('/no/such: no such file or directory');
      await expect(start(['/etc/passwd'])).rejects.toThrow(/\/etc\/passwd"?: permission denied/);
    });

    test('with a read-only root file system cannot write to it', async () => {
      const command =
        'for f in /x /etc/x /tmp/x /root/x; do touch $f 2>/dev/null && echo wrote $f; done; touch /dev/shm/x && echo shm';
      expect((await run(command, { readonlyRootFilesystem: true })).stdout).toBe(`${additions.writable ?? ''}shm\n`);
    });

    test("hands the signals of its descendants' ends to nobody: orphans are reaped", async () => {
      const box = await inhabit();
      await box.run('for i in 1 2 3 4 5 6 7 8 9 10; do (sh -c "exit 3" & ) ; done; (sleep 0.05 &)');
      const { stdout } = await box.run('sleep 0.2; cat /proc/[0-9]*/stat | grep -c " Z "');
      expect(stdout).toBe('0\n');
    });
  });

  describe('stop', () => {
    test('lets the main process handle SIGTERM', async () => {
      const container = await runtime.start(
        spec('trap "echo bye; exit 5" TERM; echo ready; while :; do sleep 0.01; done'),
      );
      const output = new StreamText(container.stdout);
      await output.until(/ready/);
      expect(await container.stop(20_000)).toEqual({ code: 5 });
      expect(await output.ended).toBe('ready\nbye\n');
    });

    test('kills a main process that ignores SIGTERM after the time', async () => {
      const container = await runtime.start(spec('trap "" TERM; echo ready; while :; do sleep 1000; done'));
      await new StreamText(container.stdout).until(/ready/);
      const before = Date.now();
      expect(await container.stop(300)).toEqual({ code: 137 });
      expect(Date.now() - before).toBeGreaterThanOrEqual(290);
    });

    test('may be asked for again, and after the end', async () => {
      const { container } = await inhabit();
      expect(await Promise.all([container.stop(0), container.stop(10_000)])).toHaveLength(2);
      expect((await container.stop(0)).code).toBeGreaterThan(0);
      await expect(container.enter({ argv: ['true'], environment: {} })).rejects.toThrow(EnterError);
    });

    test('ends what has entered and what was left in the background', async () => {
      const box = await inhabit();
      const entered = await box.enter('trap "" TERM HUP; (sleep 1000 &); echo in; sleep 1000');
      const output = new StreamText(entered.stdout);
      await output.until(/in/);
      const terminal = await box.terminal(['/bin/sh']);
      await box.container.stop(0);
      expect((await entered.exited).code).toBe(137);
      expect((await terminal.exited).code).toBe(137);
      await Promise.all([output.ended, terminal.output.ended]);
    });

    test('main process that ends takes the rest with it', async () => {
      const box = await inhabit();
      const entered = await box.enter('echo in; sleep 1000');
      await new StreamText(entered.stdout).until(/in/);
      await box.run('kill -15 1');
      await box.container.exited;
      expect((await entered.exited).code).toBe(137);
    });
  });

  enterPipesContract(inhabit);
  enterTerminalContract(inhabit, underTest.terminals);

  describe('isolation', () => {
    test('processes of the host and of other containers are not to be seen', async () => {
      const [one, two] = [await inhabit(), await inhabit()];
      await one.run('echo mine > /tmp/mark');
      const pids = (await two.run('ls -d /proc/[0-9]* | wc -l')).stdout;
      expect(Number(pids)).toBeLessThan(10);
      expect((await two.run('ls /tmp')).stdout).toBe('');
      expect((await two.run(`kill -0 ${process.pid}`)).code).not.toBe(0);
    });

    test('an entered process has no descriptor but its three, whatever kind', async () => {
      const box = await inhabit();
      expect((await box.run('ls /proc/$$/fd; true')).stdout).toBe('0\n1\n2\n');
      const session = await box.terminal(['/bin/sh', '-c', 'ls /proc/$$/fd; true']);
      expect((await session.output.ended).trim().split(/\s+/)).toEqual(['0', '1', '2']);
      const main = await runtime.start(spec('ls /proc/$$/fd /proc/1/fd; true'));
      const { stdout } = await resultOf(main);
      await main.stop(0);
      expect(
        stdout
          .replace(/\/proc\/\d+\/fd:\n/g, '')
          .trim()
          .split(/\s+/),
      ).toEqual(['0', '1', '2', ...(additions.descriptors ?? []), '0', '1', '2']);
    });

    test.skipIf(!resetsSignals)('signals start at their defaults', async () => {
      const box = await inhabit();
      const { stdout } = await box.run('grep -E "^Sig(Blk|Ign)" /proc/self/status');
      expect(stdout).toBe('SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n');
    });

    test("the kernel's settings cannot be written", async () => {
      const box = await inhabit();
      const { stdout } = await box.run(
        'for f in kernel/domainname vm/swappiness; do ( : > /proc/sys/$f ) && echo wrote; done; test -w /proc/sysrq-trigger && echo writable',
      );
      expect(stdout).toBe('');
    });
  });
}
