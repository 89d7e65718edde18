import process from 'node:process';
import type { AwsCall } from '../../client/aws-call.js';
import { FAILURE } from '../../client/exit-status.js';
import { messageOf } from '../../client/failure-text.js';
import { quoteCommand } from '../../client/quote-command.js';
import { sessionTarget, startSession } from '../../client/start-session.js';
import { checkKmsOptions, type KmsOptions, otherKms } from './kms-option.js';
import { addConnectionOptions, type ConnectionOptions, connect } from './connect.js';
import { newCommand, parseCommand } from './parse-command.js';
import { serviceUrl } from './service-option.js';
import { UsageError } from './usage-error.js';

/** What is shorter than a task id may be the beginning of one. */
const ID_PREFIX = /^[0-9a-f]{1,31}$/;
/** Present in nearly every image, and what the AWS documentation uses. */
const DEFAULT_COMMAND = '/bin/sh';

interface ExecOptions extends ConnectionOptions, KmsOptions {
  readonly cluster?: string;
  readonly task?: string;
  readonly container?: string;
  readonly command?: string;
  readonly tty?: true;
  readonly T?: true;
  readonly user?: string;
  readonly debug?: true;
  readonly debugImage?: string;
  readonly escapeChar: string;
}

const HELP = `
Without a command, or with -t, a terminal; leave it with ~. after a new line, ~? lists the other escapes.
With a command, stdin, stdout and stderr apart, and the command's own exit status (255 for failures of gangway).

  gangway exec                                  the only task that can be entered, /bin/sh
  gangway exec TASK -- ls -l /etc               arguments arrive exactly as they are, no shell in between
  gangway exec TASK -- sh -c 'ps | grep app'    unless you name one
  gangway exec TASK -t -- top                   a command that wants a terminal
  gangway exec TASK --user nobody -- id         as somebody else, where an endpoint permits it (gangway up --limits user)
  gangway exec TASK --debug -- ls /container    into a container without a shell (gangway up --limits debug)`;

function execCommand(): ReturnType<typeof newCommand> {
  const command = newCommand('exec', 'Opens a terminal or runs a command in a running container.')
    .usage('[options] [TASK] [-- COMMAND ARGUMENTS...]')
    .argument('[TASK]', 'task id, its beginning, or ARN; not needed when only one task can be entered')
    .option('--cluster <name>', 'cluster name or ARN (default: "default")')
    .option('--task <task>', 'the same as TASK')
    .option('--container <name>', 'container; needed when the task has several')
    .option(
      '--command <line>',
      `command line, split like a shell's but run without one (default: "${DEFAULT_COMMAND}")`,
    )
    .option('--interactive', "AWS's own option; always so")
    .option('-t, --tty', 'a terminal on the far side also for a COMMAND, or when stdin is none')
    .option('-T', 'no terminal on the far side')
    .option('--user <user>', 'user, uid or user:group instead of root (an endpoint with that limit open)')
    .option('--debug', "the host's own tools, for containers without; their files are below /container")
    .option('--debug-image <image>', 'the tools of an image, in Docker')
    .option('--kms <url>', 'KMS of encrypted sessions: a URL, or "aws" (default: that of the endpoint)', serviceUrl)
    .option('--kms-profile <name>', 'profile whose credentials that KMS knows (default: the same as everything else)')
    .option('-e, --escape-char <char>', 'escape character of a terminal, or "none"', '~')
    .addHelpText('after', HELP);
  return addConnectionOptions(command);
}

/** The command's own arguments stand behind the first `--`; TASK may be left out, so they are cut off beforehand. */
function cutCommand(argv: readonly string[]): { own: readonly string[]; remote: readonly string[] | undefined } {
  const cut = argv.indexOf('--');
  if (cut === -1) return { own: argv, remote: undefined };
  const remote = argv.slice(cut + 1);
  if (remote.length === 0) throw new UsageError('no command after --');
  return { own: argv.slice(0, cut), remote };
}

function escapeCharacter(option: string): string | undefined {
  if (option === 'none') return undefined;
  if (!/^[!-~]$/.test(option)) throw new UsageError(`--escape-char takes one character or "none", not '${option}'`);
  return option;
}

export async function exec(argv: readonly string[]): Promise<number> {
  const { own, remote } = cutCommand(argv);
  const command = execCommand();
  if (!parseCommand(command, own)) return 0;
  const options = command.opts<ExecOptions>();
  const named = command.args[0] ?? options.task;
  if (command.args[0] !== undefined && options.task !== undefined)
    throw new UsageError('TASK and --task name it twice');
  if (remote !== undefined && options.command !== undefined) throw new UsageError('--command and -- give it twice');
  if (options.tty === true && options.T === true) throw new UsageError('-t and -T contradict each other');
  if (options.debug === true && options.debugImage !== undefined)
    throw new UsageError('--debug and --debug-image contradict each other');
  const escape = escapeCharacter(options.escapeChar);
  checkKmsOptions(options);
  const line = remote === undefined ? (options.command ?? DEFAULT_COMMAND) : quoteCommand(remote);
  // As ssh decides it: a shell has a terminal when its caller has one, a command only when asked for.
  const terminal = options.T !== true && (options.tty === true || (remote === undefined && process.stdin.isTTY));

  // Whatever else goes wrong is one line and 255 too; the terminal is given back as the process exits.
  process.on('uncaughtException', (error) => {
    process.stderr.write(`\r\ngangway: internal error: ${messageOf(error)}\r\n`);
    if (process.env['GANGWAY_DEBUG']) process.stderr.write(`${error.stack ?? ''}\n`);
    process.exit(FAILURE);
  });

  const connection = await connect(options);
  const { call, dial } = connection;
  const keyService = await otherKms(options, connection);
  const { cluster, container, user, debug, debugImage } = options;
  const task = await chosenTask(call, cluster, named);
  const freedom = {
    ...(user !== undefined && { user }),
    ...(debug !== undefined && { debug }),
    ...(debugImage !== undefined && { debugImage }),
  };
  const input = {
    task,
    command: line,
    ...(cluster !== undefined && { cluster }),
    ...(container !== undefined && { container }),
  };
  const starting = startSession(call, input, freedom);
  // Loaded while the endpoint works.
  const [started, { runSession }] = await Promise.all([
    starting,
    import('./run-session.js'),
    import('../../platform/aws/dial-web-socket.js'),
  ]);
  return runSession({
    session: started,
    call,
    dial,
    ...(keyService !== undefined && { keyService }),
    target: () => sessionTarget(call, started),
    terminal,
    escapeCharacter: escape,
  });
}

async function chosenTask(call: AwsCall, cluster: string | undefined, named: string | undefined): Promise<string> {
  if (named !== undefined && !ID_PREFIX.test(named)) return named;
  const { chooseTask } = await import('../../client/choose-task.js');
  return chooseTask(call, cluster, named);
}
