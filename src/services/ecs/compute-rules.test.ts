import { describe, expect, test } from 'vitest';
import { fargateDefinition, openEcs } from './ecs.fixture.js';

function register(definition: object) {
  return openEcs().call('RegisterTaskDefinition', { family: 'web', ...definition });
}

const onFargate = (container: object, more: object = {}) => ({
  ...fargateDefinition,
  containerDefinitions: [{ name: 'app', image: 'host', ...container }],
  ...more,
});

describe('what AWS refuses to register', () => {
  test.each<[string, object, string]>([
    ['hostname', { hostname: 'box' }, 'hostname is not supported on container when networkMode=awsvpc'],
    ['links', { links: ['app'] }, 'Links are not supported when networkMode=awsvpc'],
    ['dnsServers', { dnsServers: ['1.1.1.1'] }, 'DNS servers are not supported on container when networkMode=awsvpc'],
    [
      'extraHosts',
      { extraHosts: [{ hostname: 'a', ipAddress: '10.0.0.1' }] },
      'Extra hosts are not supported on container when networkMode=awsvpc',
    ],
  ])('in mode awsvpc: %s', async (_name, container, message) => {
    const app = { name: 'app', image: 'host', memory: 128 };
    const containerDefinitions = [app, { ...app, name: 'side', ...container }];
    await expect(register({ networkMode: 'awsvpc', containerDefinitions })).rejects.toMatchObject({
      code: 'ClientException',
      message,
    });
  });

  const unsupported = (what: string) => `Fargate compatible task definitions do not support ${what}`;
  test.each<[string, object, object, string]>([
    ['pidMode host', {}, { pidMode: 'host' }, "Tasks using the Fargate launch type do not support pidMode 'host'"],
    ['ipcMode', {}, { ipcMode: 'task' }, unsupported('ipcMode')],
    [
      'constraints',
      {},
      { placementConstraints: [{ type: 'memberOf', expression: 'attribute:x exists' }] },
      unsupported('constraints'),
    ],
    ['a host path', {}, { volumes: [{ name: 'v', host: { sourcePath: '/v' } }] }, unsupported('sourcePath')],
    [
      'a volume of Docker',
      {},
      { volumes: [{ name: 'v', dockerVolumeConfiguration: {} }] },
      unsupported('dockerVolumeConfiguration'),
    ],
    ['devices', { linuxParameters: { devices: [{ hostPath: '/dev/kvm' }] } }, {}, unsupported('devices')],
    ['shared memory', { linuxParameters: { sharedMemorySize: 64 } }, {}, unsupported('sharedMemorySize')],
    ['swap', { linuxParameters: { maxSwap: 64 } }, {}, unsupported('maxSwap')],
    ['privileges', { privileged: true }, {}, "Fargate requires that the 'privileged' setting be 'false'."],
    [
      'a capability',
      { linuxParameters: { capabilities: { add: ['SYS_PTRACE', 'NET_ADMIN'] } } },
      {},
      'NET_ADMIN is not allowed on Fargate.',
    ],
    [
      'a long stop',
      { stopTimeout: 121 },
      {},
      'Tasks using the Fargate launch type must have a container stop timeout of less than 120 seconds.',
    ],
    [
      'another log driver',
      { logConfiguration: { logDriver: 'syslog' } },
      {},
      'syslog is not a valid log driver. Must be one of [awslogs, splunk, awsfirelens]',
    ],
    ['too little storage', {}, { ephemeralStorage: { sizeInGiB: 20 } }, 'EphemeralStorage size should be at least 21'],
  ])('on Fargate: %s; on EC2 it may', async (_name, container, more, message) => {
    const definition = onFargate(container, more);
    await expect(register(definition)).rejects.toMatchObject({ code: 'ClientException', message });
    const elsewhere = { ...definition, requiresCompatibilities: undefined };
    if (message.startsWith('EphemeralStorage')) return;
    expect((await register(elsewhere)).taskDefinition.compatibilities).toEqual(['EC2']);
  });

  const windows = (family: string, more: object = {}) => ({
    cpu: '1024',
    memory: '2048',
    runtimePlatform: { operatingSystemFamily: family, ...more },
  });
  test.each<[string, object, object, string]>([
    [
      'users of Linux',
      { user: 'root' },
      windows('WINDOWS_SERVER_2022_CORE'),
      'Windows containers do not support user.',
    ],
    [
      'linuxParameters',
      { linuxParameters: { initProcessEnabled: true } },
      windows('WINDOWS_SERVER_2022_FULL'),
      'Windows containers do not support linuxParameters.',
    ],
    [
      'half a vCPU',
      {},
      { ...windows('WINDOWS_SERVER_2019_CORE'), cpu: '512' },
      'No Fargate configuration exists for given values.',
    ],
    ['an older Windows', {}, windows('WINDOWS_SERVER_2016_FULL'), 'No Fargate configuration exists for given values.'],
    [
      'ARM',
      {},
      windows('WINDOWS_SERVER_2022_CORE', { cpuArchitecture: 'ARM64' }),
      'No Fargate configuration exists for given values.',
    ],
  ])('of Windows on Fargate: %s', async (_name, container, more, message) => {
    await expect(register(onFargate(container, more))).rejects.toMatchObject({ code: 'ClientException', message });
  });

  test.each(['2019_FULL', '2019_CORE', '2022_FULL', '2022_CORE'])('but Windows %s is taken', async (family) => {
    const { taskDefinition } = await register(onFargate({}, windows(`WINDOWS_SERVER_${family}`)));
    expect(taskDefinition.compatibilities).toEqual(['EC2', 'FARGATE']);
  });
});
