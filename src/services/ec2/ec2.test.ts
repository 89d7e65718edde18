import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { longTerm, caller, region } from '../../platform/aws/access-keys.fixture.js';
import { AccessDenied, type Authorization } from '../../platform/aws/access.js';
import { AwsError } from '../../platform/aws/aws-error.js';
import { Endpoint } from '../../platform/aws/endpoint.js';
import { query } from '../../platform/aws/signed-call.fixture.js';
import { addressAt, cidrBlockOf, Network } from '../network.js';
import { createEc2Service } from './ec2-service.js';
import { matches } from './filter.js';
import type { HostInstance } from './instances.js';

const exec = promisify(execFile);
const hasCli = await exec('aws', ['--version']).then(
  () => true,
  () => false,
);

const accountId = '111122223333';
const network = new Network({ accountId, region });

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Answer = any;

async function open(instances: readonly HostInstance[] = [], authorization?: Authorization) {
  const endpoint = new Endpoint({
    services: [createEc2Service({ accountId, region, partition: 'aws', instances: () => Promise.resolve(instances) })],
    routes: [],
    upgrades: [],
    accessKeys: {
      find: (id) =>
        Promise.resolve(id === longTerm.accessKeyId ? { secret: longTerm.secretAccessKey, caller } : undefined),
    },
    region,
    clock: Date.now,
    log: () => undefined,
    ...(authorization && { authorization }),
  });
  const { url, port } = await endpoint.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => endpoint.close());
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: url,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: longTerm.accessKeyId,
    AWS_SECRET_ACCESS_KEY: longTerm.secretAccessKey.reveal(),
    AWS_PAGER: '',
    AWS_MAX_ATTEMPTS: '1',
  };
  const aws = async (...args: string[]): Promise<Answer> =>
    JSON.parse((await exec('aws', ['--endpoint-url', url, 'ec2', ...args, '--output', 'json'], { env })).stdout);
  const post = (fields: string, changes = {}) =>
    query(port, `Version=2016-11-15&${fields}`, { service: 'ec2', ...changes });
  /** Code and message of a call that is refused; the CLI itself takes seconds on a busy machine. */
  const refusal = async (fields: string): Promise<string> => {
    const [, code, message] = /<Code>(.*)<\/Code><Message>(.*)<\/Message>/.exec((await post(fields)).body) ?? [];
    return `(${code}): ${message}`;
  };
  return { aws, refusal, post };
}

const host = (number: number): HostInstance => ({
  ec2InstanceId: `i-${number.toString(16).padStart(17, '0')}`,
  attributes: [
    { name: 'ecs.vpc-id', value: network.vpcId },
    { name: 'ecs.subnet-id', value: network.subnets[1]?.subnetId },
  ],
  registeredAt: Date.UTC(2026, 0, 2, 3, 4, 5, 678),
});

