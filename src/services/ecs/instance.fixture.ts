import type { TestEcs } from './ecs.fixture.js';
import type { FakeHost } from './fake-host.fixture.js';

export interface JoinedInstance {
  readonly arn: string;
  readonly id: string;
  readonly host: FakeHost;
}

/** Registers a container instance of 1024 CPU units and MiB, and connects its host. */
export async function joinInstance(it: TestEcs, request: object = {}): Promise<JoinedInstance> {
  const { containerInstance } = await it.call('RegisterContainerInstance', {
    versionInfo: { agentVersion: '1.99.0' },
    totalResources: [
      { name: 'CPU', type: 'INTEGER', integerValue: 1024 },
      { name: 'MEMORY', type: 'INTEGER', integerValue: 1024 },
    ],
    attributes: [{ name: 'ecs.capability.execute-command' }],
    ...request,
  });
  const arn: string = containerInstance.containerInstanceArn;
  const host = it.connect(`containerInstanceArn=${arn}`);
  await it.settle();
  return { arn, id: arn.split('/').at(-1)!, host };
}
