import { readFileSync } from 'node:fs';
import process from 'node:process';
import type { CopyStore } from '../../client/recordings/delivered-copies.js';
import { messageOf } from '../../client/failure-text.js';
import { printable, printableJson } from '../../client/recordings/printable.js';
import { RecordsVerifier, type Verdict } from '../../client/recordings/records-verifier.js';
import { endpointKey, readPublicKey, type VerifyingKey } from '../../client/recordings/verify-statement.js';
import { AwsError } from '../../platform/aws/aws-error.js';
import { silenceSdkVersionWarning } from '../../platform/aws/sdk-settings.js';
import { addConnectionOptions, connect, type Connection, type ConnectionOptions } from './connect.js';
import { newCommand, parseCommand } from './parse-command.js';
import { requireRecordings } from './sessions/recordings-connection.js';
import { UsageError } from './usage-error.js';

interface VerifyOptions extends ConnectionOptions {
  readonly all?: true;
  readonly publicKey?: string;
  readonly copies?: true;
  readonly json?: true;
}

const HELP = `
Reads each record from its first byte to its last and checks: that every event fits to all before it, that the endpoint
has signed the whole, that the statements of all sessions follow each other without a gap, and that the audit (event
SessionRecorded) says the same. Says of what does not hold where it is: byte, event and time.

Without --public-key the endpoint is asked for its key, and taken at its word. Ends with 0 only when everything holds.`;

export async function verify(argv: readonly string[]): Promise<number> {
  const command = addConnectionOptions(
    newCommand('verify', 'Checks that records of sessions are whole and as they were written.')
      .usage('[options] SESSION… | --all')
      .argument('[SESSION...]', 'sessions')
      .option('--all', 'every session, and that none is missing between them')
      .option('--public-key <file>', "PEM file with the endpoint's public key, from when it could be trusted")
      .option('--copies', 'fetch the copies in buckets and log groups too, and compare them')
      .option('--json', 'the findings as one JSON object')
      .addHelpText('after', HELP),
  );
  if (!parseCommand(command, argv)) return 0;
  const options = command.opts<VerifyOptions>();
  const sessions = command.args;
  if (options.all === true && sessions.length > 0) throw new UsageError('--all takes no sessions');
  if (options.all !== true && sessions.length === 0) throw new UsageError('verify needs sessions, or --all');
  const pinned = options.publicKey === undefined ? undefined : pinnedKey(options.publicKey);

  const connection = await connect(options);
  const recordings = requireRecordings(connection);
  const key = pinned ?? endpointKey(await recordings.signingKey());
  const verifier = new RecordsVerifier({
    recordings,
    lookup: (input) => connection.call('cloudtrail', 'LookupEvents', input),
    key,
    ...(options.copies === true && { copies: await copyStoreOf(connection) }),
    now: Date.now(),
  });
  const verdicts = options.all === true ? verifier.all() : each(verifier, sessions);
  const say = options.json === true ? undefined : (text: string) => process.stdout.write(`${text}\n`);
  const found: Verdict[] = [];
  let failed = 0;
  let count = 0;
  for await (const verdict of verdicts) {
    count += 1;
    if (verdict.result === 'failed') failed += 1;
    if (say === undefined) found.push(verdict);
    else say(lines(verdict));
  }
  const between = options.all === true ? verifier.acrossSessions() : [];
  for (const problem of between) say?.(`between sessions: ${printable(problem)}`);
  if (say === undefined) {
    const findings = { holds: failed + between.length === 0, keyId: key.keyId, sessions: found, problems: between };
    process.stdout.write(`${printableJson(JSON.stringify(findings, undefined, 2))}\n`);
  }
  process.stderr.write(`${summary(count, failed + between.length, key.keyId, pinned !== undefined)}\n`);
  return failed + between.length === 0 ? 0 : 1;
}

function pinnedKey(file: string): VerifyingKey {
  try {
    return readPublicKey(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`--public-key: ${file}: ${messageOf(error)}`);
  }
}

/** One that cannot be looked at at all is a finding, and the others are still looked at. */
async function* each(verifier: RecordsVerifier, sessions: readonly string[]): AsyncGenerator<Verdict> {
  for (const sessionId of sessions) {
    try {
      yield await verifier.session(sessionId);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      yield { sessionId, result: 'failed', events: 0, bytes: 0, problems: [{ problem: error.message }], notes: [] };
    }
  }
}

const RESULTS: Readonly<Record<Verdict['result'], (verdict: Verdict) => string>> = {
  ok: ({ events, bytes, statement }) => {
    const signed = statement === undefined ? '' : `, statement ${statement.number} of ${time(statement.signedAt)}`;
    return `OK  ${events} events, ${bytes} bytes${signed}`;
  },
  live: ({ events, bytes }) => `live, chain holds so far  ${events} events, ${bytes} bytes`,
  deleted: ({ statement }) => `deleted after its time${statement ? `, statement ${statement.number} holds` : ''}`,
  failed: () => 'FAILED',
};

function lines(verdict: Verdict): string {
  const { sessionId, result, problems, notes } = verdict;
  return [
    `${sessionId}  ${RESULTS[result](verdict)}`,
    ...problems.map(({ problem }) => `  ${problem}`),
    ...notes.map((note) => `  note: ${note}`),
  ]
    .map(printable)
    .join('\n');
}

function summary(count: number, problems: number, keyId: string, pinned: boolean): string {
  const sessions = count === 1 ? '1 session' : `${count} sessions`;
  const outcome = problems === 0 ? 'everything holds' : problems === 1 ? '1 does not hold' : `${problems} do not hold`;
  return `${sessions}: ${outcome} (key ${keyId}${pinned ? '' : ", by the endpoint's own word"})`;
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Loaded only when copies are looked at: the SDK takes half a second. */
async function copyStoreOf(connection: Connection): Promise<CopyStore> {
  silenceSdkVersionWarning();
  const { copyStore } = await import('./sessions/copy-store.js');
  return copyStore(connection);
}