describe.skipIf(!hasCli)('EC2 as the AWS CLI reads it', { timeout: 120_000 }, () => {
  test('the subnets of the VPC, one for each zone, and any other by its id', async () => {
    const { aws, refusal } = await open();
    const { Subnets } = await aws('describe-subnets');
    expect(Subnets).toHaveLength(3);
    expect(Subnets[0]).toEqual({
      AvailabilityZoneId: 'euc1-az1',
      MapCustomerOwnedIpOnLaunch: false,
      OwnerId: accountId,
      AssignIpv6AddressOnCreation: false,
      Ipv6CidrBlockAssociationSet: [],
      Tags: [],
      SubnetArn: `arn:aws:ec2:${region}:${accountId}:subnet/${network.subnets[0]?.subnetId}`,
      EnableDns64: false,
      Ipv6Native: false,
      SubnetId: network.subnets[0]?.subnetId,
      State: 'available',
      VpcId: network.vpcId,
      CidrBlock: '10.0.0.0/20',
      AvailableIpAddressCount: 4091,
      AvailabilityZone: `${region}a`,
      DefaultForAz: true,
      MapPublicIpOnLaunch: true,
    });
    const other = await aws('describe-subnets', '--subnet-ids', 'subnet-12344321', 'subnet-12344321');
    expect(other.Subnets).toMatchObject([{ SubnetId: 'subnet-12344321', VpcId: network.vpcId, OwnerId: accountId }]);
    const filtered = await aws('describe-subnets', '--filters', 'Name=subnet-id,Values=subnet-12344321,foo');
    expect(filtered).toEqual(other);
    expect(await refusal('Action=DescribeSubnets&SubnetId.1=foo')).toContain(
      "(InvalidSubnetID.NotFound): The subnet ID 'foo' does not exist",
    );
  });

  test('filters: all of them, any of their values, wild cards; a wrong name is refused', async () => {
    const { post, refusal } = await open();
    const zones = async (...filters: (readonly [string, ...string[]])[]): Promise<string[]> => {
      const fields = filters.flatMap(([name, ...values], at) => [
        `Filter.${at + 1}.Name=${name}`,
        ...values.map((value, index) => `Filter.${at + 1}.Value.${index + 1}=${value}`),
      ]);
      const { body } = await post(['Action=DescribeSubnets', ...fields].join('&'));
      return [...body.matchAll(/<availabilityZone>[-\w]+([a-z])</g)].map(([, letter = '']) => letter);
    };
    const vpc = ['vpc-id', network.vpcId] as const;
    expect(await zones(vpc, ['availability-zone', `${region}a`, '*c'])).toEqual(['a', 'c']);
    expect(await zones(vpc, ['default-for-az', 'true'])).toEqual(['a', 'b', 'c']);
    expect(await zones(['vpc-id', 'vpc-12344321'])).toEqual([]);
    expect(await zones(['tag:Name', '*'])).toEqual([]);
    const wrong = "(InvalidParameterValue): The filter 'foo' is invalid";
    expect(await refusal('Action=DescribeSubnets&Filter.1.Name=foo&Filter.1.Value.1=x')).toContain(wrong);
    expect(await refusal('Action=DescribeVpcEndpoints&Filter.1.Name=foo&Filter.1.Value.1=x')).toContain(wrong);
  });

  test('VPC, security groups, zones and endpoints: what data sources of Terraform and the checker ask', async () => {
    const { aws, refusal } = await open();
    const { Vpcs } = await aws('describe-vpcs', '--filters', 'Name=isDefault,Values=true');
    expect(Vpcs).toMatchObject([
      {
        VpcId: network.vpcId,
        OwnerId: accountId,
        IsDefault: true,
        CidrBlock: '10.0.0.0/16',
        CidrBlockAssociationSet: [{ CidrBlock: '10.0.0.0/16', CidrBlockState: { State: 'associated' } }],
      },
    ]);
    expect(await refusal('Action=DescribeVpcs&VpcId.1=vpc-12344321')).toContain(
      "(InvalidVpcID.NotFound): The vpc ID 'vpc-12344321' does not exist",
    );
    const named = ['--filters', 'Name=group-name,Values=default', `Name=vpc-id,Values=${network.vpcId}`];
    const { SecurityGroups } = await aws('describe-security-groups', ...named);
    expect(SecurityGroups).toMatchObject([
      {
        GroupId: network.securityGroupId,
        GroupName: 'default',
        Description: 'default VPC security group',
        OwnerId: accountId,
        VpcId: network.vpcId,
        IpPermissions: [
          { IpProtocol: '-1', UserIdGroupPairs: [{ UserId: accountId, GroupId: network.securityGroupId }] },
        ],
        IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }], UserIdGroupPairs: [] }],
      },
    ]);
    const byId = await aws('describe-security-groups', '--group-ids', 'sg-12344321');
    expect(byId.SecurityGroups).toMatchObject([{ GroupId: 'sg-12344321', VpcId: network.vpcId }]);
    expect(await refusal('Action=DescribeSecurityGroups&GroupId.1=foo')).toContain('(InvalidGroupId.Malformed)');
    expect(await refusal('Action=DescribeSecurityGroups&GroupName.1=foo')).toContain(
      "(InvalidGroup.NotFound): The security group 'foo' does not exist",
    );
    const { AvailabilityZones } = await aws('describe-availability-zones', '--filters', 'Name=state,Values=available');
    expect(AvailabilityZones).toHaveLength(3);
    expect(AvailabilityZones[2]).toMatchObject({
      ...{ ZoneName: `${region}c`, ZoneId: 'euc1-az3', State: 'available', RegionName: region, Messages: [] },
    });
    const none = await aws('describe-vpc-endpoints', '--filters', `Name=vpc-id,Values=${network.vpcId}`);
    expect(none).toEqual({ VpcEndpoints: [] });
    expect(await refusal('Action=DescribeVpcEndpoints&VpcEndpointId.1=vpce-12344321')).toContain(
      "(InvalidVpcEndpointId.NotFound): The Vpc Endpoint Id 'vpce-12344321' does not exist",
    );
  });

  test('instances: the hosts of launch type EC2, in pages', async () => {
    const { aws, refusal } = await open(Array.from({ length: 12 }, (_, index) => host(index + 1)));
    const id = host(7).ec2InstanceId;
    const { Reservations } = await aws('describe-instances', '--instance-ids', id);
    expect(Reservations).toMatchObject([
      {
        OwnerId: accountId,
        Instances: [
          {
            InstanceId: id,
            State: { Code: 16, Name: 'running' },
            LaunchTime: expect.stringMatching(/^2026-01-02T03:04:05/),
            SubnetId: network.subnets[1]?.subnetId,
            VpcId: network.vpcId,
            Placement: { AvailabilityZone: `${region}b` },
          },
        ],
      },
    ]);
    expect(Reservations[0].Instances[0].IamInstanceProfile).toBeUndefined();
    const all = await aws('describe-instances', '--page-size', '5');
    expect(all.Reservations.map(({ Instances }: Answer) => Instances[0].InstanceId)).toEqual(
      Array.from({ length: 12 }, (_, index) => host(index + 1).ec2InstanceId),
    );
    expect(await refusal('Action=DescribeInstances&InstanceId.1=i-12344321')).toContain(
      "(InvalidInstanceID.NotFound): The instance ID 'i-12344321' does not exist",
    );
    expect(await refusal('Action=DescribeInstances&InstanceId.1=foo')).toContain(
      '(InvalidInstanceID.Malformed): Invalid id: &quot;foo&quot;',
    );
    expect(await refusal(`Action=DescribeInstances&InstanceId.1=${id}&MaxResults=5`)).toContain(
      '(InvalidParameterCombination)',
    );
    expect(await refusal('Action=DescribeInstances&MaxResults=4')).toContain('(InvalidParameterValue)');
  });

  test('a dry run, and a refusal by policy, in the words of EC2', async () => {
    const { refusal } = await open();
    expect(await refusal('Action=DescribeVpcs&DryRun=true')).toContain(
      '(DryRunOperation): Request would have succeeded, but DryRun flag is set.',
    );
    const asked: unknown[] = [];
    const denying: Authorization = {
      require(question) {
        asked.push(question);
        const decision = {
          decision: 'implicitDeny',
          policyType: 'identity',
          reasons: [],
          missingContextKeys: [],
        } as const;
        const access = { action: question.action, resource: '*', decision };
        return Promise.reject(new AccessDenied('User: x is not authorized to perform: ec2:DescribeVpcs', access, 'r'));
      },
    };
    const refused = await open([], denying);
    expect(await refused.refusal('Action=DescribeVpcs&DryRun=true')).toContain(
      '(UnauthorizedOperation): You are not authorized to perform this operation. ' +
        'User: x is not authorized to perform: ec2:DescribeVpcs',
    );
    expect(asked).toEqual([{ action: 'ec2:DescribeVpcs', resources: [{ arn: '*' }] }]);
  });
});

