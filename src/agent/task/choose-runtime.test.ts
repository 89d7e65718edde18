import { expect, test } from 'vitest';
import { FakeRuntime } from '../fixtures/fake-runtime.fixture.js';
import { chooseRuntime } from './choose-runtime.js';

test('the first runtime that takes the image gets it', async () => {
  const runtimes = [new FakeRuntime('sandbox'), new FakeRuntime('docker')];
  expect(await chooseRuntime(runtimes, 'host')).toBe(runtimes[0]);
  expect(await chooseRuntime(runtimes, 'nginx')).toBe(runtimes[1]);
});

test('a runtime that cannot work here is passed over', async () => {
  const [sandbox, docker] = [new FakeRuntime('sandbox'), new FakeRuntime('docker')];
  sandbox.missing = 'user namespaces are not permitted';
  expect(await chooseRuntime([sandbox, docker], 'host')).toBe(docker);
});

test('no runtime at all: the text of a failed pull, with every reason', async () => {
  const [sandbox, docker] = [new FakeRuntime('sandbox'), new FakeRuntime('docker')];
  docker.missing = 'no Docker socket at /var/run/docker.sock';
  await expect(chooseRuntime([sandbox, docker], 'nginx')).rejects.toThrow(
    'CannotPullContainerError: no way to run image nginx on this host ' +
      '(sandbox: does not take this image; docker: no Docker socket at /var/run/docker.sock)',
  );
  await expect(chooseRuntime([sandbox], 'nginx')).rejects.toThrow('docker: not set up on this host');
});
