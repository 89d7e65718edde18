import { beforeAll, describe } from 'vitest';
import { runtimeContract } from '../runtime.contract.js';
import { BUSYBOX_IMAGE, dockerRefusal, makeBusyboxImage, openDocker, testEngine } from './docker.fixture.js';

const refusal = await dockerRefusal();
const sizedAtStart = refusal === undefined && (await testEngine()).sizesAtStart;

describe.skipIf(refusal !== undefined)(`Docker keeps the contract of runtimes${refusal ?? ''}`, () => {
  beforeAll(() => makeBusyboxImage(), 60_000);
  runtimeContract({
    image: BUSYBOX_IMAGE,
    settings: { networkMode: 'none', initProcessEnabled: true },
    terminals: { sizedAtStart, outliveTheirLeader: false },
    // What the daemon was started with is inherited.
    resetsSignals: false,
    open: async () => (await openDocker()).runtime,
  });
});
