import type { AwsCall } from './aws-call.js';

/** DescribeTasks takes no more at once. */
const DESCRIBE_TASKS_MAX = 100;
/** Choices named in an error; a longer list helps nobody. */
export const CHOICES_SHOWN = 20;

interface Task {
  readonly taskArn: string;
  readonly taskDefinitionArn?: string;
  readonly group?: string;
  readonly lastStatus?: string;
  readonly enableExecuteCommand?: boolean;
  readonly containers?: readonly {
    readonly name?: string;
    readonly managedAgents?: readonly { readonly name?: string; readonly lastStatus?: string }[];
  }[];
}

function lastPart(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}

function enterable(task: Task): boolean {
  return (
    task.enableExecuteCommand === true &&
    task.lastStatus === 'RUNNING' &&
    (task.containers ?? []).some(({ managedAgents }) =>
      managedAgents?.some(({ name, lastStatus }) => name === 'ExecuteCommandAgent' && lastStatus === 'RUNNING'),
    )
  );
}

async function runningTasks(call: AwsCall, cluster: string | undefined): Promise<Task[]> {
  const where = cluster === undefined ? {} : { cluster };
  const tasks: Task[] = [];
  let nextToken: string | undefined;
  do {
    const page = (await call('ecs', 'ListTasks', {
      ...where,
      maxResults: DESCRIBE_TASKS_MAX,
      ...(nextToken !== undefined && { nextToken }),
    })) as { readonly taskArns?: readonly string[]; readonly nextToken?: string };
    if (page.taskArns !== undefined && page.taskArns.length > 0) {
      const described = (await call('ecs', 'DescribeTasks', { ...where, tasks: page.taskArns })) as {
        readonly tasks?: readonly Task[];
      };
      tasks.push(...(described.tasks ?? []));
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return tasks;
}

function line(task: Task): string {
  const containers = (task.containers ?? []).map(({ name }) => name).join(',');
  return `  ${lastPart(task.taskArn)}  ${lastPart(task.taskDefinitionArn ?? '')}  ${task.group ?? ''}  ${containers}`;
}

/**
 * The one task of the cluster that can be entered, or the one whose id begins with `prefix`. Rejects with a message
 * that lists the choices when there are several, and says so when there is none.
 */
export async function chooseTask(call: AwsCall, cluster: string | undefined, prefix = ''): Promise<string> {
  const tasks = (await runningTasks(call, cluster)).filter(
    (task) => enterable(task) && lastPart(task.taskArn).startsWith(prefix),
  );
  const name = cluster === undefined ? 'default' : lastPart(cluster);
  const [only, ...others] = tasks;
  if (only === undefined) {
    const which = prefix === '' ? '' : ` whose id begins with ${prefix}`;
    throw new Error(
      `no running task${which} in cluster ${name} can be entered: it needs execute command enabled and a RUNNING agent`,
    );
  }
  if (others.length === 0) return only.taskArn;
  const shown = tasks.slice(0, CHOICES_SHOWN).map(line);
  if (tasks.length > CHOICES_SHOWN) shown.push(`  and ${tasks.length - CHOICES_SHOWN} more`);
  throw new Error([`${tasks.length} tasks in cluster ${name} can be entered, name one of them:`, ...shown].join('\n'));
}
