import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type Docker from 'dockerode';
import { onTestFinished } from 'vitest';
import type { Runtime } from '../runtime.js';
import { HOST_LABEL } from './container-config.js';
import { connectEngine } from './docker-engine.js';
import { findDockerHost, type DockerHost } from './docker-host.js';
import { readHostId } from './host-id.js';
import { hasImage, importImage } from './import-image.js';
import { tarArchive } from './tar-archive.js';
import { createDockerRuntime, type DockerRuntimeOptions } from './docker-runtime.js';

const BUSYBOX = '/bin/busybox';
/** Of a local image that is made from this machine's busybox, and stays: making it again is all layers cached. */
export const BUSYBOX_IMAGE = 'localhost/gangway-test-busybox-1:latest';

/** Why Docker cannot be used here, as the end of a test's name. */
export async function dockerRefusal(): Promise<string | undefined> {
  const reason = await createDockerRuntime(runtimeOptions(tmpdir())).unavailable();
  if (reason !== undefined) return ` (skipped: ${reason})`;
  if (!existsSync(BUSYBOX) || !isStatic(BUSYBOX)) return ' (skipped: busybox-static is not installed)';
  return undefined;
}

function isStatic(program: string): boolean {
  try {
    execFileSync('ldd', [program], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
}

/** An image of busybox alone, from this machine: no registry is needed. */
export async function makeBusyboxImage(name = BUSYBOX_IMAGE, host?: DockerHost): Promise<void> {
  const { docker } = await testEngine(host);
  if (await hasImage(docker, name)) return;
  const directory = mkdtempSync(join(tmpdir(), 'gangway-image-'));
  try {
    for (const part of ['bin', 'dev', 'etc', 'proc', 'root', 'sys', 'tmp', 'var']) mkdirSync(join(directory, part));
    copyFileSync(BUSYBOX, join(directory, 'bin/busybox'));
    const applets = execFileSync(BUSYBOX, ['--list'], { encoding: 'utf8' }).trim().split('\n');
    for (const applet of applets) if (applet !== 'busybox') symlinkSync('busybox', join(directory, 'bin', applet));
    writeFileSync(join(directory, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n');
    writeFileSync(join(directory, 'etc/group'), 'root:x:0:\nnobody:x:65534:\n');
    const archive = join(directory, 'image.tar');
    execFileSync('tar', ['-C', directory, '--exclude', './image.tar', '-cf', archive, '.']);
    await importImage(docker, name.replace(/:latest$/, ''), readFileSync(archive));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A static program and nothing else, as a distroless image has it. */
export const BARE_IMAGE = 'localhost/gangway-test-bare-1:latest';

export async function makeBareImage(host?: DockerHost): Promise<void> {
  const { docker } = await testEngine(host);
  if (await hasImage(docker, BARE_IMAGE)) return;
  const archive = tarArchive([{ path: 'busybox', mode: 0o755, content: readFileSync(BUSYBOX) }]);
  await importImage(docker, BARE_IMAGE.replace(/:latest$/, ''), archive);
}

export async function testEngine(
  host = findDockerHost(process.env) ?? '',
): Promise<{ docker: Docker; sizesAtStart: boolean }> {
  return connectEngine(host);
}

function runtimeOptions(stateDirectory: string): DockerRuntimeOptions {
  const log = { warn: () => undefined, debug: () => undefined };
  return { host: findDockerHost(process.env), stateDirectory, configDirectory: '/nonexistent', log };
}

export interface DockerUnderTest {
  readonly runtime: Runtime;
  readonly stateDirectory: string;
  readonly docker: Docker;
}

/** A runtime of its own; the test fails when anything is left with the daemon at its end. */
export async function openDocker(changes: Partial<DockerRuntimeOptions> = {}): Promise<DockerUnderTest> {
  const stateDirectory = changes.stateDirectory ?? mkdtempSync(join(tmpdir(), 'gangway-docker-test-'));
  const warnings: string[] = [];
  const log = {
    warn: (fields: object, message: string): void => void warnings.push(`${message} ${JSON.stringify(fields)}`),
    debug: () => undefined,
  };
  const { docker } = await testEngine(changes.host);
  const runtime = createDockerRuntime({ ...runtimeOptions(stateDirectory), log, ...changes });
  onTestFinished(async () => {
    const label = `${HOST_LABEL}=${readHostId(stateDirectory) ?? ''}`;
    const left = await docker.listContainers({ all: true, filters: { label: [label] } });
    await runtime.recover();
    rmSync(stateDirectory, { recursive: true, force: true });
    if (left.length + warnings.length > 0) {
      throw new Error(`left behind: ${[...left.map(({ Status }) => Status), ...warnings].join(', ')}`);
    }
  });
  return { runtime, stateDirectory, docker };
}
