import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { EnterError } from './runtime.js';
import { resultOf, type Inhabit } from './runtime.fixture.js';
import { StreamText } from './stream-text.fixture.js';

/** Entering a container without a terminal: three pipes. */
export function enterPipesContract(inhabit: Inhabit): void {
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
        ['SIGPIPE', 141],
      ] as const) {
        const process = await box.enter('echo up; exec sleep 1000');
        await new StreamText(process.stdout).until(/up/);
        process.signal(name);
        expect(await process.exited).toEqual({ code });
      }
    });
  });
}
