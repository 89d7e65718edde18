import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { expect, vi } from 'vitest';
import type { Runtime } from '../runtime.js';
import { BUSYBOX_IMAGE, dockerRefusal, makeBusyboxImage } from './docker.fixture.js';
import { createDockerRuntime } from './docker-runtime.js';

/** Why a test cannot have a daemon of its own here, as the end of its name. */
export async function ownDaemonRefusal(): Promise<string | undefined> {
  const tools = spawnSync('sh', ['-c', 'command -v dockerd docker unshare']).status === 0;
  const installed = tools && process.getuid?.() === 0;
  return (await dockerRefusal()) ?? (installed ? undefined : ' (skipped: needs root, dockerd, docker and unshare)');
}

/**
 * A daemon of the test's own, away from the machine's: in a network namespace too, for a daemon without a bridge
 * removes that of the other.
 */
export class OwnDaemon {
  readonly directory = mkdtempSync(join(tmpdir(), 'gangway-dockerd-'));
  readonly host = `unix://${join(this.directory, 's')}`;
  readonly #options: readonly string[];
  #process: ChildProcess | undefined;

  constructor(options: readonly string[] = []) {
    this.#options = options;
  }

  /** With the test's image. Resolves when it answers. */
  static async open(options: readonly string[] = []): Promise<OwnDaemon> {
    await makeBusyboxImage();
    const daemon = new OwnDaemon(options);
    daemon.start();
    await answers(daemon.runtime());
    execFileSync('sh', ['-c', `docker save ${BUSYBOX_IMAGE} | docker -H ${daemon.host} load`], { stdio: 'ignore' });
    return daemon;
  }

  /** One that talks to it; each is another life of the same host. */
  runtime(): Runtime {
    const log = { warn: () => undefined, debug: () => undefined };
    return createDockerRuntime({ host: this.host, stateDirectory: this.directory, log });
  }

  start(): void {
    const at = (name: string): string => join(this.directory, name);
    const log = openSync(at('log'), 'a');
    this.#process = spawn(
      'unshare',
      [
        ...['--net', 'dockerd', '--iptables=false', '--bridge=none', '--host', this.host],
        ...this.#options,
        ...['--data-root', at('data'), '--exec-root', at('exec'), '--pidfile', at('pid')],
      ],
      { stdio: ['ignore', log, log] },
    );
  }

  async end(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }

  /** With what it has left running. */
  async remove(): Promise<void> {
    const running = spawnSync('docker', ['-H', this.host, 'ps', '-aq'], { encoding: 'utf8' }).stdout;
    const ids = running.split('\n').filter((id) => id !== '');
    if (ids.length > 0) spawnSync('docker', ['-H', this.host, 'rm', '-f', ...ids]);
    await this.end();
    // Root of its data, which it mounts on itself.
    spawnSync('umount', [join(this.directory, 'data')]);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export function answers(runtime: Runtime): Promise<void> {
  return vi.waitFor(async () => expect(await runtime.unavailable()).toBeUndefined(), { timeout: 30_000 });
}
