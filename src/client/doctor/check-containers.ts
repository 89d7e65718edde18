import type { Container, ContainerDefinition, Facts, Task } from './facts.js';
import { Check, type Finding } from './finding.js';
import { lastPart } from './find-task.js';
import { isSeenApart } from './is-seen-apart.js';
import { aws, startAgain } from './repair.js';
import { quoteWord } from '../quote-command.js';

const AGENT = 'ExecuteCommandAgent';
/** The agent in the container takes them for its own credentials (ecs-api 9, row 27). */
const AWS_KEYS: readonly string[] = ['AWS_ACCESS_KEY', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
/** Where tasks find their metadata and credentials. */
const LOCAL_ADDRESSES: readonly string[] = ['169.254.169.254', '169.254.170.2'];

export function checkContainers(facts: Facts): readonly Finding[] {
  const task = facts.task.known ? facts.task.value : undefined;
  if (task === undefined) return [];
  const { containers, definition } = facts;
  const each = containers.flatMap((container) => [
    ...(task.enableExecuteCommand === true ? [managedAgent(container, facts), connection(container, facts)] : []),
  ]);
  return [
    choice(task, facts),
    ...each,
    ...definitionFindings(task, facts),
    ...(definition.known ? [pidMode(facts)] : []),
  ];
}

function choice(task: Task, facts: Facts): Finding {
  const { containers, containerName } = facts;
  const check = new Check('container', 'Container');
  const names = (task.containers ?? []).map(({ name }) => name);
  if (containerName !== undefined && containers.length === 0) {
    return check.failed(
      `the task has no container ${containerName}; it has: ${names.join(', ')}`,
      `# name it: --container ${quoteWord(names[0] ?? '')}`,
    );
  }
  if (containers.length > 1) {
    return check.failed(
      `the task has ${names.length} containers, so one must be named: ${names.join(', ')}`,
      `# name it: --container ${quoteWord(names[0] ?? '')}`,
    );
  }
  const [container] = containers;
  if (container === undefined) return check.failed('the task has no containers');
  const { name, lastStatus = 'unknown', reason } = container;
  if (lastStatus === 'RUNNING') return check.ok(`${name} is RUNNING`);
  if (!isRunning(facts)) return check.notChecked(NOT_RUNNING);
  return check.failed(`${name} is ${lastStatus}${reason === undefined ? '' : `: ${reason}`}`, ...startAgain(facts));
}

function managedAgent({ name, managedAgents = [], lastStatus: containerStatus }: Container, facts: Facts): Finding {
  const check = new Check('managed-agent', `${AGENT} of ${name}`);
  if (!isRunning(facts)) return check.notChecked(NOT_RUNNING);
  const agent = managedAgents.find((one) => one.name === AGENT) ?? managedAgents[0];
  if (agent === undefined) return check.failed(`container ${name} has no ${AGENT}`, ...startAgain(facts));
  const { lastStatus = 'unknown', reason } = agent;
  const evidence = `${lastStatus}${reason === undefined || reason === '' ? '' : `: ${reason}`}`;
  if (lastStatus === 'RUNNING') return check.ok(evidence);
  if (lastStatus === 'PENDING' && containerStatus !== 'STOPPED') {
    return check.failed(
      `${evidence}; it is being started: try again in some seconds`,
      '# wait some seconds, and ask again',
    );
  }
  const again = '# an agent that has stopped is started again only with its task: remove the cause, then';
  return check.failed(evidence, again, ...startAgain(facts));
}

const NOT_RUNNING = 'the task is not running';

function isRunning({ task }: Facts): boolean {
  return task.known && task.value?.lastStatus === 'RUNNING';
}

function connection({ name }: Container, facts: Facts): Finding {
  const { connections, roleMay, clusterName } = facts;
  const check = new Check('connection', `Agent of ${name} is connected`);
  if (!isRunning(facts)) return check.notChecked(NOT_RUNNING);
  const fact = connections.get(name);
  if (fact === undefined) return check.notChecked('nobody asked');
  if (!fact.known) return check.notChecked(fact.why);
  if (fact.value === 'connected') return check.ok('GetConnectionStatus: connected');
  const refused = roleMay.channels.known
    ? roleMay.channels.value.filter(({ decision }) => decision !== 'allowed').map(({ action }) => action)
    : [];
  const why =
    refused.length > 0
      ? `; the task's role may not ${refused.join(', ')}`
      : '; the agent needs its role and a way to the endpoint of ssmmessages';
  const task = facts.task.known ? facts.task.value : undefined;
  const away = task?.connectivity === 'DISCONNECTED' ? '; the host of the task is not connected' : why;
  return check.failed(
    `GetConnectionStatus: ${fact.value}${away}`,
    '# what the agent says:',
    aws(
      ...['ecs', 'describe-tasks', '--cluster', clusterName, '--tasks', lastPart(task?.taskArn ?? '')],
      ...['--query', 'tasks[].containers[].[name, managedAgents]'],
    ),
  );
}

/** What the task definition says of the containers that may be meant. */
function definitionFindings(task: Task, facts: Facts): readonly Finding[] {
  const { definition, containers } = facts;
  if (!definition.known) return [new Check('task-definition', 'Task definition').notChecked(definition.why)];
  const names = new Set(containers.map(({ name }) => name));
  return definition.value.containerDefinitions
    .filter(({ name }) => names.has(name))
    .flatMap((container) => [
      readonlyRoot(container, facts),
      initProcess(container),
      awsKeys(container, task, facts),
      ...proxy(container, task),
    ]);
}

/** The agent writes below /var/lib/amazon/ssm, /var/log/amazon/ssm and /managed-agents. */
function readonlyRoot({ name, readonlyRootFilesystem }: ContainerDefinition, facts: Facts): Finding {
  const check = new Check('read-only-root', `Root file system of ${name}`);
  if (readonlyRootFilesystem !== true) return check.ok('writable');
  const { connections, task } = facts;
  const fact = connections.get(name);
  const shown = task.known ? task.value?.containers?.find((one) => one.name === name) : undefined;
  // An agent that could connect may be shown as STOPPED all the same: then nobody is let in.
  const stopped = shown?.managedAgents?.some(({ lastStatus }) => lastStatus === 'STOPPED') === true;
  const evidence = 'readonlyRootFilesystem is true: AWS does not support exec in such a container';
  if (fact?.known === true && fact.value === 'connected' && !stopped)
    return check.warning(`${evidence}, but its agent is connected`);
  return check.failed(evidence, '# register a revision with readonlyRootFilesystem false, and start the task with it');
}

function initProcess({ name, linuxParameters }: ContainerDefinition): Finding {
  const check = new Check('init-process', `Init process of ${name}`);
  if (linuxParameters?.initProcessEnabled === true) return check.ok('initProcessEnabled is true');
  return check.warning(
    'initProcessEnabled is not set: what a session leaves behind becomes zombies',
    '# register a revision with linuxParameters {"initProcessEnabled": true}',
  );
}

function environmentOf({ name, environment = [] }: ContainerDefinition, task: Task): Map<string, string> {
  const overridden = task.overrides?.containerOverrides?.find((one) => one.name === name)?.environment ?? [];
  return new Map([...environment, ...overridden].map((one) => [one.name ?? '', one.value ?? '']));
}

/** They need not do harm: only where the agent is seen not to connect are they taken for the cause. */
function awsKeys(container: ContainerDefinition, task: Task, facts: Facts): Finding {
  const check = new Check('aws-keys', `AWS keys in the environment of ${container.name}`);
  const secrets = (container.secrets ?? []).map(({ name = '' }) => name);
  const names = [...environmentOf(container, task).keys(), ...secrets];
  const found = AWS_KEYS.filter((name) => names.includes(name));
  if (found.length === 0) return check.ok('none');
  const state = isSeenApart(facts, container.name) ? 'failed' : 'warning';
  return check[state](
    `${found.join(', ')} set: on AWS the agent takes them instead of the task's role, and exec fails when they may not do what it needs`,
    `# register a revision without ${found.join(', ')}, or under other names`,
  );
}

function proxy(container: ContainerDefinition, task: Task): readonly Finding[] {
  const environment = environmentOf(container, task);
  const value = (name: string): string => environment.get(name) ?? environment.get(name.toLowerCase()) ?? '';
  if (value('HTTP_PROXY') === '' && value('HTTPS_PROXY') === '') return [];
  const check = new Check('proxy', `Proxy of ${container.name}`);
  const exempt = value('NO_PROXY').split(',');
  const missing = LOCAL_ADDRESSES.filter((address) => !exempt.includes(address));
  if (missing.length === 0) return [check.ok('NO_PROXY has the addresses of metadata and credentials')];
  return [
    check.warning(
      `a proxy is set, and NO_PROXY does not have ${missing.join(' and ')}, where the agent finds its credentials`,
      `# register a revision with NO_PROXY=${LOCAL_ADDRESSES.join(',')}`,
    ),
  ];
}

/** One agent serves the namespace: a container without it cannot be entered, and another can (ecs-api 4.4). */
function pidMode({ definition, containers, task }: Facts): Finding {
  const check = new Check('pid-mode', 'PID namespace');
  const mode = definition.known ? definition.value.pidMode : undefined;
  if (mode !== 'task') return check.ok(mode === undefined ? 'of each container its own' : `pidMode is ${mode}`);
  const all = (task.known ? task.value?.containers : undefined) ?? [];
  const holder = all.find(hasRunningAgent);
  const [wanted, ...others] = containers;
  const warning = 'pidMode is task: one container of the task has an agent, and only that can be entered';
  if (holder === undefined || wanted === undefined || others.length > 0 || hasRunningAgent(wanted)) {
    return check.warning(warning);
  }
  return check.failed(
    `pidMode is task: container ${holder.name} has the agent, so that ${wanted.name} cannot be entered`,
    `# enter the other one: --container ${quoteWord(holder.name)}`,
    '# or register a revision without pidMode, and start the task with it',
  );
}

function hasRunningAgent({ managedAgents = [] }: Container): boolean {
  return managedAgents.some(({ name, lastStatus }) => (name ?? AGENT) === AGENT && lastStatus === 'RUNNING');
}
