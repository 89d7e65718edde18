import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EnterError, StartError, type Runtime } from './runtime.js';
import { containerSpec, Inhabited, resultOf } from './runtime.fixture.js';
import { StreamText } from './stream-text.fixture.js';

export interface RuntimeUnderTest {
  /** A runtime with nothing running. */
  readonly open: () => Promise<Runtime>;
  /** Has sh, sleep, cat, id, tty, stty, head, kill, and /etc/passwd. */
  readonly image: string;
}

/** What every {@link Runtime} promises. */
export function runtimeContract({ open, image }: RuntimeUnderTest): void {
  let runtime: Runtime;
  let running: Inhabited[] = [];

  beforeEach(async () => {
    runtime = await open();
    running = [];
  });
  afterEach(async () => {
    await Promise.all(running.map(({ container }) => container.stop(0)));
  });

  const inhabit = async (changes: Parameters<typeof Inhabited.start>[2] = {}): Promise<Inhabited> => {
    const inhabited = await Inhabited.start(runtime, image, changes);
    running.push(inhabited);
    return inhabited;
  };
  const run = async (command: string, changes: Parameters<typeof containerSpec>[2] = {}) => {
    const container = await runtime.start(containerSpec(image, command, changes));
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
      ).toEqual([]);
    });

    test('starts in its working directory, which is made when it is not there', async () => {
      expect((await run('pwd', { workingDirectory: '/var' })).stdout).toBe('/var\n');
      expect((await run('pwd', { workingDirectory: '/srv-new/app' })).stdout).toBe('/srv-new/app\n');
    });

    test('has its own host name', async () => {
      expect((await run('cat /proc/sys/kernel/hostname /etc/hostname', { hostname: 'web-1' })).stdout).toBe(
        'web-1\nweb-1\n',
      );
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
      const start = (user: string) => runtime.start(containerSpec(image, 'true', { user }));
      await expect(start('nosuchuser')).rejects.toThrow(StartError);
      await expect(start('nosuchuser')).rejects.toThrow(
        'unable to find user nosuchuser: no matching entries in passwd file',
      );
      await expect(start('0:nosuchgroup')).rejects.toThrow(
        'unable to find group nosuchgroup: no matching entries in group file',
      );
    });

    test('whose command does not exist does not start, and says why', async () => {
      const start = (argv: string[]) => runtime.start(containerSpec(image, '', { argv }));
      await expect(start(['nosuchcommand'])).rejects.toThrow(StartError);
      await expect(start(['nosuchcommand'])).rejects.toThrow(
        'exec: "nosuchcommand": executable file not found in $PATH',
      );
      await expect(start(['/no/such'])).rejects.toThrow('/no/such: no such file or directory');
      await expect(start(['/etc/passwd'])).rejects.toThrow('/etc/passwd: permission denied');
    });

    test('with a read-only root file system cannot write to it', async () => {
      const command =
        'for f in /x /etc/x /tmp/x /root/x; do touch $f 2>/dev/null && echo wrote $f; done; touch /dev/shm/x && echo shm';
      expect((await run(command, { readonlyRootFilesystem: true })).stdout).toBe('shm\n');
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
        containerSpec(image, 'trap "echo bye; exit 5" TERM; echo ready; while :; do sleep 0.01; done'),
      );
      const output = new StreamText(container.stdout);
      await output.until(/ready/);
      expect(await container.stop(20_000)).toEqual({ code: 5 });
      expect(await output.ended).toBe('ready\nbye\n');
    });

    test('kills a main process that ignores SIGTERM after the time', async () => {
      const container = await runtime.start(
        containerSpec(image, 'trap "" TERM; echo ready; while :; do sleep 1000; done'),
      );
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

  describe('entering with pipes', () => {
    test('keeps stdout and stderr apart, passes stdin with its end, and the exit code', async () => {
      const box = await inhabit();
      const process = await box.enter('cat; echo err >&2; exit 7');
      process.stdin.end('a\nb\n');
      expect(await resultOf(process)).toEqual({ stdout: 'a\nb\n', stderr: 'err\n', code: 7 });
    });

    test("is user 0 in the working directory with the container's environment and the request's", async () => {
      const box = await inhabit({ environment: { A: '1', B: '2' }, workingDirectory: '/var' });
      const { stdout } = await box.run('id -u; pwd; echo $A $B $C $HOME; cat /proc/sys/kernel/hostname', {
        B: '3',
        C: '4',
      });
      expect(stdout).toBe('0\n/var\n1 3 4 /root\nbox\n');
    });

    test('lets the command open its streams again by name', async () => {
      const box = await inhabit();
      const result = await box.run('echo one > /dev/stdout; echo two > /dev/stderr; cat /dev/stdin');
      expect(result).toEqual({ stdout: 'one\n', stderr: 'two\n', code: 0 });
    });

    test('carries 100 MB in and out unchanged', async () => {
      const box = await inhabit();
      const process = await box.enter('cat');
      const [sent, received] = [createHash('sha256'), createHash('sha256')];
      let bytes = 0;
      process.stdout.on('data', (data: Buffer) => {
        received.update(data);
        bytes += data.length;
      });
      process.stderr.resume();
      const chunk = Buffer.alloc(1 << 20);
      for (let i = 0; i < 100; i++) {
        chunk.fill(i).writeUInt32LE(i * 7919);
        const part = Buffer.from(chunk);
        sent.update(part);
        if (!process.stdin.write(part)) await new Promise((resolve) => process.stdin.once('drain', resolve));
      }
      process.stdin.end();
      await Promise.all([process.exited, new Promise((resolve) => process.stdout.once('close', resolve))]);
      expect(bytes).toBe(100 << 20);
      expect(received.digest('hex')).toBe(sent.digest('hex'));
    });

    test('stops reading when its reader pauses, and so stops the writer', async () => {
      const box = await inhabit();
      const process = await box.enter('head -c 50000000 /dev/zero; echo done >&2');
      process.stdin.end();
      const errors = new StreamText(process.stderr);
      process.stdout.pause();
      const first = await Promise.race([errors.until(/done/), box.run('sleep 0.5')]);
      expect(first).toHaveProperty('code', 0);
      let bytes = 0;
      process.stdout.on('data', (data: Buffer) => (bytes += data.length));
      process.stdout.resume();
      await errors.until(/done/);
      await new Promise((resolve) => process.stdout.once('close', resolve));
      expect(bytes).toBe(50_000_000);
    });

    test('drops what a process does not read, without an error', async () => {
      const box = await inhabit();
      const process = await box.enter('exec <&-; exit 3');
      process.stdout.resume();
      process.stderr.resume();
      expect(await process.exited).toEqual({ code: 3 });
      await new Promise((resolve) => process.stdin.write(Buffer.alloc(1 << 20), resolve));
    });

    test('a command that does not exist is 127, one that cannot be executed 126', async () => {
      const { container } = await inhabit();
      const enter = async (argv: string[]): Promise<unknown> =>
        container.enter({ argv, environment: {} }).catch((error: unknown) => {
          expect(error).toBeInstanceOf(EnterError);
          return { status: (error as EnterError).status, message: (error as EnterError).message };
        });
      expect(await enter(['nosuchcommand'])).toEqual({
        status: 127,
        message: 'exec: "nosuchcommand": executable file not found in $PATH',
      });
      expect(await enter(['/no/such'])).toEqual({
        status: 127,
        message: 'fork/exec /no/such: no such file or directory',
      });
      expect(await enter(['/etc/passwd'])).toEqual({
        status: 126,
        message: 'fork/exec /etc/passwd: permission denied',
      });
      expect(await enter(['/etc'])).toEqual({ status: 126, message: 'fork/exec /etc: permission denied' });
    });

    test('ends with 128 + n when signalled', async () => {
      const box = await inhabit();
      for (const [name, code] of [
        ['SIGTERM', 143],
        ['SIGKILL', 137],
        ['SIGHUP', 129],
      ] as const) {
        const process = await box.enter('echo up; exec sleep 1000');
        await new StreamText(process.stdout).until(/up/);
        process.signal(name);
        expect(await process.exited).toEqual({ code });
      }
    });
  });

  describe('entering with a terminal', () => {
    test("gives one of the container's own, of the right size before the first output", async () => {
      const box = await inhabit();
      const session = await box.terminal(
        ['/bin/sh', '-c', 'tty; stty size; ls -l $(tty) >/dev/null && echo there'],
        132,
        43,
      );
      expect(await session.output.ended).toMatch(/^\/dev\/pts\/\d+\r\n43 132\r\nthere\r\n$/);
      expect(await session.exited).toEqual({ code: 0 });
    });

    test('whose size can be 0 by 0', async () => {
      const box = await inhabit();
      const session = await box.terminal(['stty', 'size'], 0, 0);
      expect(await session.output.ended).toBe('0 0\r\n');
    });

    test('tells of a new size at once', async () => {
      const box = await inhabit();
      const session = await box.terminal([
        '/bin/sh',
        '-c',
        'trap "stty size; exit" WINCH; echo ready; while :; do sleep 0.01; done',
      ]);
      await session.output.until(/ready/);
      session.process.resize(101, 33);
      await session.output.until(/33 101/);
    });

    test('turns Ctrl-C into SIGINT for the foreground job only', async () => {
      const box = await inhabit();
      const session = await box.terminal(['/bin/sh', '-i']);
      session.type('sh -c \'trap "echo caught; exit 9" INT; echo rea""dy; while :; do sleep 0.01; done\'\r');
      await session.output.until(/ready/);
      session.type('\x03');
      await session.output.until(/caught/);
      session.type('echo status $?; exit 4\r');
      await session.output.until(/status 9/);
      expect(await session.exited).toEqual({ code: 4 });
    });

    test('has job control', async () => {
      const box = await inhabit();
      const session = await box.terminal(['/bin/sh', '-i']);
      session.type('sh -c \'echo rea""dy; exec sleep 1000\'\r');
      await session.output.until(/ready/);
      session.type('\x1a');
      await session.output.until(/Stopped/);
      session.type('kill -9 %1; wait %1; exec true\r');
      await session.output.ended;
      expect(session.output.text).not.toMatch(/job control turned off|can't access tty/);
    });

    test('takes Ctrl-D as end of input', async () => {
      const box = await inhabit();
      const session = await box.terminal(['cat']);
      session.type('line\r');
      await session.output.until(/line\r\nline\r\n/);
      session.type('\x04');
      expect(await session.exited).toEqual({ code: 0 });
    });

    test('T25: stays open while a background job holds it, after the shell has exited', async () => {
      const box = await inhabit();
      const session = await box.terminal(['/bin/sh', '-c', 'trap "" HUP; (sleep 0.4; echo late) & echo early']);
      expect(await session.exited).toEqual({ code: 0 });
      expect(session.output.text).not.toContain('late');
      expect(await session.output.ended).toBe('early\r\nlate\r\n');
    });

    test('loses nothing of what was written before the exit', async () => {
      const box = await inhabit();
      const session = await box.terminal([
        '/bin/sh',
        '-c',
        'i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done',
      ]);
      const lines = (await session.output.ended).split('\r\n');
      expect(lines).toHaveLength(20_001);
      expect(lines[19_999]).toBe('line 19999');
    });

    test('takes a paste of 200 kB whole', async () => {
      const box = await inhabit();
      const paste = Array.from({ length: 4_000 }, (_, i) => `${i} ${'x'.repeat(44)}\n`).join('');
      const session = await box.terminal([
        '/bin/sh',
        '-c',
        'stty -echo -icanon; echo ready; head -c $SIZE | sha256sum',
      ]);
      await session.process.exited;
      const sized = await box.container.enter({
        argv: ['/bin/sh', '-c', `stty -echo; echo ready; head -c ${paste.length} | sha256sum`],
        environment: {},
        terminal: { columns: 80, rows: 24 },
      });
      const output = new StreamText(sized.stdout);
      await output.until(/ready/);
      sized.stdin.write(paste);
      const digest = createHash('sha256').update(paste).digest('hex');
      expect((await output.until(/[0-9a-f]{64}/))[0]).toBe(digest);
    });

    test('stops the writer when its reader pauses', async () => {
      const box = await inhabit();
      const session = await box.container.enter({
        argv: ['/bin/sh', '-c', 'stty raw; head -c 20000000 /dev/zero; echo > /tmp/written'],
        environment: {},
        terminal: { columns: 80, rows: 24 },
      });
      session.stdout.pause();
      expect((await box.run('sleep 0.4; test -e /tmp/written')).code).toBe(1);
      let bytes = 0;
      session.stdout.on('data', (data: Buffer) => (bytes += data.length));
      session.stdout.resume();
      await new Promise((resolve) => session.stdout.once('close', resolve));
      expect(bytes).toBe(20_000_000);
    });

    test('hangs up when its output is destroyed', async () => {
      const box = await inhabit();
      const session = await box.terminal(['/bin/sh', '-c', 'echo ready; sleep 1000']);
      await session.output.until(/ready/);
      session.process.stdout.destroy();
      expect(await session.exited).toEqual({ code: 129 });
    });

    test('signals reach its process group', async () => {
      const box = await inhabit();
      const session = await box.terminal(['/bin/sh', '-c', 'echo ready; sleep 1000; true']);
      await session.output.until(/ready/);
      session.process.signal('SIGKILL');
      expect(await session.exited).toEqual({ code: 137 });
      await session.output.ended;
    });

    test('a command that does not exist is told, and no terminal stays', async () => {
      const box = await inhabit();
      await expect(box.terminal(['/no/such'])).rejects.toThrow('fork/exec /no/such: no such file or directory');
      expect((await box.run('ls /dev/pts')).stdout).toBe('ptmx\n');
    });
  });

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
      expect((await box.run('ls /proc/$$/fd')).stdout).toBe('0\n1\n2\n');
      const session = await box.terminal(['/bin/sh', '-c', 'ls /proc/$$/fd']);
      expect((await session.output.ended).trim().split(/\s+/)).toEqual(['0', '1', '2']);
      const main = await runtime.start(containerSpec(image, 'ls /proc/$$/fd /proc/1/fd'));
      const { stdout } = await resultOf(main);
      await main.stop(0);
      expect(
        stdout
          .replace(/\/proc\/\d+\/fd:\n/g, '')
          .trim()
          .split(/\s+/),
      ).toEqual(['0', '1', '2', '0', '1', '2']);
    });

    test('signals start at their defaults', async () => {
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
