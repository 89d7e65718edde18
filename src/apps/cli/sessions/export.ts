import { rename, rm } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import process from 'node:process';
import { exportRecord, EXPORT_FORMATS, type ExportFormat } from '../../../client/recordings/export-record.js';
import { RecordDamaged, recordEvents } from '../../../client/recordings/record-events.js';
import { recordParts } from '../../../client/recordings/record-parts.js';
import { signalStatus } from '../../../client/exit-status.js';
import { Option } from '../commander.js';
import { addConnectionOptions, connect, type ConnectionOptions } from '../connect.js';
import { newCommand, parseCommand } from '../parse-command.js';
import { requireRecordings } from './recordings-connection.js';
import { StandardOutput } from './standard-output.js';

interface ExportOptions extends ConnectionOptions {
  readonly format: ExportFormat;
  readonly output?: string;
}

const HELP = `
Formats:

  cast  asciicast v2, for asciinema and every other player of it
  txt   the transcript: what was on the screen, control sequences resolved, as AWS's agent uploads it
  json  one JSON object for each event, what was shown in base64

Of a session that is under way it is what there is now. The record is checked as it is read; from where it is damaged
on nothing is exported, and the exit status is 1.`;

export async function exportSession(argv: readonly string[]): Promise<number> {
  const command = addConnectionOptions(
    newCommand('sessions export', 'Writes the record of a session in another format.')
      .usage('[options] ID')
      .argument('<ID>', 'session')
      .addOption(new Option('--format <format>', 'of what is written').choices([...EXPORT_FORMATS]).default('cast'))
      .option('--output <file>', 'where to, readable for you alone; default is standard output')
      .addHelpText('after', HELP),
  );
  if (!parseCommand(command, argv)) return 0;
  const options = command.opts<ExportOptions>();
  const [id = ''] = command.args;
  const recordings = requireRecordings(await connect(options));
  const { header } = await recordings.summary(id);
  const texts = exportRecord(options.format, header, recordEvents(recordParts(recordings, id)));
  if (options.output !== undefined) {
    await writeFile(options.output, texts);
    return 0;
  }
  const output = new StandardOutput(process.stdout);
  for await (const text of texts) {
    await output.write(text);
    if (output.closed) return signalStatus('SIGPIPE');
  }
  return 0;
}

/** All of it, or nothing; of a damaged record what is good. */
async function writeFile(file: string, texts: AsyncIterable<string>): Promise<void> {
  const part = `${file}.part`;
  await rm(part, { force: true });
  const handle = await open(part, 'wx', 0o600);
  try {
    for await (const text of texts) await handle.write(text);
  } catch (error) {
    if (!(error instanceof RecordDamaged)) await rm(part, { force: true });
    else await rename(part, file);
    throw error;
  } finally {
    await handle.close();
  }
  await rename(part, file);
}
