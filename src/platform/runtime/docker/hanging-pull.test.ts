import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { StartGivenUp } from '../runtime.js';
import { containerSpec, noForwards } from '../runtime.fixture.js';
import { dockerRefusal, openDocker } from './docker.fixture.js';
import { hangingRegistry } from './hanging-registry.fixture.js';
import { ensureImage } from './image.js';

const refusal = await dockerRefusal();
/** The daemon itself gives up after fifteen seconds or more. */
const AT_ONCE_MS = 3_000;

describe.skipIf(refusal !== undefined)(`a registry that never answers${refusal ?? ''}`, { timeout: 30_000 }, () => {
  test('a pull that is not wanted any more is given up at once', async () => {
    const { image, connections } = await hangingRegistry();
    const { runtime } = await openDocker();
    const task = await runtime.prepare({
      id: randomBytes(16).toString('hex'),
      networkMode: 'host',
      volumes: [],
      forwards: noForwards,
    });
    const stop = new AbortController();
    const start = task.start(containerSpec(image, 'true'), stop.signal);
    start.catch(() => undefined);
    await expect.poll(() => connections.size, { timeout: 10_000 }).toBeGreaterThan(0);
    const begun = Date.now();
    stop.abort();
    await expect(start).rejects.toThrow(StartGivenUp);
    expect(Date.now() - begun).toBeLessThan(AT_ONCE_MS);
    await task.release();
  });

  test('one that is not wanted from the start is not begun', async () => {
    const { image, connections } = await hangingRegistry();
    const { docker } = await openDocker();
    const log = { warn: () => undefined, debug: () => undefined };
    const pull = ensureImage(docker, image, { configDirectory: '/nonexistent', log, unwanted: AbortSignal.abort() });
    await expect(pull).rejects.toThrow(StartGivenUp);
    expect(connections.size).toBe(0);
  });

  test('its silence is not waited for longer than it says, in the words of ECS', async () => {
    const { image } = await hangingRegistry();
    const { docker } = await openDocker();
    const log = { warn: () => undefined, debug: () => undefined };
    const pull = ensureImage(docker, image, { configDirectory: '/nonexistent', log, silenceMs: 500 });
    await expect(pull).rejects.toThrow('CannotPullContainerError: the registry says nothing');
  });
});
