import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { compileStore } from './compiled-module.fixture.js';
import { DirectoryLock } from './directory-lock.js';
import { temporaryDirectory } from './temporary-directory.fixture.js';

async function holdInChild(directory: string): Promise<ChildProcess> {
  const script = join(compileStore(temporaryDirectory()), 'hold.js');
  writeFileSync(
    script,
    `import { DirectoryLock } from './directory-lock.js';
     DirectoryLock.acquire(${JSON.stringify(directory)});
     globalThis.gc();
     process.stdout.write('held');
     setInterval(() => {}, 1000);`,
  );
  const child = spawn(process.execPath, ['--expose-gc', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

test('a second process is refused with the number of the first', async () => {
  const directory = temporaryDirectory();
  const child = await holdInChild(directory);
  expect(() => DirectoryLock.acquire(directory)).toThrow(
    expect.objectContaining({
      code: 'busy',
      message: `${directory} is in use by process ${String(child.pid)}. Stop it first, or choose another directory.`,
    }),
  );
  child.kill('SIGKILL');
  await once(child, 'close');
});

test('a lock left by kill -9 is free at once, even when its number now belongs to a living process', async () => {
  const directory = temporaryDirectory();
  const child = await holdInChild(directory);
  child.kill('SIGKILL');
  await once(child, 'close');
  writeFileSync(join(directory, 'pid'), `${process.ppid}\n`);
  const lock = DirectoryLock.acquire(directory);
  expect(readFileSync(join(directory, 'pid'), 'utf8')).toBe(`${process.pid}\n`);
  lock.release();
});

test('within one process it holds too, until it is released', () => {
  const directory = join(temporaryDirectory(), 'state');
  const lock = DirectoryLock.acquire(directory);
  expect(() => DirectoryLock.acquire(directory)).toThrow(`process ${process.pid}`);
  lock.release();
  lock.release();
  expect(existsSync(join(directory, 'pid'))).toBe(false);
  DirectoryLock.acquire(directory).release();
  expect(statSync(join(directory, 'lock')).mode & 0o777).toBe(0o600);
});

test('rubbish in the pid file only makes the message less exact', () => {
  const directory = temporaryDirectory();
  const lock = DirectoryLock.acquire(directory);
  writeFileSync(join(directory, 'pid'), 'rubbish');
  expect(() => DirectoryLock.acquire(directory)).toThrow('in use by another process');
  lock.release();
});
