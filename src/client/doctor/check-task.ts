import type { Facts, Task } from './facts.js';
import { lastPart } from './find-task.js';
import { Check, type Finding } from './finding.js';
import { aws, startAgain } from './repair.js';
import { isAtLeast, versionOf } from './version.js';

const STARTING: readonly string[] = ['PROVISIONING', 'PENDING', 'ACTIVATING'];
/** The first of ecs-agent with exec (ecs-api 10). */
const LEAST_AGENT: readonly number[] = [1, 50, 2];
const EXEC_ATTRIBUTE = 'ecs.capability.execute-command';

export function checkTask(facts: Facts): readonly Finding[] {
  const check = new Check('task', 'Task');
  const { task: fact } = facts;
  if (!fact.known) return [check.notChecked(fact.why)];
  if (fact.value === undefined) return [missing(check, facts)];
  return [status(check, fact.value, facts), execEnabled(fact.value, facts), ...infrastructure(fact.value, facts)];
}

function missing(check: Check, { taskReference, taskElsewhere, clusterName, cluster }: Facts): Finding {
  const id = lastPart(taskReference);
  if (taskElsewhere !== undefined) {
    return check.failed(
      `task ${id} is not in cluster ${clusterName} but in ${taskElsewhere}`,
      `# name its cluster: --cluster ${taskElsewhere}`,
    );
  }
  const noCluster = cluster.known && cluster.value === undefined;
  return check.failed(
    `there is no task ${id} in cluster ${clusterName}${noCluster ? ', which does not exist' : '; it never was, or has been stopped for more than an hour'}`,
    aws('ecs', 'list-tasks', ...(noCluster ? [] : ['--cluster', clusterName])),
  );
}

function status(check: Check, task: Task, facts: Facts): Finding {
  const { lastStatus = 'unknown', desiredStatus, stopCode, stoppedReason, taskArn } = task;
  if (lastStatus === 'RUNNING' && desiredStatus !== 'STOPPED') return check.ok(`${taskArn} is RUNNING`);
  const why = [stopCode, stoppedReason].filter((part) => part !== undefined && part !== '').join(': ');
  const evidence = `${taskArn} is ${lastStatus}${why === '' ? '' : ` (${why})`}`;
  if (STARTING.includes(lastStatus) && desiredStatus !== 'STOPPED') {
    const wait = aws('ecs', 'wait', 'tasks-running', '--cluster', facts.clusterName, '--tasks', taskArn);
    return check.failed(`${evidence}: exec works when it is RUNNING`, wait);
  }
  return check.failed(evidence, ...startAgain(facts));
}

function execEnabled(task: Task, facts: Facts): Finding {
  const check = new Check('exec-enabled', 'Started with exec enabled');
  if (task.enableExecuteCommand === true) return check.ok('enableExecuteCommand is true');
  return check.failed(
    'enableExecuteCommand is false: a running task cannot be given exec, it has to be started with it',
    ...startAgain(facts),
  );
}

function infrastructure(task: Task, facts: Facts): readonly Finding[] {
  if (task.launchType === 'FARGATE') return [platformVersion(task)];
  if (task.launchType === 'EC2' || task.launchType === 'EXTERNAL') return agent(task, facts);
  const check = new Check('platform', 'Launch type');
  return [check.warning(`launch type ${task.launchType ?? 'unknown'} is none that is known to have exec`)];
}

function platformVersion({ platformVersion: version, platformFamily: family = 'Linux' }: Task): Finding {
  const check = new Check('platform', 'Fargate platform version');
  const least = family.includes('Windows') ? [1, 0, 0] : [1, 4, 0];
  const numbers = versionOf(version ?? '');
  const evidence = `FARGATE, ${family}, platform version ${version ?? 'unknown'}`;
  if (numbers === undefined) return check.notChecked(evidence);
  if (isAtLeast(numbers, least)) return check.ok(evidence);
  return check.failed(
    `${evidence}; exec needs ${least.join('.')}`,
    `# run it again with: --platform-version ${least.join('.')} (or LATEST)`,
  );
}

function agent(task: Task, facts: Facts): readonly Finding[] {
  const check = new Check('platform', 'ECS agent of the container instance');
  const { instance: fact } = facts;
  if (fact === undefined)
    return [check.notChecked(`${task.launchType ?? ''} task that is on no container instance yet`)];
  if (!fact.known) return [check.notChecked(fact.why)];
  const { value: instance } = fact;
  if (instance === undefined)
    return [check.failed(`${task.containerInstanceArn ?? ''} is not registered any more`, ...startAgain(facts))];
  const { versionInfo, agentConnected, attributes = [] } = instance;
  const version = versionInfo?.agentVersion ?? 'unknown';
  const numbers = versionOf(version);
  const evidence = `${task.launchType ?? ''}, ECS agent ${version}`;
  const update = aws('ecs', 'update-container-agent', '--container-instance', task.containerInstanceArn ?? '');
  if (agentConnected === false) {
    return [check.failed(`${evidence}, not connected to ECS`, '# start the ECS agent of the instance, or its network')];
  }
  if (numbers !== undefined && !isAtLeast(numbers, LEAST_AGENT)) {
    return [check.failed(`${evidence}; exec needs ${LEAST_AGENT.join('.')}`, update)];
  }
  if (!attributes.some(({ name }) => name === EXEC_ATTRIBUTE)) {
    return [
      check.warning(`${evidence}, without the attribute ${EXEC_ATTRIBUTE}: the agent found no exec binaries`, update),
    ];
  }
  return [numbers === undefined ? check.notChecked(evidence) : check.ok(evidence)];
}
