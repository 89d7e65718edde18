import process from 'node:process';
import { printable, printableJson } from '../../../client/recordings/printable.js';
import type { RecordingFilter, RecordingsClient } from '../../../client/recordings/recordings-client.js';
import type { RecordingSummary } from '../../../core/recording/recordings-api.js';
import { AwsError } from '../../../platform/aws/aws-error.js';
import { Option } from '../commander.js';
import { addConnectionOptions, connect, type ConnectionOptions } from '../connect.js';
import { newCommand, parseCommand } from '../parse-command.js';
import { textTable } from '../text-table.js';
import { type DescribedSession, describeSessions } from './describe-sessions.js';
import { addFilterOptions, type FilterOptions, passes, recordingFilter } from './filter-options.js';
import { joinSessions, type ListedSession, recordState } from './listed-session.js';
import { recordingsOf } from './recordings-connection.js';

interface ListOptions extends ConnectionOptions, FilterOptions {
  readonly state: 'active' | 'history' | 'all';
  readonly json?: true;
}

const HEAD = [
  ...[
    'SESSION',
    'STATUS',
    'STARTED',
    'ENDED',
    'OWNER',
    'CLUSTER',
    'TASK',
    'CONTAINER',
    'USER',
    'CPU',
    'MEM',
    'EXIT',
    'RECORD',
  ],
] as const;

export function listCommand() {
  return addFilterOptions(
    addConnectionOptions(
      newCommand('sessions', 'Lists sessions, those under way or past, and what is on record of them.')
        .usage('[options] [list]')
        .addOption(
          new Option('--state <state>', 'which sessions').choices(['active', 'history', 'all']).default('active'),
        )
        .option('--json', 'the sessions as DescribeSessions has them, with their Recording')
        .addHelpText('after', HELP),
    ),
  );
}

const HELP = `
Other actions, each with its own --help:

  gangway sessions show ID          all that is known of one session
  gangway sessions watch ID         a session that is under way, as its user sees it
  gangway sessions replay ID|FILE   a session again, in its own time
  gangway sessions export ID        its record as asciicast, text or JSON
  gangway sessions grep TEXT        where a text was shown
  gangway sessions terminate ID     end a session

USER, CPU and MEM are Gangway's own: as whom a command runs, the processor time that it and its children have used, and
the most memory that was seen. With --json they are the member Gangway of each session.`;

export async function list(argv: readonly string[]): Promise<number> {
  const command = listCommand();
  if (!parseCommand(command, argv)) return 0;
  const options = command.opts<ListOptions>();
  const { state } = options;
  const connection = await connect(options);
  const filter = recordingFilter(options);
  const [active, history, recordings] = await Promise.all([
    state === 'history' ? [] : describeSessions(connection.call, 'Active'),
    state === 'active' ? [] : describeSessions(connection.call, 'History'),
    readRecordings(recordingsOf(connection), filter, state),
  ]);
  const joined = joinSessions([...active, ...history], recordings ?? []);
  const { container } = filter;
  const rows = joined.filter((row) => passes(row, filter));
  if (container !== undefined) sayUnknown(joined.filter((row) => row.container === undefined).length);

  if (options.json === true)
    process.stdout.write(`${printableJson(JSON.stringify(rows.map(jsonRow), undefined, 2))}\n`);
  else if (rows.length === 0) process.stderr.write(`no ${NONE[state]}sessions\n`);
  else
    process.stdout.write(
      textTable(
        HEAD,
        rows.map((row) => shownRow(row, recordings !== undefined)),
      ),
    );
  return 0;
}

const NONE = { active: 'active ', history: 'past ', all: '' } as const;

/** Undefined: nobody keeps records there, or they are not for this caller. */
async function readRecordings(
  client: RecordingsClient | undefined,
  filter: RecordingFilter,
  state: ListOptions['state'],
): Promise<RecordingSummary[] | undefined> {
  if (client === undefined) return undefined;
  const wanted = { active: 'live', history: 'ended', all: undefined } as const;
  const recordings: RecordingSummary[] = [];
  try {
    const restriction = wanted[state];
    for await (const one of client.list({ ...filter, ...(restriction !== undefined && { state: restriction }) })) {
      recordings.push(one);
    }
    return recordings;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    // Whoever may not read records, or asks somebody without them, still gets the sessions.
    if (error.fault === 'server') process.stderr.write(`gangway: records cannot be read: ${error.message}\n`);
    return undefined;
  }
}

function sayUnknown(count: number): void {
  if (count === 0) return;
  const sessions = count === 1 ? 'session is' : 'sessions are';
  process.stderr.write(`gangway: ${count} ${sessions} left out: without a record their container is not known\n`);
}

function shownRow(row: ListedSession, recordsKnown: boolean): string[] {
  const { sessionId, status, startedAt, endedAt, owner, cluster, task, container = '', recording, described } = row;
  const exit = recording?.exitCode;
  return [
    sessionId,
    status,
    time(startedAt),
    endedAt === undefined ? '' : time(endedAt),
    owner.slice(owner.lastIndexOf(':') + 1),
    cluster,
    task,
    container,
    ...useOf(described?.Gangway ?? undefined),
    exit === undefined || exit === null ? '' : String(exit),
    recording === undefined ? (recordsKnown ? 'none' : '') : recordState(recording),
  ].map(printable);
}

/** Who, and what the command has used: processor seconds, and the most memory that was seen. Empty at AWS. */
export function useOf(use: DescribedSession['Gangway']): [user: string, cpu: string, memory: string] {
  const { User, Debug, CpuMilliseconds: cpu, PeakMemoryBytes: memory } = use ?? {};
  return [
    `${User ?? ''}${Debug === true ? ' (debug)' : ''}`,
    typeof cpu === 'number' ? `${(cpu / 1000).toFixed(2)}s` : '',
    typeof memory === 'number' ? `${(memory / MIB).toFixed(1)}M` : '',
  ];
}

const MIB = 1024 * 1024;

/** As DescribeSessions has it, with its record. */
export function jsonRow({ sessionId, described, recording, owner, status, startedAt, endedAt }: ListedSession): object {
  const row = described ?? {
    SessionId: sessionId,
    Target: recording?.header.target,
    Owner: owner,
    Status: status,
    StartDate: startedAt / 1000,
    ...(endedAt !== undefined && { EndDate: endedAt / 1000 }),
  };
  return { ...row, ...(recording !== undefined && { Recording: recording }) };
}

export function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}
