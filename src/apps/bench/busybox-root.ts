import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const busybox = '/bin/busybox';

/** Why the common root file system cannot be made here; undefined when it can. */
export function busyboxMissing(): string | undefined {
  if (!existsSync(busybox)) return 'busybox-static is not installed';
  try {
    execFileSync('ldd', [busybox], { stdio: 'ignore' });
    return 'the installed busybox is not static';
  } catch {
    return undefined;
  }
}

/** A root file system of busybox alone and a file of base64 text: the same shell and data for every contender. */
export function makeBusyboxRoot(directory: string, data: Uint8Array): void {
  for (const name of ['bin', 'tmp', 'root', 'etc', 'proc', 'dev', 'sys', 'run', 'home', 'var']) {
    mkdirSync(join(directory, name), { recursive: true });
  }
  copyFileSync(busybox, join(directory, 'bin/busybox'));
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  for (const name of applets) {
    if (name !== 'busybox') symlinkSync('busybox', join(directory, 'bin', name));
  }
  writeFileSync(join(directory, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  writeFileSync(join(directory, 'data'), data);
}
