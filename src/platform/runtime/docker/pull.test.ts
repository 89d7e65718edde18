import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { describe, expect, onTestFinished, test } from 'vitest';
import { temporaryDirectory } from '../../store/temporary-directory.fixture.js';
import { containerSpec, noForwards, resultOf } from '../runtime.fixture.js';
import type { DockerRuntimeOptions } from './docker-runtime.js';
import { dockerRefusal, openDocker } from './docker.fixture.js';
import { testRegistry, type TestRegistry } from './registry.fixture.js';

const refusal = await dockerRefusal();

/** Docker's `config.json`, with an account for the image's registry. */
function configWith({ image }: TestRegistry, account: string): string {
  const directory = temporaryDirectory();
  const auths = { [image.split('/')[0]!]: { auth: Buffer.from(account).toString('base64') } };
  writeFileSync(join(directory, 'config.json'), JSON.stringify({ auths }));
  return directory;
}

async function setUp(registry: TestRegistry, changes: Partial<DockerRuntimeOptions> = {}) {
  const told: string[] = [];
  const log = {
    warn: () => undefined,
    debug: (fields: object): void => void told.push((fields as { status?: string }).status ?? ''),
  };
  const { runtime, docker } = await openDocker({ log, ...changes });
  onTestFinished(() => remove(docker, registry.image));
  const task = await runtime.prepare({
    ...{ id: randomBytes(16).toString('hex'), networkMode: 'host' as const, volumes: [], forwards: noForwards },
  });
  onTestFinished(() => task.release());
  const start = async () => {
    const container = await task.start({ ...containerSpec(registry.image, ''), argv: [], imageCommand: {} });
    const result = await resultOf(container);
    await container.stop(0);
    return { ...result, digest: container.imageDigest };
  };
  return { start, told };
}

async function remove(docker: Docker, image: string): Promise<void> {
  await docker
    .getImage(image)
    .remove({ force: true })
    .catch(() => undefined);
}

describe.skipIf(refusal !== undefined)(`images from a registry${refusal ?? ''}`, { timeout: 60_000 }, () => {
  test('are pulled with progress, run as the image says, and are there the next time', async () => {
    const registry = await testRegistry();
    const { start, told } = await setUp(registry);
    const first = await start();
    expect(first).toMatchObject({ code: 0, digest: registry.digest });
    expect(first.stdout).toMatch(/^yes\n\d+ [\d.]+$/);
    expect(told).toEqual(expect.arrayContaining(['Pulling fs layer', 'Pull complete']));
    expect(registry.served.filter((one) => one.includes('/blobs/'))).toHaveLength(2);
    const asked = registry.served.length;
    expect(await start()).toEqual(first);
    expect(registry.served).toHaveLength(asked);
  });

  test('of somebody else are pulled with the account of Docker’s configuration', async () => {
    const registry = await testRegistry({ account: 'ann:secret' });
    const { start } = await setUp(registry, { configDirectory: configWith(registry, 'ann:secret') });
    expect(await start()).toMatchObject({ code: 0, digest: registry.digest });
  });

  test.each([
    ['no account', undefined],
    ['a wrong one', 'ann:wrong'],
  ])('that are not for whoever asks, with %s: the container does not start, and says why', async (_name, account) => {
    const registry = await testRegistry({ account: 'ann:secret' });
    const changes = account === undefined ? {} : { configDirectory: configWith(registry, account) };
    const { start } = await setUp(registry, changes);
    await expect(start()).rejects.toThrow(
      /^CannotPullContainerError: Error response from daemon: (?:unauthorized|.*no basic auth)/,
    );
    expect(registry.served).toEqual([]);
  });

  test('that are not there, or not what their manifest says, do not start', async () => {
    const registry = await testRegistry();
    const missing = await setUp({ ...registry, image: registry.image.replace(/:1$/, ':2') });
    await expect(missing.start()).rejects.toThrow(/^CannotPullContainerError: .*(not found|manifest unknown)/);
    const broken = await testRegistry({ broken: true });
    await expect((await setUp(broken)).start()).rejects.toThrow(/^CannotPullContainerError: /);
  });
});
