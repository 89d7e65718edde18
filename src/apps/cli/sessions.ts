import process from 'node:process';
import type { AwsCall } from '../../client/aws-call.js';
import { addConnectionOptions, type ConnectionOptions, connect } from './connect.js';
import { newCommand, parseCommand } from './parse-command.js';
import { textTable } from './text-table.js';
import { UsageError } from './usage-error.js';

interface SessionRow {
  readonly SessionId?: string;
  readonly Target?: string;
  readonly Owner?: string;
  readonly Status?: string;
  readonly Reason?: string;
  /** Seconds since the epoch. */
  readonly StartDate?: number;
  readonly EndDate?: number;
}

interface SessionsOptions extends ConnectionOptions {
  readonly state: string;
  readonly json?: true;
}

const STATES: Readonly<Record<string, string>> = { active: 'Active', history: 'History' };

async function describeSessions(call: AwsCall, state: string): Promise<SessionRow[]> {
  const rows: SessionRow[] = [];
  let token: string | undefined;
  do {
    const page = (await call('ssm', 'DescribeSessions', {
      State: state,
      ...(token !== undefined && { NextToken: token }),
    })) as { readonly Sessions?: readonly SessionRow[]; readonly NextToken?: string | null };
    rows.push(...(page.Sessions ?? []));
    token = page.NextToken ?? undefined;
  } while (token !== undefined && token !== '');
  return rows;
}

function time(seconds: number | undefined): string {
  return seconds === undefined ? '' : new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
}

const HEAD = ['SESSION', 'STATUS', 'STARTED', 'ENDED', 'OWNER', 'CLUSTER', 'TASK'] as const;

function shownRow(row: SessionRow): string[] {
  const { SessionId = '', Status = '', Owner = '', Target = '' } = row;
  // `ecs:<cluster>_<task id>_<runtime id>`; a cluster's name may have underscores itself.
  const [, cluster = '', task = Target] = /^ecs:(.+)_([0-9a-f]{32})_[^_]+$/.exec(Target) ?? [];
  const owner = Owner.slice(Owner.lastIndexOf(':') + 1);
  return [SessionId, Status, time(row.StartDate), time(row.EndDate), owner, cluster, task];
}

async function list(call: AwsCall, state: string, options: SessionsOptions): Promise<number> {
  const rows = await describeSessions(call, state);
  if (options.json === true) process.stdout.write(`${JSON.stringify(rows, undefined, 2)}\n`);
  else if (rows.length === 0) process.stderr.write(`no ${options.state === 'active' ? 'active' : 'past'} sessions\n`);
  else process.stdout.write(textTable(HEAD, rows.map(shownRow)));
  return 0;
}

export async function sessions(argv: readonly string[]): Promise<number> {
  const command = addConnectionOptions(
    newCommand('sessions', 'Lists sessions, or terminates one.')
      .usage('[options] [list | terminate ID]')
      .argument('[action]', 'list (the default) or terminate')
      .argument('[ID]', 'session to terminate')
      .option('--state <state>', 'active or history', 'active')
      .option('--json', 'the rows as DescribeSessions has them'),
  );
  if (!parseCommand(command, argv)) return 0;
  const options = command.opts<SessionsOptions>();
  const [action = 'list', id] = command.args;
  if (action !== 'list' && action !== 'terminate') throw new UsageError(`unknown action '${action}'`);
  if (action === 'list' && id !== undefined) throw new UsageError(`list takes no argument, not '${id}'`);
  if (action === 'terminate' && id === undefined) throw new UsageError('terminate needs the id of a session');
  const state = Object.hasOwn(STATES, options.state) ? STATES[options.state] : undefined;
  if (state === undefined) throw new UsageError(`--state takes active or history, not '${options.state}'`);
  const { call } = await connect(options);
  if (action === 'list') return list(call, state, options);
  await call('ssm', 'TerminateSession', { SessionId: id });
  process.stderr.write(`terminated ${id ?? ''}\n`);
  return 0;
}
