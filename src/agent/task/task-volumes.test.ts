import { expect, test } from 'vitest';
import { containerPayload, taskPayload } from '../fixtures/agent-host.fixture.js';
import { mountsOf, volumeSpecs } from './task-volumes.js';

test('volumes: of the host, of the task, and shared ones of Docker', () => {
  const docker = { driver: 'local', driverOpts: { type: 'tmpfs' }, labels: { a: 'b' }, autoprovision: true };
  expect(
    volumeSpecs({
      volumes: [
        { name: 'host', host: { sourcePath: '/srv' } },
        { name: 'empty', host: {} },
        { name: 'bare' },
        { name: 'task', dockerVolumeConfiguration: { ...docker, scope: 'task' } },
        { name: 'shared', dockerVolumeConfiguration: { ...docker, scope: 'shared' } },
      ],
    }),
  ).toEqual([
    { name: 'host', hostPath: '/srv' },
    { name: 'empty' },
    { name: 'bare' },
    { name: 'task' },
    {
      name: 'shared',
      shared: { driver: 'local', driverOptions: { type: 'tmpfs' }, labels: { a: 'b' }, autoprovision: true },
    },
  ]);
  expect(volumeSpecs({})).toEqual([]);
});

const point = (sourceVolume: string, containerPath: string, readOnly = false) => ({
  sourceVolume,
  containerPath,
  readOnly,
});

test('a container has its own mounts, then those it takes from others, read-only where either says so', () => {
  const a = containerPayload('a', { mountPoints: [point('v', '/v'), point('w', '/w', true)] });
  const b = containerPayload('b', {
    mountPoints: [point('own', '/v')],
    volumesFrom: [{ sourceContainer: 'a', readOnly: false }],
  });
  const c = containerPayload('c', { volumesFrom: [{ sourceContainer: 'b', readOnly: true }] });
  const task = taskPayload({ containers: [a, b, c] });
  expect(mountsOf(b, task)).toEqual([
    { source: 'own', containerPath: '/v', readOnly: false },
    { source: 'w', containerPath: '/w', readOnly: true },
  ]);
  expect(mountsOf(c, task)).toEqual([
    { source: 'own', containerPath: '/v', readOnly: true },
    { source: 'w', containerPath: '/w', readOnly: true },
  ]);
});

test("circles and names that are nobody's add nothing", () => {
  const a = containerPayload('a', {
    mountPoints: [point('v', '/v')],
    volumesFrom: [
      { sourceContainer: 'b', readOnly: false },
      { sourceContainer: 'z', readOnly: false },
    ],
  });
  const b = containerPayload('b', { volumesFrom: [{ sourceContainer: 'a', readOnly: false }] });
  expect(mountsOf(a, taskPayload({ containers: [a, b] }))).toEqual([
    { source: 'v', containerPath: '/v', readOnly: false },
  ]);
});
