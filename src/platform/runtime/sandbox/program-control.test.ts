import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Inhabited } from '../runtime.fixture.js';
import { StreamText } from '../stream-text.fixture.js';
import { openSandbox, sandboxRefusal } from './sandbox.fixture.js';
import { prebuiltProgram, SealedProgram } from './sealed-program.js';
import { openTerminal } from './terminal-end.js';

const refusal = await sandboxRefusal();

describe.skipIf(refusal !== undefined)(`the program’s control socket${refusal ?? ''}`, () => {
  /** Enters a container by hand, sends these bytes, and gives what the program said and how it ended. */
  async function enterAndSend(init: number, program: SealedProgram, parts: readonly Uint8Array[]) {
    const args = ['enter', '--terminal', '80', '24', '--', '/bin/sh', '-c', 'read line'];
    const master = openTerminal(init);
    const child = program.start(args, { environment: { PATH: '/bin:/usr/bin' }, descriptors: [init, master] });
    const control = child.stdio[3] as unknown as Duplex;
    control.on('error', () => undefined);
    const ended = once(child, 'exit');
    const said = new StreamText(control);
    await said.until(/started\n/);
    for (const part of parts) control.write(part);
    control.end();
    closeSync(master);
    const [code, signal] = (await ended) as [number | null, string | null];
    return { said: await said.ended, code, signal };
  }

  test(
    'takes any bytes: what is no command ends the process, and the end of the socket too',
    { timeout: 60_000 },
    async () => {
      const { runtime, stateDirectory } = openSandbox();
      const box = await Inhabited.start(runtime, 'host');
      const program = await SealedProgram.open(prebuiltProgram() ?? '');
      const state = JSON.parse(readFileSync(join(stateDirectory, box.container.id, 'state.json'), 'utf8'));
      const init = openSync(`/proc/${state.processes[1].pid}`, 'r');
      const commands = [
        'opened\n',
        'hangup\n',
        'resize 80 24\n',
        'resize 99999 0\n',
        'signal 28\n',
        'echo\n',
        'echo 1\n',
        'resize 1\n',
        'signal 0\n',
        'signal 65\n',
        '\n',
        'opened',
      ];
      const noise = fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom(...commands).map((text) => Buffer.from(text)),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(noise, { maxLength: 8 }), async (parts) => {
          const { said, code, signal } = await enterAndSend(init, program, parts);
          expect(signal).toBeNull();
          // 0: it was told to hang up, and outlived its shell.
          expect([0, 1]).toContain(code);
          expect(said).toMatch(
            /^process \d+\nstarted\n(echo [01]\n)*(error 22 protocol unknown command\n)?(usage \d+ \d+\nexit \d+\n)?$/,
          );
        }),
        { numRuns: 60 },
      );
      // None of the shells has stayed.
      expect((await box.run('cat /proc/[0-9]*/cmdline | tr "\\0" " " | grep -c "read line"')).stdout.trim()).toBe('1');
      closeSync(init);
      program.close();
      await box.container.stop(0);
    },
  );
});
