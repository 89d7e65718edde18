import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../../platform/store/temporary-directory.fixture.js';
import { readVpcFile } from './vpc-file.js';

function read(text: string) {
  const file = join(temporaryDirectory(), 'vpc.json');
  writeFileSync(file, text);
  return readVpcFile(file, 'us-east-1');
}

test('a VPC with its subnets and groups', () => {
  const vpc = {
    vpcId: 'vpc-0123456789abcdef0',
    subnets: [{ subnetId: 'subnet-aaaaaaaa', availabilityZone: 'us-east-1b' }, { subnetId: 'subnet-bbbbbbbb' }],
    securityGroupIds: ['sg-aaaaaaaa'],
  };
  expect(read(JSON.stringify(vpc))).toEqual(vpc);
});

test.each([
  ['{', /JSON/],
  ['[]', /it is no object; it takes a file such as/],
  ['{"subnet": []}', /subnet is unknown/],
  ['{}', /subnets is no list/],
  ['{"subnets": []}', /a VPC has 1 to 256 subnets, not 0/],
  ['{"subnets": ["subnet-aaaaaaaa"]}', /subnets\[0\] is no object/],
  ['{"subnets": [{}]}', /subnets\[0\]\.subnetId is no text/],
  ['{"subnets": [{"subnetId": "x"}]}', /x is not an id: subnet- and 8 or 17/],
  ['{"subnets": [{"subnetId": "subnet-aaaaaaaa", "zone": "a"}]}', /subnets\[0\]\.zone is unknown/],
  ['{"subnets": [{"subnetId": "subnet-aaaaaaaa", "availabilityZone": 1}]}', /availabilityZone is no text/],
  ['{"subnets": [{"subnetId": "subnet-aaaaaaaa", "availabilityZone": "us-west-2a"}]}', /not a zone of us-east-1/],
  ['{"subnets": [{"subnetId": "subnet-aaaaaaaa"}], "securityGroupIds": "sg-1"}', /securityGroupIds is no list/],
  ['{"subnets": [{"subnetId": "subnet-aaaaaaaa"}], "vpcId": 1}', /vpcId is no text/],
])('%s is refused: %s', (text, message) => {
  expect(() => read(text)).toThrow(message);
  expect(() => read(text)).toThrow(/^--vpc: .*vpc\.json: /);
});

test('a file that is not there is named', () => {
  expect(() => readVpcFile('/nowhere/vpc.json', 'us-east-1')).toThrow(/--vpc: \/nowhere\/vpc\.json: ENOENT/);
});
