import { beforeAll, describe } from 'vitest';
import { preparedTaskContract } from '../prepared-task.contract.js';
import {
  BARE_IMAGE,
  BUSYBOX_IMAGE,
  dockerRefusal,
  makeBareImage,
  makeBusyboxImage,
  openDocker,
} from './docker.fixture.js';

const refusal = await dockerRefusal();

describe.skipIf(refusal !== undefined)(
  `Docker keeps the contract of tasks${refusal ?? ''}`,
  { timeout: 30_000 },
  () => {
    beforeAll(async () => {
      await makeBusyboxImage();
      await makeBareImage();
    }, 60_000);
    preparedTaskContract({
      image: BUSYBOX_IMAGE,
      settings: { initProcessEnabled: true },
      ownNetwork: true,
      toolbox: { image: BUSYBOX_IMAGE },
      bare: { image: BARE_IMAGE, argv: ['/busybox', 'sleep', '100000'] },
      open: async () => (await openDocker()).runtime,
    });
  },
);
