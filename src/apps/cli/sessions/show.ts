import process from 'node:process';
import { printable, printableJson } from '../../../client/recordings/printable.js';
import type { RecordingSummary } from '../../../core/recording/recordings-api.js';
import { AwsError } from '../../../platform/aws/aws-error.js';
import { addConnectionOptions, connect, type Connection, type ConnectionOptions } from '../connect.js';
import { newCommand, parseCommand } from '../parse-command.js';
import { describeSession } from './describe-sessions.js';
import { jsonRow, time, useOf } from './list.js';
import { joinSessions, type ListedSession, recordState } from './listed-session.js';
import { recordingsOf } from './recordings-connection.js';

interface ShowOptions extends ConnectionOptions {
  readonly json?: true;
}

/** One session, from Session Manager and from its record: whichever knows of it. Status 1 when neither does. */
export async function show(argv: readonly string[]): Promise<number> {
  const command = addConnectionOptions(
    newCommand('sessions show', 'Shows all that is known of one session.')
      .usage('[options] ID')
      .argument('<ID>', 'session')
      .option('--json', 'the session as DescribeSessions has it, with its Recording'),
  );
  if (!parseCommand(command, argv)) return 0;
  const options = command.opts<ShowOptions>();
  const [id = ''] = command.args;
  const connection = await connect(options);
  const [described, recording] = await Promise.all([describeSession(connection.call, id), summaryOf(connection, id)]);
  const [session] = joinSessions(described ? [described] : [], recording ? [recording] : []);
  if (session === undefined) {
    process.stderr.write(
      `gangway: there is no session ${printable(id)}, nor a record of one (see gangway sessions --state all)\n`,
    );
    return 1;
  }
  if (options.json === true) {
    process.stdout.write(`${printableJson(JSON.stringify(jsonRow(session), undefined, 2))}\n`);
    return 0;
  }
  const lines = linesOf(session).filter(([, value]) => value !== '');
  const width = Math.max(...lines.map(([name]) => name.length));
  process.stdout.write(lines.map(([name, value]) => `${name.padEnd(width)}  ${printable(value)}\n`).join(''));
  return 0;
}

/** Undefined: there is none, or it is not for this caller. */
async function summaryOf(connection: Connection, id: string): Promise<RecordingSummary | undefined> {
  try {
    return await recordingsOf(connection)?.summary(id);
  } catch (error) {
    if (error instanceof AwsError && error.fault === 'client') return undefined;
    throw error;
  }
}

function linesOf(session: ListedSession): readonly (readonly [name: string, value: string])[] {
  const { described, recording, startedAt, endedAt } = session;
  const [user, cpu, peak] = useOf(described?.Gangway ?? undefined);
  const { DebugImage, MemoryBytes: memory } = described?.Gangway ?? {};
  const exit = recording?.exitCode;
  const outputs = described?.OutputUrl;
  return [
    ['session', session.sessionId],
    ['status', session.status],
    ['details', described?.Details ?? ''],
    ['started', time(startedAt)],
    ['ended', endedAt === undefined ? '' : `${time(endedAt)} (${seconds(endedAt - startedAt)} later)`],
    ['owner', session.owner],
    ['reason', described?.Reason ?? ''],
    ['document', described?.DocumentName ?? ''],
    ['cluster', session.cluster],
    ['task', session.task],
    ['container', session.container ?? ''],
    ['command', recording?.header.command ?? ''],
    ['user', user],
    ['debug image', DebugImage ?? ''],
    ['cpu', cpu],
    ['memory', typeof memory === 'number' ? `${(memory / 2 ** 20).toFixed(1)}M, at most ${peak}` : ''],
    ['exit code', exit === undefined || exit === null ? '' : String(exit)],
    ['record', recording === undefined ? 'none' : recordState(recording)],
    ['log stream', outputs?.CloudWatchOutputUrl ?? ''],
    ['object', outputs?.S3OutputUrl ?? ''],
  ];
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
