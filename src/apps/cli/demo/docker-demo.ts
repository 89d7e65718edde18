import { Readable } from 'node:stream';
import { messageOf } from '../../../client/failure-text.js';
import { quoteCommand } from '../../../client/quote-command.js';
import type { AskedFreedom } from '../../../client/session-freedom.js';
import { sessionTarget, startSession } from '../../../client/start-session.js';
import { Limits } from '../../../services/limits.js';
import { createTaskRole } from '../../create-task-role.js';
import type { Connection } from '../connect.js';
import { DEFAULT_ACCOUNT } from '../local-gangway.js';
import { taskRole } from '../policy-examples.js';
import { runSession } from '../run-session.js';
import { STATIC_PROGRAM, type DemoImages } from './demo-images.js';
import { agentOf, awaitTask, whyNot, type DescribedTask } from './demo-task.js';
import type { Narration } from './demo-terminal.js';

export const CLUSTER = 'demo';
const FAMILY = 'two-containers';
const ROLE = 'demo-task';
export const READ_ONLY = 'read-only';
const NO_SHELL = 'no-shell';
/** Of AWS's limits those that keep from these two containers what can be had of them. */
export const LIFTED = Limits.parse('aws,readonly-root,debug');

/** What a step asks for, and what it must come to. */
interface Step {
  readonly container: string;
  readonly command: readonly string[];
  readonly debugImage?: string;
  /** The command's exit status, or the code of the error that refuses it. */
  readonly ends: number | 'InvalidParameterException';
  readonly because: string;
}

/** Cluster, role and task definition. */
export async function prepareDockerDemo(
  connection: Connection,
  narration: Narration,
  images: DemoImages,
): Promise<void> {
  const { call, query, region } = connection;
  const role = await createTaskRole(query, ROLE, taskRole({ region, account: DEFAULT_ACCOUNT }));
  narration.tell('task role', role);
  const { cluster } = (await call('ecs', 'CreateCluster', {
    clusterName: CLUSTER,
    configuration: { executeCommandConfiguration: { logging: 'NONE' } },
  })) as { cluster: { clusterArn: string } };
  narration.tell('cluster', cluster.clusterArn);
  const { taskDefinition } = (await call('ecs', 'RegisterTaskDefinition', {
    family: FAMILY,
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    cpu: '256',
    memory: '512',
    taskRoleArn: role,
    containerDefinitions: [
      {
        name: READ_ONLY,
        image: images.tools,
        essential: true,
        readonlyRootFilesystem: true,
        command: ['sleep', '100000'],
        // As its first process, sleep does not hear SIGTERM.
        stopTimeout: 2,
      },
      { name: NO_SHELL, image: images.bare, essential: true, command: [STATIC_PROGRAM, 'pause'], stopTimeout: 2 },
    ],
  })) as { taskDefinition: { taskDefinitionArn: string } };
  narration.tell('task definition', taskDefinition.taskDefinitionArn);
}

/** What AWS's limits let in, of a new task of the two containers. */
export async function asOnAws(connection: Connection, narration: Narration, images: DemoImages): Promise<void> {
  const task = await startTask(connection, narration, { [READ_ONLY]: 'STOPPED', [NO_SHELL]: 'RUNNING' });
  await inOrder(connection, narration, task, [
    {
      container: READ_ONLY,
      command: ['id'],
      ends: 'InvalidParameterException',
      because: "refused: AWS's agent would have to write to the root file system",
    },
    noShell,
    staticProgram,
    {
      container: NO_SHELL,
      command: ['ls', '/container/'],
      debugImage: images.tools,
      ends: 'InvalidParameterException',
      because: 'refused: AWS has no debug toolbox',
    },
  ]);
}

