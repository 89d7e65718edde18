import { expect, test } from 'vitest';
import { AwsError } from '../../platform/aws/aws-error.js';
import { ScriptedEndpoint } from '../fixtures/scripted-endpoint.fixture.js';
import { registerContainerInstance } from './container-instance.js';

const ARN = 'arn:aws:ecs:us-east-1:123456789012:container-instance/demo/0123456789abcdef0123456789abcdef';

function setUp(known?: string) {
  const endpoint = new ScriptedEndpoint();
  endpoint.onEcs = () => ({ containerInstance: { containerInstanceArn: ARN } });
  const written: string[] = [];
  const options = {
    api: endpoint,
    hostId: 'host-1',
    capacity: { cluster: 'demo', attributes: [{ name: 'ecs.vpc-id', value: 'vpc-1' }] },
    state: { read: () => Promise.resolve(known), write: (arn: string) => Promise.resolve(void written.push(arn)) },
    resources: { cpuUnits: 2048, memoryMiB: 4096 },
  };
  return { endpoint, options, written };
}

test('a new host registers with the attribute that ECS Exec asks for, and keeps its ARN', async () => {
  const { endpoint, options, written } = setUp();
  expect(await registerContainerInstance(options)).toEqual({
    containerInstanceArn: ARN,
    clusterArn: 'arn:aws:ecs:us-east-1:123456789012:cluster/demo',
  });
  expect(written).toEqual([ARN]);
  expect(endpoint.calls).toEqual([
    {
      action: 'RegisterContainerInstance',
      input: {
        cluster: 'demo',
        instanceIdentityDocument: '{"instanceId":"host-1"}',
        totalResources: [
          { name: 'CPU', type: 'INTEGER', integerValue: 2048 },
          { name: 'MEMORY', type: 'INTEGER', integerValue: 4096 },
        ],
        versionInfo: { agentVersion: '1.99.0', agentHash: 'gangway', dockerVersion: '' },
        attributes: [
          { name: 'ecs.capability.execute-command' },
          { name: 'ecs.os-type', value: 'linux' },
          { name: 'ecs.cpu-architecture', value: process.arch === 'arm64' ? 'arm64' : 'x86_64' },
          { name: 'ecs.vpc-id', value: 'vpc-1' },
        ],
      },
    },
  ]);
});

test('a known host registers again under its ARN', async () => {
  const { endpoint, options, written } = setUp(ARN);
  await registerContainerInstance(options);
  expect(endpoint.calls[0]!.input['containerInstanceArn']).toBe(ARN);
  expect(written).toEqual([]);
});

test('an endpoint that does not know the ARN gets a new host', async () => {
  const { endpoint, options } = setUp('arn:old');
  const answer = endpoint.onEcs;
  endpoint.onEcs = (action, input) => {
    if (input['containerInstanceArn'] !== undefined) throw new AwsError('ClientException', 'Unknown instance.');
    return answer(action, input);
  };
  expect((await registerContainerInstance(options)).containerInstanceArn).toBe(ARN);
});

test('an endpoint that cannot be reached is no reason to become another host', async () => {
  const { endpoint, options } = setUp(ARN);
  endpoint.onEcs = () => {
    throw new Error('ECONNREFUSED');
  };
  await expect(registerContainerInstance(options)).rejects.toThrow('ECONNREFUSED');
  expect(endpoint.calls).toHaveLength(1);
});
