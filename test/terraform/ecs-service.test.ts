import {
  type CreateServiceCommandInput,
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteClusterCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  ListTagsForResourceCommand,
  RegisterTaskDefinitionCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Account, ACCOUNT } from '../account.fixture.js';
import { Stack, stackUnavailable } from '../stack.fixture.js';
import { expectNoDifference, refusal, set } from './difference.fixture.js';

const arn = (resource: string) => `arn:aws:ecs:us-east-1:${ACCOUNT}:${resource}`;
const cluster = arn('cluster/apps');
const service = arn('service/apps/api');

describe.skipIf(stackUnavailable())('aws_ecs_service', { timeout: 180_000 }, () => {
  const stack = new Stack();

  beforeAll(async () => {
    await stack.up();
    await new Account(stack).requireTaskRole('app');
    await stack.ecs.send(new CreateClusterCommand({ clusterName: 'apps' }));
  }, 120_000);
  afterAll(() => stack.down());

  async function register(seconds: number): Promise<string> {
    const { taskDefinition } = await stack.ecs.send(
      new RegisterTaskDefinitionCommand({
        ...{ family: 'api', taskRoleArn: 'app', networkMode: 'awsvpc', requiresCompatibilities: ['FARGATE'] },
        ...{ cpu: '256', memory: '512' },
        containerDefinitions: [{ name: 'app', image: 'host', command: ['sleep', String(seconds)] }],
      }),
    );
    return taskDefinition?.taskDefinitionArn ?? '';
  }

  async function find() {
    const { services, failures } = await stack.ecs.send(
      new DescribeServicesCommand({ cluster, services: [service], include: ['TAGS'] }),
    );
    expect(failures).toEqual([]);
    return services?.[0];
  }

  async function read() {
    const found = await find();
    const configuration = found?.deploymentConfiguration;
    return {
      ...{ arn: found?.serviceArn, name: found?.serviceName, cluster: found?.clusterArn, status: found?.status },
      ...{ desired_count: found?.desiredCount, launch_type: found?.launchType, tags: set(found?.tags) },
      ...{ task_definition: found?.taskDefinition, platform_version: found?.platformVersion },
      ...{ scheduling_strategy: found?.schedulingStrategy, propagate_tags: found?.propagateTags },
      ...{ enable_execute_command: found?.enableExecuteCommand, enable_managed_tags: found?.enableECSManagedTags },
      deployment_controller: found?.deploymentController?.type,
      deployment_maximum_percent: configuration?.maximumPercent,
      deployment_minimum_healthy_percent: configuration?.minimumHealthyPercent,
      deployment_circuit_breaker: configuration?.deploymentCircuitBreaker,
      network: found?.networkConfiguration?.awsvpcConfiguration,
      ...{ load_balancer: found?.loadBalancers, service_registries: found?.serviceRegistries },
      ...{ placement_constraints: found?.placementConstraints, placement_strategy: found?.placementStrategy },
    };
  }

  /** wait_for_steady_state, as the provider watched before it knew deployments of services. */
  async function untilStable(): Promise<void> {
    await expect
      .poll(
        async () => {
          const found = await find();
          return found?.deployments?.length === 1 && found.runningCount === found.desiredCount ? 'stable' : 'pending';
        },
        { timeout: 90_000, interval: 250 },
      )
      .toBe('stable');
  }

  it('is created, read without a difference, updated until steady, and drained away', async () => {
    const network = { subnets: ['subnet-12344321'], securityGroups: [], assignPublicIp: 'DISABLED' as const };
    const tags = [
      { key: 'team', value: 'ops' },
      { key: 'env', value: 'prod' },
    ];
    const first = await register(100_000);
    const input: CreateServiceCommandInput = {
      ...{ cluster, serviceName: 'api', taskDefinition: first, desiredCount: 1, launchType: 'FARGATE', tags },
      ...{ enableECSManagedTags: false, enableExecuteCommand: true, schedulingStrategy: 'REPLICA', clientToken: 'c1' },
      deploymentController: { type: 'ECS' },
      deploymentConfiguration: {
        ...{ maximumPercent: 200, minimumHealthyPercent: 100 },
        deploymentCircuitBreaker: { enable: true, rollback: true },
      },
      networkConfiguration: { awsvpcConfiguration: network },
    };
    await stack.ecs.send(new CreateServiceCommand(input));
    await untilStable();
    const given = await read();
    const created = {
      ...{ arn: service, name: 'api', cluster, status: 'ACTIVE', desired_count: 1, launch_type: 'FARGATE' },
      ...{ tags: set(tags), task_definition: first, platform_version: 'LATEST', scheduling_strategy: 'REPLICA' },
      ...{ propagate_tags: 'NONE', enable_execute_command: true, enable_managed_tags: false },
      ...{ deployment_controller: 'ECS', deployment_maximum_percent: 200, deployment_minimum_healthy_percent: 100 },
      deployment_circuit_breaker: { enable: true, rollback: true },
      // The VPC's default group, which the provider computes where none is configured.
      network: { ...network, securityGroups: given.network?.securityGroups },
      ...{ load_balancer: [], service_registries: [], placement_constraints: [], placement_strategy: [] },
    };
    expectNoDifference(created, given);

    const second = await register(100_001);
    await stack.ecs.send(
      new UpdateServiceCommand({
        ...{ cluster, service: 'api', taskDefinition: second, desiredCount: 2, enableExecuteCommand: false },
        ...{ forceNewDeployment: false, propagateTags: 'SERVICE', enableECSManagedTags: true },
        deploymentConfiguration: {
          ...{ maximumPercent: 150, minimumHealthyPercent: 50 },
          deploymentCircuitBreaker: { enable: false, rollback: false },
        },
      }),
    );
    await stack.ecs.send(new UntagResourceCommand({ resourceArn: service, tagKeys: ['env'] }));
    await stack.ecs.send(new TagResourceCommand({ resourceArn: service, tags: [{ key: 'team', value: 'sec' }] }));
    await untilStable();
    const updated = {
      ...{ ...created, task_definition: second, desired_count: 2, enable_execute_command: false },
      ...{ propagate_tags: 'SERVICE', enable_managed_tags: true, tags: [{ key: 'team', value: 'sec' }] },
      ...{ deployment_maximum_percent: 150, deployment_minimum_healthy_percent: 50 },
      deployment_circuit_breaker: { enable: false, rollback: false },
    };
    expectNoDifference(updated, await read());
    // AWS::ECS::Service
    const listed = await stack.ecs.send(new ListTagsForResourceCommand({ resourceArn: service }));
    expect(listed.tags).toEqual(updated.tags);

    // Without force_delete the provider scales down first.
    const remove = () => stack.ecs.send(new DeleteServiceCommand({ cluster, service: 'api', force: false }));
    expect(await refusal(remove())).toBe('InvalidParameterException');
    expect(await refusal(stack.ecs.send(new DeleteClusterCommand({ cluster })))).toBe(
      'ClusterContainsServicesException',
    );
    await stack.ecs.send(new UpdateServiceCommand({ cluster, service: 'api', desiredCount: 0 }));
    await remove();
    const seen = new Set<string | undefined>();
    await expect
      .poll(
        async () => {
          const { status } = (await find()) ?? {};
          seen.add(status);
          return status;
        },
        { timeout: 90_000, interval: 100 },
      )
      .toBe('INACTIVE');
    expect([...seen].every((status) => status === 'DRAINING' || status === 'INACTIVE')).toBe(true);
    await expect
      .poll(() => refusal(stack.ecs.send(new DeleteClusterCommand({ cluster }))), { timeout: 60_000, interval: 250 })
      .toBe('answered');
  });

  it('may be made anew under its name once it is gone', async () => {
    await stack.ecs.send(new CreateClusterCommand({ clusterName: 'apps' }));
    const taskDefinition = await register(100_000);
    const make = () =>
      stack.ecs.send(
        new CreateServiceCommand({
          ...{ cluster, serviceName: 'api', taskDefinition, desiredCount: 0, launchType: 'FARGATE' },
          networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-12344321'] } },
        }),
      );
    await make();
    const { tags, deployments } = (await find()) ?? {};
    expect(tags ?? []).toEqual([]);
    expect(deployments).toHaveLength(1);
    await stack.ecs.send(new DeleteServiceCommand({ cluster, service, force: true }));
    await expect.poll(async () => (await find())?.status, { timeout: 60_000, interval: 100 }).toBe('INACTIVE');
    await make();
    expect((await find())?.status).toBe('ACTIVE');
    await stack.ecs.send(new DeleteServiceCommand({ cluster, service, force: true }));
  });
});
