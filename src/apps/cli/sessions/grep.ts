import process from 'node:process';
import { messageOf } from '../../../client/failure-text.js';
import { printable, printableJson } from '../../../client/recordings/printable.js';
import { recordTime } from '../../../client/recordings/record-time.js';
import { addConnectionOptions, connect, type ConnectionOptions } from '../connect.js';
import { newCommand, parseCommand } from '../parse-command.js';
import { UsageError } from '../usage-error.js';
import { addFilterOptions, type FilterOptions, recordingFilter } from './filter-options.js';
import { requireRecordings } from './recordings-connection.js';
import { StandardOutput } from './standard-output.js';

interface GrepOptions extends ConnectionOptions, FilterOptions {
  readonly ignoreCase?: true;
  readonly caseSensitive?: true;
  readonly json?: true;
}

/** As grep: something went wrong, whatever was found. */
const TROUBLE = 2;

const HELP = `
Looks through the transcripts: what was on the screen, control sequences resolved. Prints session, time since its
start, line of the transcript, and the line. Ends with 0 when something was found, 1 when nothing was, 2 otherwise.`;

export async function grep(argv: readonly string[]): Promise<number> {
  const command = addFilterOptions(
    addConnectionOptions(
      newCommand('sessions grep', 'Says in which sessions, and where, a text was shown.')
        .usage('[options] TEXT')
        .argument('<TEXT>', 'what to look for, as it stands')
        .option('-i, --ignore-case', 'upper and lower case are the same (the default)')
        .option('--case-sensitive', 'they are not')
        .option('--json', 'one JSON object for each line that is found')
        .addHelpText('after', HELP),
    ),
  );
  if (!parseCommand(command, argv)) return 0;
  const options = command.opts<GrepOptions>();
  const [text = ''] = command.args;
  if (text === '') throw new UsageError('grep needs a text to look for');
  if (options.caseSensitive && options.ignoreCase) {
    throw new UsageError('--case-sensitive and --ignore-case contradict each other');
  }
  try {
    return (await search(text, options)) ? 0 : 1;
  } catch (error) {
    process.stderr.write(`gangway: ${messageOf(error)}\n`);
    return TROUBLE;
  }
}

async function search(text: string, options: GrepOptions): Promise<boolean> {
  const recordings = requireRecordings(await connect(options));
  const output = new StandardOutput(process.stdout);
  let found = false;
  for await (const match of recordings.search(text, recordingFilter(options))) {
    if (options.caseSensitive === true && !match.text.includes(text)) continue;
    found = true;
    const { sessionId, time, line, text: shown } = match;
    if (options.json === true) await output.write(`${printableJson(JSON.stringify(match))}\n`);
    else await output.write(`${printable(sessionId)}  ${recordTime(time)}  ${line}  ${printable(shown)}\n`);
    if (output.closed) break;
  }
  return found;
}
