import process from 'node:process';
import { parsePolicy } from '../../core/policy/parse-policy.js';
import type { PolicyKind } from '../../core/policy/policy-document.js';
import { Option } from './commander.js';
import { newCommand, parseCommand } from './parse-command.js';
import { type ExampleNames, POLICY_EXAMPLES, policyExample } from './policy-examples.js';
import { problemLines, readPolicyFile } from './policy-file.js';
import { simulate } from './policy-simulate.js';
import { runAction } from './run-action.js';
import { textTable } from './text-table.js';
import { UsageError } from './usage-error.js';

/** Exit status 1 when there is a problem. */
function check(argv: readonly string[]): number {
  const command = newCommand('policy check', 'Reads a policy as strictly as IAM does and names every problem.')
    .usage('[options] FILE')
    .argument('<FILE>', 'policy document; - is standard input')
    .addOption(
      new Option('--kind <kind>', 'what the policy is for')
        .choices(['identity', 'resource', 'trust'])
        .default('identity'),
    );
  if (!parseCommand(command, argv)) return 0;
  const [file = '-'] = command.args;
  const { problems } = parsePolicy(readPolicyFile(file), command.opts<{ kind: PolicyKind }>().kind);
  if (problems === undefined) return 0;
  process.stdout.write(`${problemLines(file, problems).join('\n')}\n`);
  return 1;
}

function example(argv: readonly string[]): number {
  const command = newCommand('policy example', 'Prints a policy for ECS Exec with names filled in.')
    .usage('[options] NAME | --list')
    .argument('[NAME]', 'one of those that --list lists')
    .option('--list', 'list the examples')
    .option('--region <name>', 'AWS region', 'us-east-1')
    .option('--account <id>', 'AWS account', '123456789012')
    .option('--cluster <name>', 'cluster', 'default')
    .option('--tag <key=value>', 'tag of the tasks', 'environment=development')
    .option('--container <name>', 'container', 'production-app')
    .option('--log-group <name>', 'log group that sessions are logged to')
    .option('--bucket <name>', 'bucket that sessions are logged to')
    .option('--kms-key <id>', 'key of the cluster, its id or ARN');
  if (!parseCommand(command, argv)) return 0;
  const { list, ...names } = command.opts<ExampleNames & { list?: true }>();
  if (list === true) {
    const rows = Object.entries(POLICY_EXAMPLES).map(([name, { summary }]) => [name, summary]);
    process.stdout.write(textTable(['NAME', 'WHAT IT ALLOWS'], rows));
    return 0;
  }
  if (names.tag.indexOf('=') <= 0) throw new UsageError(`--tag takes KEY=VALUE, not '${names.tag}'`);
  const [name] = command.args;
  if (name === undefined) throw new UsageError('example needs a name (see gangway policy example --list)');
  const document = policyExample(name, names);
  if (document === undefined) throw new UsageError(`no example '${name}' (see gangway policy example --list)`);
  process.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
  return 0;
}

const ACTIONS: Readonly<Record<string, (argv: readonly string[]) => Promise<number> | number>> = {
  check,
  simulate,
  example,
};

const HELP = `Usage: gangway policy check | simulate | example [options]

Checks IAM policies, tries them, and prints those of ECS Exec.

  check FILE      names every problem with its line and column
  simulate        decides one action on one resource, and says why
  example NAME    prints a policy with names filled in

gangway policy ACTION --help says more about one of them.
`;

export function policy(argv: readonly string[]): Promise<number> | number {
  return runAction('policy', ACTIONS, HELP, argv);
}
