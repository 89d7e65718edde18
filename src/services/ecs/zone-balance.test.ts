import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deployed } from './deployment.js';
import { type Answer, fargateDefinition, openEcs, type TestEcs } from './ecs.fixture.js';
import { joinInstance } from './instance.fixture.js';
import { blankService } from './service.fixture.js';
import { planService, type PlannedTask } from './service-plan.js';
import { countZones } from './zone-balance.js';

const launch = { launchType: 'EC2' as const };
const ZONES = ['a', 'b', 'c'];

test('from whatever zones tasks begin in, they end even, with never fewer serving than desired', () => {
  const starts = fc.array(fc.constantFrom(...ZONES, 'elsewhere'), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(starts, fc.boolean(), (begin, protectOne) => {
      const service = {
        ...deployed(blankService(begin.length, 100, 200), 'now', { taskDefinitionArn: 'a', launch }, 0),
        availabilityZoneRebalancing: 'ENABLED' as const,
      };
      let count = 0;
      const made = (zone: string, lastStatus: 'RUNNING' | 'PENDING'): PlannedTask => ({
        ...{ arn: `t${count}`, id: `t${count}`, deploymentId: 'now', lastStatus, desiredStatus: 'RUNNING', zone },
        createdAt: count++,
      });
      let tasks = begin.map((zone) => made(zone, 'RUNNING'));
      const kept = protectOne ? tasks[0] : undefined;
      if (kept !== undefined) tasks[0] = { ...kept, protection: { expiresAt: 1_000 } };
      for (let round = 0; round < 100; round += 1) {
        const plan = planService(service, tasks, 10, ZONES);
        const settled = tasks.every(({ lastStatus }) => lastStatus === 'RUNNING');
        if (settled && plan.into === undefined && plan.stop.length === 0 && plan.start === 0) break;
        expect(plan.start).toBeLessThanOrEqual(1);
        const gone = new Set(plan.stop.map(({ arn }) => arn));
        tasks = tasks.filter(({ arn }) => !gone.has(arn));
        expect(tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING').length).toBeGreaterThanOrEqual(begin.length);
        // What started in the last round runs; what starts now is seen once before it does.
        tasks = tasks.map((task) => ({ ...task, lastStatus: 'RUNNING' as const }));
        if (plan.into !== undefined) tasks.push(made(plan.into, 'PENDING'));
      }
      expect(tasks).toHaveLength(begin.length);
      if (kept !== undefined) expect(tasks.map(({ arn }) => arn)).toContain(kept.arn);
      const counts = ZONES.map((zone) => countZones(tasks, ZONES).get(zone) ?? 0);
      // A task that is protected stays, also where nothing can be started.
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }),
  );
});

test('without it, or in one zone, nothing moves', () => {
  const tasks = ['a', 'a', 'a'].map((zone, index): PlannedTask => ({
    ...{ arn: `t${index}`, id: `t${index}`, deploymentId: 'now', lastStatus: 'RUNNING', desiredStatus: 'RUNNING' },
    ...{ createdAt: index, zone },
  }));
  const service = deployed(blankService(3, 100, 200), 'now', { taskDefinitionArn: 'a', launch }, 0);
  expect(planService(service, tasks, 10, ZONES)).toMatchObject({ start: 0, stop: [], steady: true });
  const enabled = { ...service, availabilityZoneRebalancing: 'ENABLED' as const };
  expect(planService(enabled, tasks, 10, ['a'])).toMatchObject({ start: 0, stop: [], steady: true });
  expect(planService(enabled, tasks, 10, ZONES)).toMatchObject({ start: 1, into: 'b', stop: [] });
  // None of the crowded zone may go, or one does not run yet.
  const guarded = tasks.map((task) => ({ ...task, protection: { expiresAt: 1_000 } }));
  expect(planService(enabled, guarded, 10, ZONES)).toMatchObject({ start: 0, into: undefined });
  const starting = tasks.with(0, { ...tasks[0]!, lastStatus: 'PENDING' });
  expect(planService(enabled, starting, 10, ZONES)).toMatchObject({ start: 0, into: undefined });
});

/** A container instance with so many MiB in a zone of eu-central-1. */
async function joinZone(it: TestEcs, zone: string, integerValue = 1024): Promise<void> {
  await joinInstance(it, {
    totalResources: [{ name: 'MEMORY', type: 'INTEGER', integerValue }],
    attributes: [{ name: 'ecs.availability-zone', value: `eu-central-1${zone}` }],
  });
}

async function messages(it: TestEcs): Promise<string[]> {
  const { services } = await it.call('DescribeServices', { services: ['web'] });
  return services[0].events.map(({ message }: Answer) => message.replace(/[0-9a-f]{32}/g, 'ID'));
}

async function zonesOf(it: TestEcs): Promise<string[]> {
  const { taskArns } = await it.call('ListTasks', { serviceName: 'web' });
  const { tasks } = await it.call('DescribeTasks', { tasks: taskArns });
  return tasks.map(({ availabilityZone }: Answer) => availabilityZone.slice(-1)).sort();
}

describe('a service whose zones are to be balanced', () => {
  test('moves tasks of launch type EC2 into a zone that has joined, one at a time, and says so', async () => {
    const it = openEcs();
    await it.ecs.start();
    await it.call('CreateCluster', {});
    await it.call('RegisterTaskDefinition', {
      family: 'web',
      containerDefinitions: [{ name: 'app', image: 'host', memory: 64 }],
    });
    await joinZone(it, 'a');
    const service = { serviceName: 'web', taskDefinition: 'web', desiredCount: 4, launchType: 'EC2' };
    await it.call('CreateService', { ...service, availabilityZoneRebalancing: 'ENABLED' });
    await it.settle();
    expect(await zonesOf(it)).toEqual(['a', 'a', 'a', 'a']);
    await joinZone(it, 'b');
    await it.settle();
    expect(await zonesOf(it)).toEqual(['a', 'a', 'b', 'b']);
    const told = await messages(it);
    for (const message of [
      '(service web) is not AZ balanced with 4 tasks in eu-central-1a, 0 tasks in eu-central-1b. AZ Rebalancing in progress.',
      '(service web) has started 1 tasks in eu-central-1b to AZ Rebalance: (task ID).',
      '(service web) has stopped 1 running tasks in eu-central-1a due to AZ rebalancing: (task ID).',
      '(service web) is AZ balanced with 2 tasks in eu-central-1a, 2 tasks in eu-central-1b.',
    ]) {
      expect(told).toContain(message);
    }
    expect(told[0]).toBe('(service web) has reached a steady state.');
  });

  test('starts those of launch type FARGATE in a subnet of the zone', async () => {
    const subnets = ['a', 'b'].map((zone) => ({
      subnetId: `subnet-${zone.repeat(8)}`,
      availabilityZone: `eu-central-1${zone}`,
    }));
    const it = openEcs({ vpc: { subnets } });
    await it.ecs.start();
    await it.call('CreateCluster', {});
    await it.call('RegisterTaskDefinition', fargateDefinition);
    it.connect();
    const networkConfiguration = { awsvpcConfiguration: { subnets: subnets.map(({ subnetId }) => subnetId) } };
    const service = { taskDefinition: 'web', desiredCount: 6, launchType: 'FARGATE', networkConfiguration };
    const moved: [zone: string, task: string][] = [];
    // Subnets are drawn: of a dozen services some are uneven.
    for (let number = 0; number < 12; number += 1) {
      const serviceName = `web-${number}`;
      await it.call('CreateService', { ...service, serviceName, availabilityZoneRebalancing: 'ENABLED' });
      await it.settle();
      const { services } = await it.call('DescribeServices', { services: [serviceName] });
      for (const { message } of services[0].events) {
        const [, zone = '', task = ''] = /started 1 tasks in (\S+) to AZ Rebalance: \(task (\w+)\)/.exec(message) ?? [];
        if (task !== '') moved.push([zone, task]);
      }
      const { taskArns } = await it.call('ListTasks', { serviceName });
      const { tasks } = await it.call('DescribeTasks', { tasks: taskArns });
      const inA = tasks.filter(({ availabilityZone }: Answer) => availabilityZone === 'eu-central-1a');
      expect([tasks.length, inA.length]).toEqual([6, 3]);
    }
    expect(moved.length).toBeGreaterThan(0);
    const { tasks } = await it.call('DescribeTasks', { tasks: moved.map(([, task]) => task) });
    expect(tasks.map(({ availabilityZone }: Answer) => availabilityZone)).toEqual(moved.map(([zone]) => zone));
  });

  test('a zone without room is no failure: tasks stay where they run', async () => {
    const it = openEcs();
    await it.ecs.start();
    await it.call('CreateCluster', {});
    await it.call('RegisterTaskDefinition', {
      family: 'web',
      containerDefinitions: [{ name: 'app', image: 'host', memory: 512 }],
    });
    await joinZone(it, 'a', 4096);
    const service = { serviceName: 'web', taskDefinition: 'web', desiredCount: 3, launchType: 'EC2' };
    await it.call('CreateService', { ...service, availabilityZoneRebalancing: 'ENABLED' });
    await it.settle();
    await joinZone(it, 'b', 256);
    await it.settle();
    expect(await zonesOf(it)).toEqual(['a', 'a', 'a']);
    expect((await messages(it)).filter((message) => message.includes('unable to place'))).toEqual([]);
  });
});
