import { describe, expect, test } from 'vitest';
import { openEcs, prepare } from './ecs.fixture.js';
import { Network } from '../network.js';

const vpc = {
  vpcId: 'vpc-0123abcd',
  subnets: [{ subnetId: 'subnet-aaaaaaaa' }, { subnetId: 'subnet-bbbbbbbb', availabilityZone: 'eu-central-1c' }],
  securityGroupIds: ['sg-aaaaaaaa', 'sg-bbbbbbbb'],
};

async function run(options: Parameters<typeof openEcs>[0], awsvpcConfiguration: object) {
  const it = openEcs(options);
  await it.ecs.start();
  await prepare(it);
  const networkConfiguration = { awsvpcConfiguration };
  return it.call('RunTask', { taskDefinition: 'web', launchType: 'FARGATE', networkConfiguration });
}

const refusal = (message: string) => ({ code: 'InvalidParameterException', message });
const noSubnet = (id: string) =>
  refusal(
    `Error retrieving subnet information for [${id}]: The subnet ID '${id}' does not exist (ErrorCode: InvalidSubnetID.NotFound)`,
  );
const noGroup = (id: string) =>
  refusal(
    `Error retrieving security group information for [${id}]: The security group '${id}' does not exist (ErrorCode: InvalidGroup.NotFound)`,
  );

describe('without a described VPC', () => {
  test('ids as in the seed are taken', async () => {
    const { tasks } = await run({}, { subnets: ['subnet-12344321'], securityGroups: ['sg-12344321'] });
    expect(tasks).toHaveLength(1);
  });

  test('what is no id is not there', async () => {
    await expect(run({}, { subnets: ['subnet-x'] })).rejects.toMatchObject(noSubnet('subnet-x'));
    const groups = { subnets: ['subnet-12344321'], securityGroups: ['sg-x'] };
    await expect(run({}, groups)).rejects.toMatchObject(noGroup('sg-x'));
  });
});

describe('with a described VPC', () => {
  test('its own ids are taken; the task is in the zone of its subnet', async () => {
    const { tasks } = await run({ vpc }, { subnets: ['subnet-bbbbbbbb'], securityGroups: ['sg-bbbbbbbb'] });
    expect(tasks[0]).toMatchObject({ availabilityZone: 'eu-central-1c' });
  });

  test('others do not exist, however well they are formed', async () => {
    await expect(run({ vpc }, { subnets: ['subnet-12344321'] })).rejects.toMatchObject(noSubnet('subnet-12344321'));
    const groups = { subnets: ['subnet-aaaaaaaa'], securityGroups: ['sg-12344321'] };
    await expect(run({ vpc }, groups)).rejects.toMatchObject(noGroup('sg-12344321'));
  });

  test('nor in services', async () => {
    const it = openEcs({ vpc });
    await prepare(it);
    const networkConfiguration = { awsvpcConfiguration: { subnets: ['subnet-12344321'] } };
    const service = { serviceName: 'api', desiredCount: 1, taskDefinition: 'web', launchType: 'FARGATE' };
    await expect(it.call('CreateService', { ...service, networkConfiguration })).rejects.toMatchObject(
      noSubnet('subnet-12344321'),
    );
  });
});

test('at most 16 subnets and 5 security groups', async () => {
  const ids = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${prefix}-${String(index).padStart(8, '0')}`);
  await expect(run({}, { subnets: ids('subnet', 17) })).rejects.toMatchObject(
    refusal('subnets can have at most 16 items.'),
  );
  const groups = { subnets: ['subnet-12344321'], securityGroups: ids('sg', 6) };
  await expect(run({}, groups)).rejects.toMatchObject(refusal('securityGroups can have at most 5 items.'));
});

test.each([
  ['no subnet', { subnets: [] }, /1 to 256 subnets/],
  ['an id that is none', { subnets: [{ subnetId: 'subnet-x' }] }, /subnet-x is not an id/],
  ['a subnet twice', { subnets: [vpc.subnets[0]!, vpc.subnets[0]!] }, /subnet-aaaaaaaa is there twice/],
  ['a strange zone', { subnets: [{ subnetId: 'subnet-aaaaaaaa', availabilityZone: 'moon-1a' }] }, /not a zone/],
  ['a group that is none', { ...vpc, securityGroupIds: ['sg-x'] }, /sg-x is not an id/],
])('a VPC that cannot be is refused at the start: %s', (_name, wrong, message) => {
  expect(() => new Network({ accountId: '111122223333', region: 'eu-central-1', vpc: wrong })).toThrow(message);
});
