import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runtimeContract } from '../runtime.contract.js';
import { openSandbox, sandboxRefusal } from './sandbox.fixture.js';
import { prebuiltProgram } from './sealed-program.js';

const native = fileURLToPath(new URL('../../../../native', import.meta.url));
const refusal = await sandboxRefusal();

/** As native/build.sh does: all C files in the order of their names. */
function sourceDigest(): string {
  const sources = readdirSync(native).filter((name) => /\.[ch]$/.test(name));
  const digest = createHash('sha256');
  for (const name of sources.sort()) digest.update(readFileSync(join(native, name)));
  return digest.digest('hex');
}

describe('the committed programs', () => {
  test.each(['x64', 'arm64'])('for %s come from the committed sources: else run native/build.sh', (arch) => {
    const program = readFileSync(prebuiltProgram('linux', arch) ?? '');
    expect(program.includes(`gangway-sandbox source-sha256=${sourceDigest()}\n`)).toBe(true);
  });

  test.each(['x64', 'arm64'])('for %s are small, executable, static, and name no directory of the builder', (arch) => {
    const path = prebuiltProgram('linux', arch) ?? '';
    const program = readFileSync(path);
    expect(statSync(path).mode & 0o111).toBe(0o111);
    expect(program.length).toBeLessThan(100_000);
    // ELF e_machine: x86-64 is 62, AArch64 183. PT_INTERP would name a loader.
    expect(program.readUInt16LE(18)).toBe(arch === 'x64' ? 62 : 183);
    expect(program.includes('ld-linux')).toBe(false);
    expect(program.includes('/home/') || program.includes(native)).toBe(false);
  });

  test('are there for Linux on x64 and arm64 only', () => {
    expect(prebuiltProgram('darwin', 'arm64')).toBeUndefined();
    expect(prebuiltProgram('linux', 'ia32')).toBeUndefined();
  });
});

const compiler = spawnSync(process.env['CC'] ?? 'gcc', ['--version'], { stdio: 'ignore' }).status === 0;
const cannot = compiler ? refusal : ' (skipped: no C compiler)';

describe.skipIf(cannot !== undefined)(`a program built here keeps the contract too${cannot ?? ''}`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'gangway-sandbox-build-'));
  const program = join(directory, `linux-${process.arch}`, 'gangway-sandbox');
  beforeAll(() => {
    const built = spawnSync(join(native, 'build.sh'), [process.arch, '--out', directory], { encoding: 'utf8' });
    expect(built.stderr).toBe('');
    expect(built.status).toBe(0);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  runtimeContract({ image: 'host', open: () => Promise.resolve(openSandbox({ program }).runtime) });
});
