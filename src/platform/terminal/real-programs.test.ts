import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { isThere, linesOf, recordProgram, TERMINAL_HEADER, type Step } from './terminal-recording.fixture.js';

const directory = mkdtempSync(join(tmpdir(), 'gangway-transcript-'));
afterAll(() => rmSync(directory, { recursive: true }));

async function transcriptOf(file: string, args: readonly string[], steps: readonly Step[]): Promise<string[]> {
  const lines = await linesOf(TERMINAL_HEADER, await recordProgram(file, args, steps));
  return lines.map(({ text }) => text);
}

test.skipIf(!isThere('/usr/bin/vi'))('vi: what was typed, what was there, and the shell around it', async () => {
  const path = join(directory, 'notes.txt');
  writeFileSync(path, 'first line\nsecond line\n');
  const lines = await transcriptOf(
    '/bin/sh',
    ['-c', `echo before; vi -u NONE ${path}; echo after; cat ${path}`],
    [
      [/second line/, 'othe secret word\x1b'],
      [/secret word/, ':wq\r'],
    ],
  );
  expect(lines[0]).toBe('before');
  expect(lines.indexOf('after')).toBeGreaterThan(lines.indexOf('the secret word'));
  expect(lines.slice(lines.indexOf('after'))).toEqual(['after', 'first line', 'the secret word', 'second line']);
});

test.skipIf(!isThere('/usr/bin/less'))('less: every page that was read, once, in order', async () => {
  const path = join(directory, 'long.txt');
  const text = Array.from({ length: 80 }, (_, n) => `row ${n + 1} of the file`);
  writeFileSync(path, text.join('\n') + '\n');
  const lines = await transcriptOf(
    'less',
    [path],
    [
      [/row 23 of/, ' '],
      [/row 46 of/, ' '],
      [/row 69 of/, 'b'],
      [/row 24 of/, 'q'],
    ],
  );
  expect(lines.filter((line) => line.startsWith('row '))).toEqual(expect.arrayContaining(text.slice(0, 69)));
  expect(lines.filter((line) => line.startsWith('row 3 '))).toHaveLength(1);
});

test.skipIf(!isThere('/usr/bin/top'))('top: the processes that it showed last', async () => {
  const lines = await transcriptOf('/bin/sh', ['-c', 'echo before; top -d 0.3 -n 2; echo after'], []);
  expect(lines[0]).toBe('before');
  expect(lines.join('\n')).toMatch(/load average: [\s\S]*PID USER[\s\S]*\n *\d+ root .* \S/);
  expect(lines.at(-1)).toBe('after');
});

test.skipIf(!isThere('/usr/bin/top'))('top -b: all that it printed', async () => {
  const lines = await transcriptOf('/bin/sh', ['-c', 'top -b -n 1 | head -40; echo after'], []);
  expect(lines[0]).toMatch(/^top - /);
  expect(lines.filter((line) => line.includes('PID USER'))).toHaveLength(1);
  expect(lines.at(-1)).toBe('after');
});

test('a progress bar of a shell is its last state', async () => {
  const script = 'for n in 1 2 3 4 5; do printf "\\r%s of 5" $n; sleep 0.05; done; echo; echo done';
  expect(await transcriptOf('/bin/sh', ['-c', script], [])).toEqual(['5 of 5', 'done']);
});
