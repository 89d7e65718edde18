import process from 'node:process';
import { type RecordingEnd } from '../../../core/recording/recording-format.js';
import type { RecordingSummary } from '../../../core/recording/recordings-api.js';
import { printable } from '../../../client/recordings/printable.js';
import type { RecordingsClient } from '../../../client/recordings/recordings-client.js';
import { streamWatched } from '../../../client/recordings/stream-watched.js';
import { watchSession } from '../../../client/recordings/watch-session.js';
import { processSignals } from '../../../client/signals.js';
import { AwsError } from '../../../platform/aws/aws-error.js';
import { addConnectionOptions, connect, type ConnectionOptions } from '../connect.js';
import { newCommand, parseCommand } from '../parse-command.js';
import { playerClock } from './player-clock.js';
import { requireRecordings } from './recordings-connection.js';
import { StandardOutput } from './standard-output.js';

const TRIES = 5;
const BETWEEN_TRIES_MS = 500;

const HELP = `
q or Ctrl-C leaves, s keeps the status line or hides it. The session does not notice: nothing is ever sent to it.

The session's terminal is drawn into yours: nothing that it shows can act on it. Of a larger one the part with the
cursor is shown. When standard output is no terminal, all that was shown since the start is written there, and what
follows as it comes.`;

export async function watch(argv: readonly string[]): Promise<number> {
  const command = addConnectionOptions(
    newCommand('sessions watch', 'Shows a session that is under way, as its user sees it.')
      .usage('[options] ID')
      .argument('<ID>', 'session')
      .addHelpText('after', HELP),
  );
  if (!parseCommand(command, argv)) return 0;
  const [id = ''] = command.args;
  const recordings = requireRecordings(await connect(command.opts<ConnectionOptions>()));
  const summary = await begun(recordings, id);
  if (summary.state === 'ended') {
    throw new Error(`${printable(id)} has ended: gangway sessions replay shows it.`);
  }
  const { end, status } = await show(recordings, summary);
  if (end !== undefined) process.stderr.write(`gangway: ${ended(id, end)}\n`);
  return status;
}

/** A record comes to the endpoint a moment after its session has begun. */
async function begun(recordings: RecordingsClient, id: string): Promise<RecordingSummary> {
  for (let left = TRIES - 1; ; left -= 1) {
    try {
      return await recordings.summary(id);
    } catch (error) {
      if (left === 0 || !(error instanceof AwsError) || error.status !== 404) throw error;
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_TRIES_MS));
    }
  }
}

function show(recordings: RecordingsClient, summary: RecordingSummary) {
  const { stdin, stdout } = process;
  const common = { recordings, summary, signals: processSignals };
  if (!stdout.isTTY) return streamWatched({ ...common, output: new StandardOutput(stdout) });
  return watchSession({ ...common, stdin: stdin.isTTY ? stdin : undefined, stdout, clock: playerClock });
}

function ended(id: string, { exitCode, reason }: RecordingEnd): string {
  const status = exitCode === null ? '' : ` with exit status ${exitCode}`;
  return printable(`${id} has ended${status}${reason === '' ? '' : `: ${reason}`}`);
}
