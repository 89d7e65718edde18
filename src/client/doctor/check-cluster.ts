import type { Facts } from './facts.js';
import { Check, type Finding } from './finding.js';
import { aws } from './repair.js';

/** Of what there is instead. */
const MOST_NAMES = 5;

export function checkCluster(facts: Facts): readonly Finding[] {
  return [cluster(facts), configuration(facts)];
}

function cluster({ cluster: fact, clusterName, otherClusters }: Facts): Finding {
  const check = new Check('cluster', 'Cluster');
  if (!fact.known) return check.notChecked(fact.why);
  const { value } = fact;
  if (value?.status === 'ACTIVE') return check.ok(value.clusterArn);
  const state = value === undefined ? 'does not exist' : `is ${value.status ?? 'in no state'}`;
  const others = otherClusters.slice(0, MOST_NAMES).join(', ') + (otherClusters.length > MOST_NAMES ? ', …' : '');
  const there = others === '' ? '' : `; there are: ${others}`;
  return check.failed(`cluster ${clusterName} ${state}${there}`, aws('ecs', 'list-clusters'));
}

function configuration({ cluster: fact, clusterName, logTarget }: Facts): Finding {
  const check = new Check('cluster-configuration', 'Session logging');
  if (!fact.known) return check.notChecked(fact.why);
  if (fact.value === undefined) return check.notChecked('there is no such cluster');
  const found = fact.value.configuration?.executeCommandConfiguration;
  const repair = aws(
    ...['ecs', 'update-cluster', '--cluster', clusterName, '--configuration'],
    'executeCommandConfiguration={logging=OVERRIDE,logConfiguration={cloudWatchLogGroupName=/ecs/exec}}',
  );
  if (found?.logging === 'NONE') return check.warning('logging is NONE: sessions are not logged', repair);
  if (found?.logging === 'OVERRIDE') {
    const { cloudWatchLogGroupName: group, s3BucketName: bucket } = found.logConfiguration ?? {};
    const targets = [
      ...(group === undefined ? [] : [`log group ${group}`]),
      ...(bucket === undefined ? [] : [`bucket ${bucket}`]),
    ];
    return check.ok(`logging is OVERRIDE: to ${targets.join(' and ')}`);
  }
  const which = found === undefined ? 'the cluster has no configuration for exec' : 'logging is DEFAULT';
  if (logTarget !== undefined) return check.ok(`${which}: to the container's own log group ${logTarget.name}`);
  return check.warning(`${which}, and the container has no awslogs driver: sessions are not logged`, repair);
}