describe('on the wire', () => {
  test('an answer and a failure have the form of EC2 alone', async () => {
    const { post } = await open();
    const good = await post('Action=DescribeVpcEndpoints');
    expect(good.body).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<DescribeVpcEndpointsResponse xmlns="http:\/\/ec2\.amazonaws\.com\/doc\/2016-11-15\/"><requestId>[-0-9a-f]{36}<\/requestId><vpcEndpointSet><\/vpcEndpointSet><\/DescribeVpcEndpointsResponse>$/,
    );
    const bad = await post('Action=DescribeSubnets&SubnetId.1=%3Ca%3E');
    expect(bad.status).toBe(400);
    expect(bad.body).toMatch(
      /\n<Response><Errors><Error><Code>InvalidSubnetID\.NotFound<\/Code><Message>The subnet ID '&lt;a&gt;' does not exist<\/Message><\/Error><\/Errors><RequestID>[-0-9a-f]{36}<\/RequestID><\/Response>$/,
    );
  });

  test.each([
    ['Action=RunInstances', {}, 400, 'InvalidAction'],
    ['Action=DescribeSubnets&Filter.1.Value.1=x', {}, 400, 'InvalidParameterValue'],
    ['Action=DescribeSubnets&SubnetId.x=y', {}, 400, 'MalformedQueryString'],
    ['Action=DescribeSubnets&NextToken=x', {}, 400, 'InvalidParameterValue'],
    ['Action=DescribeSubnets', { sentBody: 'Action=DescribeVpcs&Version=2016-11-15' }, 401, 'AuthFailure'],
    ['Action=DescribeSubnets', { time: Date.now() - 3_600_000 }, 400, 'RequestExpired'],
  ])('%s %o is %d %s', async (fields, changes, status, code) => {
    const { post } = await open();
    const answer = await post(fields, changes);
    expect({ status: answer.status, body: answer.body }).toEqual({
      status,
      body: expect.stringContaining(`<Errors><Error><Code>${code}</Code>`),
    });
  });
});

