import process from 'node:process';
import { castSource } from '../../../client/recordings/cast-source.js';
import { recordSource, type ReplaySource } from '../../../client/recordings/replay-source.js';
import { replaySession } from '../../../client/recordings/replay-session.js';
import { streamReplay } from '../../../client/recordings/stream-replay.js';
import { processSignals } from '../../../client/signals.js';
import { addConnectionOptions, connect, type ConnectionOptions } from '../connect.js';
import { newCommand, parseCommand } from '../parse-command.js';
import { playerClock } from './player-clock.js';
import { requireRecordings } from './recordings-connection.js';
import { StandardOutput } from './standard-output.js';
import { placeOption, positiveOption } from './time-option.js';

interface ReplayCommandOptions extends ConnectionOptions {
  readonly speed: number;
  readonly idleLimit?: number;
  readonly from?: number;
}

const HELP = `
Keys: space pauses and goes on, <- and -> go 5 seconds back and forward, + and - change the speed, s keeps the status
line or hides it, Ctrl-Z suspends, q leaves.

The session's terminal is drawn into yours: nothing that was recorded can act on it. Of a larger one the part with the
cursor is shown. When standard output is no terminal, the recorded bytes themselves are written there in their time.`;

export async function replay(argv: readonly string[]): Promise<number> {
  const command = addConnectionOptions(
    newCommand('sessions replay', 'Shows a session again, in its own time.')
      .usage('[options] ID | FILE')
      .argument('<ID>', 'session, or an asciicast v2 file: a name that ends in .cast, or with a slash in it')
      .option('--speed <factor>', 'how much faster than it was', positiveOption, 1)
      .option('--idle-limit <seconds>', 'longest time in which nothing happens', positiveOption)
      .option('--from <time>', 'where to begin: 90, 1:30 or 1m30s after its start', placeOption)
      .addHelpText('after', HELP),
  );
  if (!parseCommand(command, argv)) return 0;
  const options = command.opts<ReplayCommandOptions>();
  const { speed, idleLimit, from = 0 } = options;
  const source = await findSource(command.args[0] ?? '', options);
  const { stdin, stdout } = process;
  const common = {
    source,
    speed,
    from,
    idleLimit: idleLimit === undefined ? undefined : idleLimit * 1e6,
    clock: playerClock,
    signals: processSignals,
  };
  if (!stdout.isTTY) return streamReplay({ ...common, output: new StandardOutput(stdout) });
  const { failure, status } = await replaySession({ ...common, stdin: stdin.isTTY ? stdin : undefined, stdout });
  if (failure !== undefined) throw failure;
  return status;
}

async function findSource(name: string, options: ConnectionOptions): Promise<ReplaySource> {
  if (name.endsWith('.cast') || name.includes('/')) return castSource(name);
  const recordings = requireRecordings(await connect(options));
  return recordSource(recordings, await recordings.summary(name));
}
