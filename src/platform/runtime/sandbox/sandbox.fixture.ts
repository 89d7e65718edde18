import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Runtime } from '../runtime.js';
import { cgroupHierarchies } from './cgroup-hierarchy.js';
import { ControlGroups } from './control-groups.js';
import { createSandboxRuntime, type SandboxRuntimeOptions } from './sandbox-runtime.js';

export interface Sandbox {
  readonly runtime: Runtime;
  readonly stateDirectory: string;
}

/** A directory that is gone after the test. */
export function temporaryDirectory(parent: string = tmpdir()): string {
  const path = mkdtempSync(join(parent, 'gangway-sandbox-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A sandbox with a state directory of its own; the test fails when anything is left there at its end. */
export function openSandbox(changes: Partial<SandboxRuntimeOptions> = {}): Sandbox {
  const directory = temporaryDirectory();
  const stateDirectory = join(directory, 'containers');
  const warnings: string[] = [];
  const log = {
    warn: (fields: object, message: string): void => void warnings.push(`${message} ${JSON.stringify(fields)}`),
  };
  const runtime = createSandboxRuntime({ stateDirectory, dataDirectoryToMask: directory, log, ...changes });
  onTestFinished(() => {
    // Shared volumes stay.
    const left = existsSync(stateDirectory) ? readdirSync(stateDirectory).filter((name) => name !== 'volumes') : [];
    if (left.length + warnings.length > 0) throw new Error(`left behind: ${[...left, ...warnings].join(', ')}`);
  });
  return { runtime, stateDirectory };
}

/** Why containers cannot be started here, as the end of a test's name. */
export async function sandboxRefusal(): Promise<string | undefined> {
  const directory = mkdtempSync(join(tmpdir(), 'gangway-sandbox-test-'));
  try {
    const options = { stateDirectory: directory, dataDirectoryToMask: directory, log: { warn: () => undefined } };
    const reason = await createSandboxRuntime(options).unavailable();
    return reason === undefined ? undefined : ` (skipped: ${reason})`;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The control groups of a runtime with this state directory. */
export function groupsOf(stateDirectory: string): string[] {
  const { name } = new ControlGroups(stateDirectory, { warn: () => undefined });
  const all = cgroupHierarchies().flatMap(({ parents }) => parents.map((parent) => join(parent, name)));
  return all.filter((path) => existsSync(path));
}
