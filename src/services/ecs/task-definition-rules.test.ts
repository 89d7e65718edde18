import { describe, expect, test } from 'vitest';
import { fargateDefinition, openEcs } from './ecs.fixture.js';

const app = { name: 'app', image: 'host', memory: 128 };
const side = { name: 'side', image: 'host', memory: 64, essential: false };
const check = { command: ['CMD-SHELL', 'true'] };

function register(definition: object) {
  return openEcs().call('RegisterTaskDefinition', { family: 'web', ...definition });
}

/** A definition for EC2 with one container, or with a second one beside it. */
const one = (container: object, more: object = {}) => ({ containerDefinitions: [{ ...app, ...container }], ...more });
const two = (container: object, other: object = {}) => ({
  containerDefinitions: [
    { ...app, ...container },
    { ...side, ...other },
  ],
});
const onFargate = (container: object, more: object = {}) => ({
  ...fargateDefinition,
  containerDefinitions: [{ name: 'app', image: 'host', ...container }],
  ...more,
});
const needs = (containerName: string, condition: string) => ({ dependsOn: [{ containerName, condition }] });

describe('what AWS refuses to register', () => {
  test.each<[string, object, string]>([
    [
      'less memory than its reservation',
      one({ memoryReservation: 256 }),
      "Invalid setting for container 'app'. 'memory' must be greater than or equal to 'memoryReservation'.",
    ],
    ['too little memory', one({ memory: 5 }), "Invalid setting for container 'app'. 'memory' must be at least 6 MiB."],
    [
      'a container greater than its task',
      one({ memory: 512 }, { memory: '256' }),
      "The 'memory' setting for container 'app' is greater than for the task.",
    ],
    [
      'containers that together want more CPU than their task has',
      onFargate({ cpu: 257 }),
      "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.",
    ],
    [
      'a stop timeout that is too short',
      one({ stopTimeout: 1 }),
      "Granular stop timeout on container 'app' must be at least 2 seconds.",
    ],
    [
      'a start timeout that is too short',
      one({ startTimeout: 1 }),
      "Granular start timeout on container 'app' must be at least 2 seconds.",
    ],
    [
      'a health check without a command',
      one({ healthCheck: { command: ['true'] } }),
      "The health check command of container 'app' must start with CMD or CMD-SHELL.",
    ],
    [
      'a health check that is too frequent',
      one({ healthCheck: { ...check, interval: 4 } }),
      "The health check 'interval' setting for container 'app' must be between 5 and 300",
    ],
    [
      'a health check that never gives up',
      one({ healthCheck: { ...check, retries: 11 } }),
      "The health check 'retries' setting for container 'app' must be between 1 and 10",
    ],
    [
      'a restart after less than a minute',
      one({ restartPolicy: { enabled: true, restartAttemptPeriod: 59 } }),
      "the 'restartAttemptPeriod' setting for container 'app' must be between 60 and 1800",
    ],
    [
      'a soft limit above the hard one',
      one({ ulimits: [{ name: 'nofile', softLimit: 2, hardLimit: 1 }] }),
      'Soft limit exceeds hard limit for ulimit nofile',
    ],
    [
      'a capability that there is not',
      one({ linuxParameters: { capabilities: { add: ['FLY'] } } }),
      "Invalid setting for container 'app'. 'FLY' is not a Linux capability.",
    ],
    ['a dependency on itself', one(needs('app', 'START')), 'Container dependencies should not have a cycle'],
    [
      'dependencies in a ring',
      two(needs('side', 'START'), needs('app', 'START')),
      'Container dependencies should not have a cycle',
    ],
    [
      'waiting for a check that there is not',
      two(needs('side', 'HEALTHY')),
      'A dependency container with HEALTHY condition must have health check configured',
    ],
    [
      'waiting for the end of what must not end',
      two({}, needs('app', 'COMPLETE')),
      'A dependency container with SUCCESS or COMPLETE condition cannot be an essential container',
    ],
    ['links in a ring', two({ links: ['side'] }, { links: ['app:web'] }), 'Container links should not have a cycle'],
    [
      'volumes from nowhere',
      one({ volumesFrom: [{ sourceContainer: 'x' }] }),
      "Invalid 'volumesFrom' setting. Unknown container: 'x'",
    ],
    [
      'two volumes of one name',
      one({}, { volumes: [{ name: 'v' }, { name: 'v' }] }),
      "Volume names must be unique within a task definition: 'v'.",
    ],
    [
      'a volume of two kinds',
      one({}, { volumes: [{ name: 'v', host: { sourcePath: '/v' }, dockerVolumeConfiguration: {} }] }),
      "Volume 'v' can have only one configuration.",
    ],
    [
      'a volume for launch that nothing mounts',
      one({}, { volumes: [{ name: 'v', configuredAtLaunch: true }] }),
      'Volumes [v] are not referenced by any of the containers',
    ],
    [
      'a port and a range',
      one({ portMappings: [{ containerPort: 80, containerPortRange: '81-82' }] }),
      'cannot specify both single port and port range',
    ],
    [
      'a range that runs backwards',
      one({ portMappings: [{ containerPortRange: '82-81' }] }),
      "Invalid 'containerPortRange' setting '82-81'.",
    ],
    [
      'one host port for two containers',
      two(
        { portMappings: [{ containerPort: 80, hostPort: 80 }] },
        { portMappings: [{ containerPort: 8080, hostPort: 80 }] },
      ),
      'host port is used multiple times in task: 80',
    ],
    [
      'ports without a network',
      one({ portMappings: [{ containerPort: 80 }] }, { networkMode: 'none' }),
      'Port mappings are not supported when networkMode=none',
    ],
    [
      'a kernel parameter of the host',
      one({ systemControls: [{ namespace: 'net.core.somaxconn', value: '1' }] }, { networkMode: 'host' }),
      'System control net.core.somaxconn is not supported when networkMode=host',
    ],
    [
      'ephemeral storage on EC2',
      one({}, { requiresCompatibilities: ['EC2'], ephemeralStorage: { sizeInGiB: 30 } }),
      'Tasks using the EC2 launch type do not support EphemeralStorage',
    ],
    [
      'secrets that nobody may read',
      one({ secrets: [{ name: 'A', valueFrom: 'a' }] }),
      "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
    ],
    [
      'a proxy that is not there',
      one({}, { proxyConfiguration: { containerName: 'envoy' } }),
      'Proxy container [envoy] does not exist',
    ],
  ])('%s', async (_name, definition, message) => {
    await expect(register(definition)).rejects.toMatchObject({ code: 'ClientException', message });
  });
});

