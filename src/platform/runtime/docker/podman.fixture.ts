import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { processesWith, until } from '../../../../test/processes.fixture.js';

/** Why Podman cannot be used here, as the end of a test's name. */
export function podmanRefusal(): string | undefined {
  const tools = spawnSync('sh', ['-c', 'command -v podman runc']).status === 0;
  if (!tools || process.getuid?.() !== 0) return ' (skipped: needs root, podman and runc)';
  if (!existsSync('/usr/libexec/podman/catatonit')) return ' (skipped: needs catatonit)';
  const busybox = existsSync('/bin/busybox') && spawnSync('ldd', ['/bin/busybox']).status !== 0;
  return busybox ? undefined : ' (skipped: busybox-static is not installed)';
}

/** Podman's service with the API of Docker, with images and containers of its own. */
export class PodmanService {
  readonly #directory = mkdtempSync(join(tmpdir(), 'gangway-podman-'));
  readonly #process: ChildProcess;

  private constructor() {
    const log = openSync(join(this.#directory, 'log'), 'a');
    const service = ['system', 'service', '--time=0', this.host];
    this.#process = spawn('podman', [...this.#options, ...service], { stdio: ['ignore', log, log] });
  }

  get host(): string {
    return `unix://${join(this.#directory, 's')}`;
  }

  /** crun, its usual runtime, knows no machine with both versions of control groups; vfs needs nothing of a kernel. */
  get #options(): readonly string[] {
    const at = (name: string): string => join(this.#directory, name);
    const storage = ['--root', at('root'), '--runroot', at('run'), '--tmpdir', at('tmp'), '--storage-driver', 'vfs'];
    return [...storage, '--runtime', 'runc', '--cgroup-manager', 'cgroupfs', '--events-backend', 'file'];
  }

  static async open(): Promise<PodmanService> {
    const service = new PodmanService();
    for (let look = 0; !existsSync(join(service.#directory, 's')); look += 1) {
      if (look > 200)
        throw new Error(`podman does not answer: ${readFileSync(join(service.#directory, 'log'), 'utf8')}`);
      await sleep(50);
    }
    return service;
  }

  async end(): Promise<void> {
    spawnSync('podman', [...this.#options, 'rm', '--all', '--force', '--time', '0']);
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGTERM');
    await ended;
    // What watches an exec stays for five minutes after it, to clean up: it would make the directories anew.
    await until('podman has ended', () => {
      const left = processesWith(this.#directory);
      for (const line of left) spawnSync('kill', ['-9', line.split(' ', 1)[0] ?? '']);
      return left.length === 0;
    });
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
