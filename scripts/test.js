// `npm test`: builds, runs every test, names what was skipped, and closes with one line that counts.
// Further arguments go to vitest, for example `npm test -- src/core`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepare } from '../bin/prepare.js';

await prepare();
const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'gangway-test-'));
const report = join(scratch, 'report.json');
const { status } = spawnSync(
  process.execPath,
  [
    join(root, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
);

let results = [];
try {
  results = JSON.parse(readFileSync(report, 'utf8')).testResults;
} catch (error) {
  process.stdout.write(`No test report: ${error.message}\n`);
}
rmSync(scratch, { recursive: true, force: true });

const tests = results.flatMap((file) => file.assertionResults);
const count = (...states) => tests.filter((test) => states.includes(test.status)).length;
const skipped = tests.filter((test) => ['pending', 'skipped', 'todo'].includes(test.status));
for (const test of skipped) process.stdout.write(`skipped: ${test.fullName}\n`);
// A file that fails to load has no tests of its own, and counts as one failure.
const broken = results.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
let failed = count('failed') + broken;
// Errors outside tests (unhandled rejections) fail the run without failing a test.
if (status !== 0 && failed === 0) failed = 1;
process.stdout.write(
  `${count('passed')} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}\n`,
);
process.exit(failed > 0 || count('passed') === 0 ? 1 : 0);
