import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { expect, onTestFinished, test } from 'vitest';
import { machinePrograms, type MachinePrograms } from './machine-programs.js';

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'gangway-programs-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** As an image's root, and what a shell says in it. */
function inside({ entries }: MachinePrograms, script: string): string {
  const root = directory();
  for (const entry of entries) {
    const path = join(root, entry.path);
    mkdirSync(dirname(path), { recursive: true });
    if ('linkTo' in entry) symlinkSync(entry.linkTo, path);
    else writeFileSync(path, entry.content, { mode: entry.mode });
  }
  const ran = spawnSync('chroot', [root, '/bin/sh', '-c', script], { encoding: 'utf8' });
  return ran.stdout + ran.stderr;
}

/** With these programs of this machine, and no others. */
function withOnly(...names: string[]): string {
  const made = directory();
  for (const name of names) {
    const { stdout } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
    if (stdout !== '') symlinkSync(stdout.trim(), join(made, name));
  }
  return made;
}

const rootless = process.getuid?.() !== 0;

test.skipIf(rootless)("a machine's own tools run without the rest of it, with the libraries they need", () => {
  const programs = machinePrograms([withOnly('sh', 'sleep', 'ls', 'touch')]);
  expect(programs.from).toBe('the sh, ls, … of this machine');
  expect(inside(programs, 'ls /etc; touch /made; sleep 0; ls -d /made')).toBe('group\npasswd\n/made\n');
});

test.skipIf(rootless || spawnSync('busybox', ['true']).status !== 0)(
  'busybox is taken before them, with all it can',
  () => {
    const programs = machinePrograms([withOnly('sh', 'sleep', 'ls', 'touch', 'busybox')]);
    expect(programs.from).toMatch(/\/busybox$/);
    expect(inside(programs, 'id -un; wc -l < /etc/passwd')).toBe('root\n1\n');
  },
);

test('what is missing is named, with the remedy; scripts do not count', () => {
  const made = withOnly('sh', 'sleep');
  writeFileSync(join(made, 'ls'), '#!/bin/sh\n', { mode: 0o755 });
  expect(() => machinePrograms([made])).toThrow(
    "no image can be made of this machine's programs without ls, touch: install busybox",
  );
});
