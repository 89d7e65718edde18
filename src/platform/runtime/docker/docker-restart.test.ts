import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Inhabited } from '../runtime.fixture.js';
import { BUSYBOX_IMAGE, dockerRefusal, makeBusyboxImage } from './docker.fixture.js';
import { createDockerRuntime } from './docker-runtime.js';
import type { Runtime } from '../runtime.js';

const installed = spawnSync('sh', ['-c', 'command -v dockerd']).status === 0 && process.getuid?.() === 0;
const refusal = (await dockerRefusal()) ?? (installed ? undefined : ' (skipped: needs root and dockerd)');
const settings = { networkMode: 'none', initProcessEnabled: true } as const;

/** A daemon of the test's own, away from the machine's. */
class OwnDaemon {
  readonly directory = mkdtempSync(join(tmpdir(), 'gangway-dockerd-'));
  readonly host = `unix://${join(this.directory, 's')}`;
  readonly #options: readonly string[];
  #process: ChildProcess | undefined;

  constructor(options: readonly string[] = []) {
    this.#options = options;
  }

  start(): void {
    const at = (name: string): string => join(this.directory, name);
    const log = openSync(at('log'), 'a');
    this.#process = spawn(
      'dockerd',
      [
        ...['--iptables=false', '--bridge=none', '--host', this.host],
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

  async remove(): Promise<void> {
    await this.end();
    // Root of its data, which it mounts on itself.
    spawnSync('umount', [join(this.directory, 'data')]);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** With an image, and a runtime that talks to it. */
async function openDaemon(options: readonly string[] = []): Promise<{ daemon: OwnDaemon; runtime: Runtime }> {
  await makeBusyboxImage();
  const daemon = new OwnDaemon(options);
  daemon.start();
  const log = { warn: () => undefined, debug: () => undefined };
  const runtime = createDockerRuntime({ host: daemon.host, stateDirectory: daemon.directory, log });
  await answers(runtime);
  execFileSync('sh', ['-c', `docker save ${BUSYBOX_IMAGE} | docker -H ${daemon.host} load`], { stdio: 'ignore' });
  return { daemon, runtime };
}

const answers = (runtime: Runtime): Promise<void> =>
  vi.waitFor(async () => expect(await runtime.unavailable()).toBeUndefined(), { timeout: 30_000 });

describe.skipIf(refusal !== undefined)(`the daemon is restarted in mid-session${refusal ?? ''}`, () => {
  let daemon: OwnDaemon;
  let runtime: Runtime;

  beforeAll(async () => {
    ({ daemon, runtime } = await openDaemon());
  }, 60_000);
  afterAll(() => daemon.remove(), 60_000);

  test('the session ends, the container counts as ended, and the next one starts', { timeout: 90_000 }, async () => {
    const box = await Inhabited.start(runtime, BUSYBOX_IMAGE, { settings });
    const session = await box.terminal(['/bin/sh', '-c', 'echo ready; sleep 1000']);
    await session.output.until(/ready/);
    await daemon.end();
    await session.output.ended;
    expect((await session.exited).code).toBeGreaterThanOrEqual(128);
    expect(await runtime.unavailable()).toContain('no Docker daemon answers');
    daemon.start();
    expect((await box.container.exited).code).toBeGreaterThanOrEqual(128);
    await box.container.stop(0);
    await answers(runtime);
    await runtime.recover();
    const next = await Inhabited.start(runtime, BUSYBOX_IMAGE, { settings });
    expect((await next.run('echo here')).stdout).toBe('here\n');
    await next.container.stop(0);
  });
});
