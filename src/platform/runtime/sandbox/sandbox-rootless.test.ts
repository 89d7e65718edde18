import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { temporaryDirectory } from './sandbox.fixture.js';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const vitest = join(root, 'node_modules/vitest/vitest.mjs');
/** A number that no user has. */
const somebody = { uid: 48_213, gid: 48_213 };

/** Why the tests cannot be run again as an unprivileged user, as the end of a test's name. */
function refusal(): string | undefined {
  if (process.getuid?.() !== 0) return ' (skipped: not root, so they have been run rootless already)';
  const readable = spawnSync('cat', [vitest], { ...somebody, stdio: 'ignore' }).status === 0;
  if (!readable) return ' (skipped: other users cannot read this directory)';
  const namespaces = spawnSync('unshare', ['--user', '--map-root-user', 'true'], { ...somebody, stdio: 'ignore' });
  return namespaces.status === 0 ? undefined : ' (skipped: unprivileged user namespaces are not permitted)';
}

const reason = refusal();

describe.skipIf(reason !== undefined)(`without root${reason ?? ''}`, () => {
  test('the sandbox keeps the contract, isolates and recovers all the same', { timeout: 400_000 }, () => {
    const directory = temporaryDirectory();
    spawnSync('chown', [`${somebody.uid}:${somebody.gid}`, directory]);
    const report = join(directory, 'report.json');
    const files = ['runtime', 'isolation', 'recovery', 'task', 'settings', 'toolbox'].map((name) => `sandbox-${name}`);
    spawnSync(
      process.execPath,
      // The default loader of the configuration writes into node_modules.
      [vitest, 'run', '--configLoader=runner', '--reporter=json', `--outputFile=${report}`].concat(
        files.map((name) => `src/platform/runtime/sandbox/${name}.test.ts`),
      ),
      {
        ...somebody,
        cwd: root,
        env: { PATH: process.env['PATH'], HOME: directory, TMPDIR: directory },
        stdio: 'ignore',
      },
    );
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report;
    const results = testResults.flatMap((file) => file.assertionResults);
    const failed = results.filter((result) => result.status === 'failed');
    expect(failed.map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages.join()}`)).toEqual([]);
    expect(results.filter(({ status }) => status === 'passed').length).toBeGreaterThan(90);
    expect(testResults).toHaveLength(files.length);
  });
});

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { status: string; fullName: string; failureMessages: string[] }[];
  }[];
}
