import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, vi } from 'vitest';
import { preparedTaskContract } from '../prepared-task.contract.js';
import { runtimeContract } from '../runtime.contract.js';
import {
  BARE_IMAGE,
  BUSYBOX_IMAGE,
  makeBareImage,
  makeBusyboxImage,
  openDocker,
  testEngine,
} from './docker.fixture.js';

const installed = spawnSync('sh', ['-c', 'command -v podman']).status === 0 && process.getuid?.() === 0;
const refusal = installed ? undefined : ' (skipped: needs root and podman)';

describe.skipIf(refusal !== undefined)(`Podman’s service${refusal ?? ''}`, { timeout: 60_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'gangway-podman-'));
  const host = `unix://${join(directory, 's')}`;
  let service: ChildProcess;

  beforeAll(async () => {
    service = spawn('podman', ['system', 'service', '--time=0', host], { stdio: 'ignore' });
    await vi.waitFor(() => testEngine(host), { timeout: 30_000 });
    await makeBusyboxImage(BUSYBOX_IMAGE, host);
    await makeBareImage(host);
  }, 120_000);
  afterAll(async () => {
    const ended = once(service, 'exit');
    service.kill('SIGTERM');
    await ended;
    rmSync(directory, { recursive: true, force: true });
  }, 60_000);

  const open = async () => {
    const { runtime } = await openDocker({ host });
    expect(await runtime.unavailable()).toBeUndefined();
    return runtime;
  };
  runtimeContract({
    image: BUSYBOX_IMAGE,
    settings: { networkMode: 'none', initProcessEnabled: true },
    terminals: { sizedAtStart: true, outliveTheirLeader: false },
    resetsSignals: false,
    open,
  });
  preparedTaskContract({
    image: BUSYBOX_IMAGE,
    settings: { initProcessEnabled: true },
    ownNetwork: true,
    toolbox: { image: BUSYBOX_IMAGE },
    bare: { image: BARE_IMAGE, argv: ['/busybox', 'sleep', '100000'] },
    open,
  });
});
