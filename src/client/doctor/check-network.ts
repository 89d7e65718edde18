import type { Facts } from './facts.js';
import { Check, type Finding } from './finding.js';
import { isSeenApart } from './is-seen-apart.js';
import { aws } from './repair.js';

/** Whether the agent in the task can reach Session Manager, as far as the VPC's endpoints tell (ecs-api 9, rows 25, 26). */
export function checkNetwork(facts: Facts): readonly Finding[] {
  const check = new Check('vpc-endpoints', 'VPC endpoints');
  const { task, subnet, identity, vpcEndpoints, region, key } = facts;
  if (task.known && task.value === undefined) return [];
  if (!subnet.known) return [check.notChecked(subnet.why)];
  if (subnet.value === undefined) return [check.notChecked('the subnet of the task does not exist any more')];
  const { subnetId, vpcId, ownerId, ipv6Native } = subnet.value;
  if (ipv6Native) return [check.failed(`${subnetId} has IPv6 alone, in which exec is not supported`)];
  if (identity.known && ownerId !== '' && ownerId !== identity.value.accountId) {
    return [
      check.notChecked(`${subnetId} in ${vpcId} is shared by account ${ownerId}, whose endpoints cannot be seen`),
    ];
  }
  if (!vpcEndpoints.known) return [check.notChecked(vpcEndpoints.why)];
  const existing = vpcEndpoints.value;
  if (existing.length === 0)
    return [check.ok(`${vpcId} has none: the task needs the internet, or the endpoint's network`)];
  const needed = ['ssmmessages', ...(key === undefined ? [] : ['kms'])].map(
    (name) => `com.amazonaws.${region}.${name}`,
  );
  const missing = needed.filter((name) => !existing.includes(name));
  if (missing.length === 0) return [check.ok(`${vpcId} has ${needed.join(' and ')}`)];
  const state = isSeenApart(facts) ? 'failed' : 'warning';
  return [
    check[state](
      `${vpcId} has endpoints (${existing.join(', ')}), and none for ${missing.join(' and ')}: without it the task needs the internet`,
      ...missing.map((name) =>
        aws(
          ...['ec2', 'create-vpc-endpoint', '--vpc-id', vpcId, '--vpc-endpoint-type', 'Interface'],
          ...['--service-name', name, '--subnet-ids', subnetId],
        ),
      ),
    ),
  ];
}
