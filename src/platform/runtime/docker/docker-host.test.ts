import { expect, test } from 'vitest';
import { findDockerHost } from './docker-host.js';

const found = (environment: Record<string, string>, ...sockets: string[]): string | undefined =>
  findDockerHost(environment, (path) => sockets.includes(path));

test('DOCKER_HOST comes first, whatever sockets there are', () => {
  expect(found({ DOCKER_HOST: 'tcp://10.0.0.1:2376' }, '/var/run/docker.sock')).toBe('tcp://10.0.0.1:2376');
  expect(found({ DOCKER_HOST: '' }, '/var/run/docker.sock')).toBe('unix:///var/run/docker.sock');
});

test("then Docker's socket, the user's own, and Podman's", () => {
  const own = { XDG_RUNTIME_DIR: '/run/user/1000' };
  expect(found(own, '/run/user/1000/docker.sock', '/var/run/docker.sock')).toBe('unix:///var/run/docker.sock');
  expect(found(own, '/run/podman/podman.sock', '/run/user/1000/docker.sock')).toBe('unix:///run/user/1000/docker.sock');
  expect(found(own, '/run/user/1000/podman/podman.sock')).toBe('unix:///run/user/1000/podman/podman.sock');
  expect(found({}, '/run/podman/podman.sock')).toBe('unix:///run/podman/podman.sock');
  expect(found(own)).toBeUndefined();
});
