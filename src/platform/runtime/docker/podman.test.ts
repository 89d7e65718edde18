import { afterAll, beforeAll, describe } from 'vitest';
import { runtimeContract } from '../runtime.contract.js';
import { BUSYBOX_IMAGE, makeBusyboxImage, openDocker, testEngine } from './docker.fixture.js';
import { PodmanService, podmanRefusal } from './podman.fixture.js';

const refusal = podmanRefusal();
const podman = refusal === undefined ? await PodmanService.open() : undefined;
const sizedAtStart = podman !== undefined && (await testEngine(podman.host)).sizesAtStart;
/** Podman's own default is more than a machine may have: soft above hard, which runc refuses. */
const ulimits = ['nofile', 'nproc'].map((name) => ({ name, softLimit: 1024, hardLimit: 4096 }));

describe.skipIf(podman === undefined)(`Podman keeps the contract of runtimes${refusal ?? ''}`, () => {
  beforeAll(() => makeBusyboxImage(BUSYBOX_IMAGE, podman?.host), 60_000);
  afterAll(() => podman?.end());
  runtimeContract({
    image: BUSYBOX_IMAGE,
    settings: { networkMode: 'none', initProcessEnabled: true, ulimits },
    terminals: { sizedAtStart, outliveTheirLeader: false },
    resetsSignals: false,
    // Also tmpfs on /run, /tmp and /var/tmp of a read-only root.
    additions: { environment: ['container', 'TERM'], writable: 'wrote /tmp/x\n', descriptors: ['3'] },
    open: async () => (await openDocker({ host: podman!.host })).runtime,
  });
});