/** The same with {@link LIFTED}. */
export async function withLimitsLifted(
  connection: Connection,
  narration: Narration,
  images: DemoImages,
): Promise<void> {
  const task = await startTask(connection, narration, { [READ_ONLY]: 'RUNNING', [NO_SHELL]: 'RUNNING' });
  await inOrder(connection, narration, task, [
    {
      container: READ_ONLY,
      command: ['sh', '-c', 'echo "$(id -un) inside $(hostname)"; touch /file'],
      ends: 1,
      because: 'allowed: our agent writes nothing there, and the command cannot either',
    },
    noShell,
    {
      container: NO_SHELL,
      command: ['ls', '-l', '/container/'],
      debugImage: images.tools,
      ends: 0,
      because: 'allowed: the tools of another image, with the files of this container in view',
    },
  ]);
}

const noShell: Step = {
  container: NO_SHELL,
  command: ['/bin/sh'],
  ends: 127,
  because: 'there is no shell in this image',
};

const staticProgram: Step = {
  container: NO_SHELL,
  command: [STATIC_PROGRAM, 'version'],
  ends: 0,
  because: 'what the image has, runs',
};

/** A task whose agents have come to be what is expected of them, by container. */
async function startTask(
  connection: Connection,
  narration: Narration,
  agents: Readonly<Record<string, 'RUNNING' | 'STOPPED'>>,
): Promise<DescribedTask> {
  const { tasks } = (await connection.call('ecs', 'RunTask', {
    cluster: CLUSTER,
    taskDefinition: FAMILY,
    launchType: 'FARGATE',
    enableExecuteCommand: true,
    networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-0123456789abcdef0'] } },
  })) as { tasks: DescribedTask[] };
  const arns = tasks.map(({ taskArn }) => taskArn);
  const task = await awaitTask(
    connection,
    CLUSTER,
    () => Promise.resolve(arns),
    (described) => {
      if (described.lastStatus === 'STOPPED') throw new Error(`the task does not run: ${whyNot(described)}`);
      return Object.entries(agents).every(([name, status]) => agentIn(described, name)?.lastStatus === status);
    },
  );
  narration.tell('task', task.taskArn);
  for (const name of Object.keys(agents)) {
    const { lastStatus = '', reason } = agentIn(task, name) ?? {};
    narration.tell(`  ${name}`, `ExecuteCommandAgent ${lastStatus}${reason === undefined ? '' : `: ${reason}`}`);
  }
  return task;
}

function agentIn(task: DescribedTask, name: string): ReturnType<typeof agentOf> {
  return agentOf(task.containers?.find((container) => container.name === name));
}

async function inOrder(
  connection: Connection,
  narration: Narration,
  task: DescribedTask,
  steps: readonly Step[],
): Promise<void> {
  for (const step of steps) {
    narration.say();
    const { container, command, debugImage, because, ends } = step;
    const debug = debugImage === undefined ? '' : ` --debug-image ${debugImage}`;
    const id = task.taskArn.split('/').at(-1) ?? '';
    narration.say(`$ gangway exec ${id} --container ${container}${debug} -- ${quoteCommand(command)}`);
    const end = await enter(connection, narration, task, step);
    narration.say(`  -> ${typeof end === 'number' ? `exit code ${end}` : end}. ${because}`);
    if (end !== ends) throw new Error(`this step of the demo should have ended with ${ends}, not ${end}`);
  }
}

/** The exit status of what was run, or the code of the refusal; what either says has been shown then. */
async function enter(
  connection: Connection,
  narration: Narration,
  task: DescribedTask,
  step: Step,
): Promise<number | string> {
  const { call, dial } = connection;
  const { container, command, debugImage } = step;
  const freedom: AskedFreedom = debugImage === undefined ? {} : { debugImage };
  const input = { cluster: CLUSTER, task: task.taskArn, container, command: quoteCommand(command) };
  const started = await startSession(call, input, freedom).catch((error: unknown) => refusalOf(narration, error));
  if (typeof started === 'string') return started;
  return runSession({
    session: started,
    call,
    dial,
    target: () => sessionTarget(call, started),
    terminal: false,
    escapeCharacter: undefined,
    stdin: Readable.from([]),
  });
}

/** As `gangway exec` tells it. */
function refusalOf(narration: Narration, error: unknown): string {
  narration.say(`gangway: ${messageOf(error)}`);
  return (error as { code?: string; name?: string }).code ?? (error as Error).name;
}