test('what comes back is what was sent, and the defaults that AWS writes out', async () => {
  const sent = {
    networkMode: 'bridge',
    pidMode: 'task',
    ipcMode: 'host',
    requiresCompatibilities: ['EC2'],
    volumes: [
      { name: 'empty' },
      { name: 'data', host: { sourcePath: '/data' } },
      { name: 'shared', dockerVolumeConfiguration: { scope: 'shared', autoprovision: true, driver: 'local' } },
      { name: 'own', dockerVolumeConfiguration: { labels: { a: 'b' } } },
    ],
    containerDefinitions: [
      {
        ...app,
        essential: true,
        cpu: 10,
        portMappings: [
          { containerPort: 80, hostPort: 8080, protocol: 'udp' },
          { containerPortRange: '90-91', protocol: 'tcp' },
        ],
        environment: [{ name: 'A', value: '1' }],
        mountPoints: [{ sourceVolume: 'data', containerPath: '/data', readOnly: true }],
        volumesFrom: [{ sourceContainer: 'side' }],
        systemControls: [{ namespace: 'net.core.somaxconn', value: '1024' }],
        dependsOn: [{ containerName: 'side', condition: 'HEALTHY' }],
        links: ['side:db'],
        hostname: 'box',
        startTimeout: 20,
        stopTimeout: 300,
        restartPolicy: { enabled: true, ignoredExitCodes: [0] },
        ulimits: [{ name: 'core', softLimit: 0, hardLimit: -1 }],
        linuxParameters: {
          tmpfs: [{ containerPath: '/tmp', size: 8, mountOptions: ['noexec'] }],
          capabilities: { drop: ['ALL'] },
        },
      },
      { ...side, healthCheck: check },
    ],
  };
  const { taskDefinition } = await register(sent);
  const [first, second] = sent.containerDefinitions;
  const empty = { portMappings: [], environment: [], mountPoints: [], volumesFrom: [], systemControls: [] };
  expect(taskDefinition).toMatchObject({ networkMode: 'bridge', pidMode: 'task', ipcMode: 'host' });
  expect(taskDefinition.containerDefinitions).toEqual([
    first,
    { ...second, ...empty, cpu: 0, healthCheck: { ...check, interval: 30, timeout: 5, retries: 3 } },
  ]);
  expect(taskDefinition.volumes).toEqual([
    { name: 'empty', host: {} },
    sent.volumes[1],
    sent.volumes[2],
    { name: 'own', dockerVolumeConfiguration: { scope: 'task', labels: { a: 'b' } } },
  ]);
});
