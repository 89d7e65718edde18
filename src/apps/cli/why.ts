import process from 'node:process';
import type { CloudTrailRecord } from '../../services/cloudtrail/cloudtrail-record.js';
import { addConnectionOptions, type Call, connect, type ConnectionOptions } from './connect.js';
import { newCommand, parseCommand } from './parse-command.js';
import { explainEvent } from './why/explain-event.js';

/** Events looked through for the last one that was refused. */
const MOST_SEARCHED = 2_000;

/** Of LookupEvents. */
const PAGE = 50;

interface WhyOptions extends ConnectionOptions {
  readonly json?: true;
}

const HELP = `
EVENT-ID is the request id that AWS's clients print or log, or the id that LookupEvents shows.
Without it the last request is taken that was refused by a policy.`;

export async function why(argv: readonly string[]): Promise<number> {
  const command = addConnectionOptions(
    newCommand('why', 'Says why a request was answered as it was: what was asked, what decided, what to change.')
      .usage('[options] [EVENT-ID]')
      .argument('[EVENT-ID]', 'event id or request id')
      .option('--json', "the event in CloudTrail's record format")
      .addHelpText('after', HELP),
  );
  if (!parseCommand(command, argv)) return 0;
  const options = command.opts<WhyOptions>();
  const [id] = command.args;
  const { call } = await connect(options);
  const event = id === undefined ? await lastRefused(call) : await byId(call, id);
  if (event === undefined) {
    const what = id === undefined ? 'no request was refused by a policy lately' : `there is no event ${id}`;
    process.stderr.write(`gangway: ${what}; events are kept for 90 days\n`);
    return 1;
  }
  process.stdout.write(options.json === true ? `${JSON.stringify(event, undefined, 2)}\n` : explainEvent(event));
  return 0;
}

async function byId(call: Call, id: string): Promise<CloudTrailRecord | undefined> {
  const LookupAttributes = [{ AttributeKey: 'EventId', AttributeValue: id }];
  const [event] = (await lookup(call, { LookupAttributes })).events;
  return event;
}

async function lastRefused(call: Call): Promise<CloudTrailRecord | undefined> {
  let NextToken: string | undefined;
  for (let searched = 0; searched < MOST_SEARCHED; searched += PAGE) {
    const page = await lookup(call, { ...(NextToken !== undefined && { NextToken }) });
    const refused = page.events.find(isRefusal);
    if (refused !== undefined || page.next === undefined) return refused;
    NextToken = page.next;
  }
  return undefined;
}

function isRefusal({ additionalEventData, errorCode }: CloudTrailRecord): boolean {
  const decisions = additionalEventData?.decisions ?? [];
  return errorCode !== undefined && decisions.some(({ decision }) => decision.decision !== 'allowed');
}

async function lookup(
  call: Call,
  input: Readonly<Record<string, unknown>>,
): Promise<{ events: readonly CloudTrailRecord[]; next: string | undefined }> {
  const answer = (await call('cloudtrail', 'LookupEvents', { ...input, MaxResults: PAGE })) as {
    readonly Events?: readonly { readonly CloudTrailEvent?: string }[];
    readonly NextToken?: string | null;
  };
  const events = (answer.Events ?? []).map(
    ({ CloudTrailEvent = '{}' }) => JSON.parse(CloudTrailEvent) as CloudTrailRecord,
  );
  return { events, next: answer.NextToken ?? undefined };
}
