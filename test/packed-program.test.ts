import { execFileSync, type ExecFileSyncOptions } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const packed = fileURLToPath(new URL('../bin/packed.js', import.meta.url));

function setUp() {
  const directory = mkdtempSync(join(tmpdir(), 'gangway-packed-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'program.cjs');
  const write = (answer: string, at: number): void => {
    writeFileSync(file, `exports.main = () => { function say() { return '${answer}'; } console.log(say()); };`);
    utimesSync(file, at, at);
  };
  const options: ExecFileSyncOptions = { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] };
  const main = (...args: string[]): string => {
    const script = `require(${JSON.stringify(packed)}).loadPacked(${JSON.stringify(file)}).main(); process.exit(${args[0] ?? 0})`;
    return String(execFileSync(process.execPath, ['-e', script, '--', ...args], options));
  };
  const caches = (): string[] => readdirSync(directory).filter((name) => name.endsWith('.cache'));
  return { directory, write, main, caches };
}

test('a packed program is kept as compiled, and a new build of the same length is not taken for the old one', () => {
  const { write, main, caches } = setUp();
  write('one', 1_000);
  expect(main()).toBe('one\n');
  expect(caches()).toHaveLength(1);
  expect(main()).toBe('one\n');
  write('two', 2_000);
  expect(main()).toBe('two\n');
  expect(main()).toBe('two\n');
});

test('what was kept and is damaged is made anew', () => {
  const { directory, write, main, caches } = setUp();
  write('one', 1_000);
  main();
  const kept = join(directory, caches()[0] ?? '');
  writeFileSync(kept, 'not what V8 wrote');
  expect(main()).toBe('one\n');
  expect(readFileSync(kept).length).toBeGreaterThan(100);
});

test('a run that only asked for help keeps nothing', () => {
  const { write, main, caches } = setUp();
  write('one', 1_000);
  expect(main('0', '--help')).toBe('one\n');
  expect(caches()).toEqual([]);
});