test('every subnet lies in the VPC, beside the listed ones, and is always the same', () => {
  const id = fc.stringMatching(/^[0-9a-f]{17}$/);
  fc.assert(
    fc.property(id, (digits) => {
      const subnet = network.subnet(`subnet-${digits}`);
      expect(subnet).toEqual(new Network({ accountId, region }).subnet(`subnet-${digits}`));
      const { first = 0, size = 0 } = subnet?.block ?? {};
      expect(first % size).toBe(0);
      expect(first).toBeGreaterThanOrEqual(3 * 4096);
      expect(first + size).toBeLessThanOrEqual(65_536);
      expect(subnet && cidrBlockOf(subnet)).toBe(`${addressAt(first)}/26`);
    }),
  );
  expect(network.subnet('subnet-1234')).toBeUndefined();
  expect(new Network({ accountId, region: 'ap-southeast-2' }).zones[1]).toEqual({
    name: 'ap-southeast-2b',
    id: 'apse2-az2',
  });
});

test('patterns of filters: stars, question marks, and both taken literally', () => {
  const like = (text: string, pattern: string) => matches({ x: [text] }, [{ Name: 'x', Value: [pattern] }]);
  expect(['a*c', 'a?c', '*', 'abc', 'a**c', '*b*', '???'].map((pattern) => like('abc', pattern))).not.toContain(false);
  expect(['a*b', 'ab', 'abcd', '?', 'ABC', 'a\\*c', '', '*bb*'].map((one) => like('abc', one))).not.toContain(true);
  expect(like('a*c?', 'a\\*c\\?')).toBe(true);
  expect(() => matches({}, [{ Name: 'constructor', Value: [''] }])).toThrow(AwsError);
  // A match by the rule of regular expressions, for texts and patterns of few characters.
  const few = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 });
  fc.assert(
    fc.property(few, few, (text, pattern) => {
      const rule = new RegExp(`^${pattern.replace(/[*?]/g, (wild) => (wild === '*' ? '[^]*' : '[^]'))}$`);
      expect(like(text, pattern)).toBe(rule.test(text));
    }),
  );
});
