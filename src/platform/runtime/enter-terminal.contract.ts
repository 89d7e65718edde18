import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Inhabit } from './runtime.fixture.js';

/** What not every runtime can do. */
export interface TerminalAbilities {
  /** A terminal has its size before its process runs, and not only soon after; default true. */
  readonly sizedAtStart?: boolean;
  /** A terminal outlives the process it was made for, which Linux hangs up when it leads its session; default true. */
  readonly outliveTheirLeader?: boolean;
}

/** Entering a container with a terminal. */
export function enterTerminalContract(
  inhabit: Inhabit,
  { sizedAtStart = true, outliveTheirLeader = true }: TerminalAbilities = {},
): void {
  describe('entering with a terminal', () => {
    test(`gives one of the container's own, of the right size ${sizedAtStart ? 'before the first output' : 'soon'}`, async () => {
      const box = await inhabit();
      const session = await box.terminal(
        ['/bin/sh', '-c', `tty; ${sizedAtStart ? '' : 'sleep 1; '}stty size; ls -l $(tty) >/dev/null && echo there`],
        132,
        43,
      );
      expect(await session.output.ended).toMatch(/^\/dev\/pts\/\d+\r\n43 132\r\nthere\r\n$/);
      expect(await session.exited).toEqual({ code: 0 });
    });

    test('whose size can be 0 by 0', async () => {
      const box = await inhabit();
      const session = await box.terminal(['stty', 'size'], 0, 0);
      // The second is what busybox says of such a terminal.
      expect(await session.output.ended).toMatch(/^(0 0|stty: standard input)\r\n$/);
    });

    test('tells of a new size at once', async () => {
      const box = await inhabit();
      const session = await box.terminal([
        '/bin/sh',
        '-c',
        'trap "stty size" WINCH; echo ready; while :; do sleep 0.01; done',
      ]);
      await session.output.until(/ready/);
      session.process.resize(101, 33);
      await session.output.until(/33 101/);
    });

    test('tells whether it echoes: not while a password is asked for', async () => {
      const box = await inhabit();
      const script = 'echo r1; read a; stty -echo; echo r2; read b; stty echo; echo r3; read c';
      const session = await box.terminal(['/bin/sh', '-c', script]);
      if (session.process.echoes === undefined) return;
      for (const [ready, echoes] of [
        [/r1/, true],
        [/r2/, false],
        [/r3/, true],
      ] as const) {
        await session.output.until(ready);
        expect(await session.process.echoes()).toBe(echoes);
        session.type('x\r');
      }
      await session.output.ended;
      await session.exited;
      session.process.stdout.destroy();
      expect(await session.process.echoes().catch(() => false)).toBe(false);
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

    test.skipIf(!outliveTheirLeader)(
      'T25: stays open while a background job holds it, after the shell has exited',
      async () => {
        const box = await inhabit();
        const session = await box.terminal(['/bin/sh', '-c', 'trap "" HUP; (sleep 0.4; echo late) & echo early']);
        expect(await session.exited).toEqual({ code: 0 });
        expect(session.output.text).not.toContain('late');
        expect(await session.output.ended).toBe('early\r\nlate\r\n');
      },
    );

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
      const command = `stty -echo; echo ready; head -c ${paste.length} | sha256sum`;
      const session = await box.terminal(['/bin/sh', '-c', command]);
      await session.output.until(/ready/);
      session.type(paste);
      const digest = createHash('sha256').update(paste).digest('hex');
      expect((await session.output.until(/[0-9a-f]{64}/))[0]).toBe(digest);
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
}
