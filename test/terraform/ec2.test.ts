import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import { onPath, run } from '../stack.fixture.js';
import { accountEndpoint, ACCOUNT, REGION } from '../account-endpoint.fixture.js';

/** EC2's client for JavaScript is not among the dependencies: AWS's CLI asks instead. */
const TIMEOUT = { timeout: 120_000 };

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the CLI's JSON
type Answer = any;

async function withCli(options: Parameters<typeof accountEndpoint>[0] = {}) {
  const { url, credentials, ...clients } = await accountEndpoint(options);
  const env = {
    ...{ ...process.env, AWS_REGION: REGION, AWS_DEFAULT_REGION: REGION, AWS_PAGER: '', AWS_MAX_ATTEMPTS: '1' },
    ...{ AWS_ACCESS_KEY_ID: credentials.accessKeyId, AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey },
  };
  const aws = (...args: readonly string[]) =>
    run('aws', ['--endpoint-url', url, 'ec2', ...args, '--output', 'json'], { env });
  return {
    ...clients,
    refusal: async (...args: readonly string[]): Promise<string> => (await aws(...args)).stderr,
    ec2: async (...args: readonly string[]): Promise<Answer> => {
      const { status, stdout, stderr } = await aws(...args);
      expect({ args, status, stderr }).toMatchObject({ status: 0, stderr: '' });
      return JSON.parse(stdout);
    },
  };
}

test('provider, data aws_caller_identity', async () => {
  const { sts } = await accountEndpoint();
  const { Account, Arn, UserId } = await sts.send(new GetCallerIdentityCommand({}));
  expect({ Account, Arn, UserId }).toEqual({
    ...{ Account: ACCOUNT, Arn: expect.stringMatching(`^arn:aws:iam::${ACCOUNT}:user/`) },
    UserId: expect.stringMatching(/^AIDA/),
  });
});

test.skipIf(!onPath('aws'))(
  'data aws_vpc: the default one, its attributes and its main route table',
  TIMEOUT,
  async () => {
    const { ec2, refusal } = await withCli();
    const { Vpcs } = await ec2('describe-vpcs', '--filters', 'Name=isDefault,Values=true');
    expect(Vpcs).toHaveLength(1);
    const [{ VpcId, CidrBlock }] = Vpcs;
    for (const [attribute, name, value] of [
      ['enableDnsHostnames', 'EnableDnsHostnames', true],
      ['enableDnsSupport', 'EnableDnsSupport', true],
      ['enableNetworkAddressUsageMetrics', 'EnableNetworkAddressUsageMetrics', false],
    ] as const) {
      // An old CLI does not know the last.
      if (attribute === 'enableNetworkAddressUsageMetrics' && !(await knows(attribute))) continue;
      const found = await ec2('describe-vpc-attribute', '--vpc-id', VpcId, '--attribute', attribute);
      expect(found).toEqual({ VpcId, [name]: { Value: value } });
    }
    const main = ['Name=association.main,Values=true', `Name=vpc-id,Values=${VpcId}`];
    const { RouteTables } = await ec2('describe-route-tables', '--filters', ...main);
    expect(RouteTables).toMatchObject([
      {
        ...{ VpcId, OwnerId: ACCOUNT, RouteTableId: expect.stringMatching(/^rtb-0[0-9a-f]{16}$/) },
        Associations: [{ Main: true, AssociationState: { State: 'associated' } }],
        Routes: [
          { DestinationCidrBlock: CidrBlock, GatewayId: 'local', State: 'active' },
          { DestinationCidrBlock: '0.0.0.0/0', GatewayId: expect.stringMatching(/^igw-/), State: 'active' },
        ],
      },
    ]);
    expect(await refusal('describe-vpc-attribute', '--vpc-id', 'vpc-1', '--attribute', 'enableDnsSupport')).toContain(
      '(InvalidVpcID.NotFound)',
    );

    async function knows(attribute: string): Promise<boolean> {
      const said = await refusal('describe-vpc-attribute', '--vpc-id', VpcId as string, '--attribute', attribute);
      return said === '';
    }
  },
);

test.skipIf(!onPath('aws'))(
  'data aws_subnets, aws_security_groups, aws_availability_zones, aws_vpc_endpoint',
  TIMEOUT,
  async () => {
    const { ec2 } = await withCli({ vpcEndpoints: ['ecs', 'ssmmessages'] });
    const { Vpcs } = await ec2('describe-vpcs', '--filters', 'Name=isDefault,Values=true');
    const inVpc = `Name=vpc-id,Values=${Vpcs[0].VpcId as string}`;
    const [{ Subnets }, { SecurityGroups }, { AvailabilityZones }, all] = await Promise.all([
      ec2('describe-subnets', '--filters', inVpc),
      ec2('describe-security-groups', '--filters', inVpc),
      ec2('describe-availability-zones', '--filters', 'Name=state,Values=available'),
      ec2('describe-vpc-endpoints', '--filters', inVpc),
    ]);
    const zones = AvailabilityZones.map((zone: Answer) => zone.ZoneName);
    expect(Subnets.map((subnet: Answer) => subnet.AvailabilityZone)).toEqual(zones);
    expect(SecurityGroups).toMatchObject([{ GroupName: 'default' }]);
    expect(all.VpcEndpoints.map((one: Answer) => one.ServiceName)).toEqual([
      `com.amazonaws.${REGION}.ecs`,
      `com.amazonaws.${REGION}.ssmmessages`,
    ]);
    const named = ['Name=vpc-endpoint-state,Values=available', `Name=service-name,Values=com.amazonaws.${REGION}.ecs`];
    const { VpcEndpoints } = await ec2('describe-vpc-endpoints', '--filters', ...named);
    expect(VpcEndpoints).toMatchObject([
      {
        ...{ VpcEndpointType: 'Interface', State: 'available', OwnerId: ACCOUNT, PrivateDnsEnabled: true },
        SubnetIds: Subnets.map((subnet: Answer) => subnet.SubnetId),
        Groups: [{ GroupId: SecurityGroups[0].GroupId }],
      },
    ]);
    const byId = await ec2('describe-vpc-endpoints', '--vpc-endpoint-ids', VpcEndpoints[0].VpcEndpointId);
    expect(byId.VpcEndpoints).toEqual(VpcEndpoints);
  },
);
