import process from 'node:process';
import { count, type Diagnosis, diagnose, type Verdict } from '../../client/doctor/diagnose.js';
import type { DoctorApi } from '../../client/doctor/doctor-api.js';
import { clusterOfTask, lastPart, tasksOf } from '../../client/doctor/find-task.js';
import type { Finding } from '../../client/doctor/finding.js';
import { gatherFacts } from '../../client/doctor/gather-facts.js';
import { visibleText } from '../../client/visible-text.js';
import { addConnectionOptions, type ConnectionOptions, connect } from './connect.js';
import { createDoctorApi } from './doctor-api.js';
import { newCommand, parseCommand } from './parse-command.js';

interface DoctorOptions extends ConnectionOptions {
  readonly cluster?: string;
  readonly container?: string;
  readonly command?: string;
  readonly user?: string;
  readonly json?: true;
}

/** What is shorter than a task id may be the beginning of one. */
const ID_PREFIX = /^[0-9a-f]{0,31}$/;
/** Choices named in an error; a longer list helps nobody. */
const CHOICES_SHOWN = 20;

const STATUS: Readonly<Record<Verdict, number>> = Object.freeze({ works: 0, fails: 1, unknown: 3 });

const HELP = `
It only reads, through the APIs of AWS, and so works on AWS as well. What the caller may not ask is "not checked".
The lines below a finding repair it: they can be pasted into a shell that has the AWS CLI and the right to.

Exit status: 0 nothing was found that stops exec, 1 something was, 3 the task could not be looked at.`;

export async function doctor(argv: readonly string[]): Promise<number> {
  const command = addConnectionOptions(
    newCommand('doctor', 'Checks everything that exec into a task depends on, and says what to repair.')
      .usage('[options] [TASK]')
      .argument('[TASK]', 'task id, its beginning, or ARN; not needed when the cluster has only one')
      .option('--cluster <name>', 'cluster name or ARN (default: that of the ARN of TASK, or "default")')
      .option('--container <name>', 'container; needed when the task has several')
      .option('--command <text>', 'may the caller run this? (policies with the condition key gangway:command)')
      .option('--user <name>', 'and as this user? (gangway:user; default: root)')
      .option('--json', 'the findings as JSON')
      .addHelpText('after', HELP),
  );
  if (!parseCommand(command, argv)) return 0;
  const options = command.opts<DoctorOptions>();
  const [named = ''] = command.args;
  const connection = await connect(options);
  const api = createDoctorApi(connection);
  const cluster = options.cluster ?? clusterOfTask(named) ?? 'default';
  const task = ID_PREFIX.test(named) ? await chosenTask(api, cluster, named) : named;
  const facts = await gatherFacts(api, {
    region: connection.region,
    cluster,
    task,
    container: options.container,
    command: options.command,
    user: options.user,
  });
  const diagnosis = diagnose(facts);
  process.stdout.write(
    options.json === true
      ? jsonText({ cluster: facts.clusterName, task, ...diagnosis })
      : `Task ${visibleText(lastPart(task))} in cluster ${visibleText(facts.clusterName)}\n\n${reportText(diagnosis)}`,
  );
  if (diagnosis.findings.some(({ repair }) => repair !== undefined) && isElsewhere(connection.endpoint('ecs'))) {
    process.stderr.write(`gangway: for the AWS CLI to reach this endpoint: eval "$(gangway env)"\n`);
  }
  return STATUS[diagnosis.verdict];
}

/** A prefix that no task has is looked for as it is, so that the report says what there is instead. */
async function chosenTask(api: DoctorApi, cluster: string, prefix: string): Promise<string> {
  const found = await tasksOf(api, cluster, prefix);
  if (!found.known) {
    if (prefix !== '') return prefix;
    throw new Error(`TASK must be named: the tasks of cluster ${cluster} cannot be listed: ${visibleText(found.why)}`);
  }
  const [only, ...others] = found.value;
  if (only === undefined) {
    if (prefix !== '') return prefix;
    throw new Error(`there is no task in cluster ${lastPart(cluster)}`);
  }
  if (others.length === 0) return only;
  const shown = found.value.slice(0, CHOICES_SHOWN).map((arn) => `  ${lastPart(arn)}`);
  if (found.value.length > CHOICES_SHOWN) shown.push(`  and ${found.value.length - CHOICES_SHOWN} more`);
  const text = [`${found.value.length} tasks in cluster ${lastPart(cluster)}, name one of them:`, ...shown].join('\n');
  throw new Error(text);
}

const STATE_WIDTH = 'not checked'.length;
const INDENT = ' '.repeat(STATE_WIDTH + 2);

function findingLines({ state, title, evidence, repair = [] }: Finding): string[] {
  const head = `${state.padEnd(STATE_WIDTH)}  ${visibleText(title)}: ${visibleText(evidence)}`;
  return [head, ...repair.map((line) => `${INDENT}${visibleText(line)}`)];
}

const SUMMARY: Readonly<Record<Verdict, string>> = Object.freeze({
  works: 'Nothing was found that stops exec',
  fails: 'Exec will not work',
  unknown: 'The task could not be looked at',
});

/** A line for each finding, the repair below it, and what it comes to. */
function reportText({ verdict, findings }: Diagnosis): string {
  const numbers = (['failed', 'warning', 'not checked', 'ok'] as const)
    .map((state) => `${count(findings, state)} ${state}`)
    .join(', ');
  return [...findings.flatMap(findingLines), '', `${SUMMARY[verdict]}: ${numbers}`, ''].join('\n');
}

/** JSON escapes control characters, but neither DEL nor those beyond it. */
function jsonText(value: unknown): string {
  const text = JSON.stringify(value, undefined, 2);
  return `${text.split('\n').map(visibleText).join('\n')}\n`;
}

/** Neither AWS's, nor one that the environment has sent us to. */
function isElsewhere(endpoint: string): boolean {
  return !endpoint.includes('.amazonaws.com') && (process.env['AWS_ENDPOINT_URL'] ?? '') === '';
}
