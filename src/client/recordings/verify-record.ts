import { RecordingReader } from '../../core/recording/recording-reader.js';
import type { RecordingDamage } from '../../core/recording/recording-damage.js';
import { describeDamage } from '../../core/recording/recording-damage.js';
import type { RecordingSummary, StatementContent } from '../../core/recording/recordings-api.js';
import { sha256 } from '../../platform/crypto/sha256.js';
import { AwsError } from '../../platform/aws/aws-error.js';
import { type PartSource, recordParts } from './record-parts.js';

/** Something that does not hold. */
export interface VerifyProblem {
  readonly problem: string;
  /** Where in the record, when it is in the record. */
  readonly damage?: RecordingDamage;
}

export interface VerifiedRecord {
  /** As far as it is good. */
  readonly length: number;
  readonly events: number;
  /** Microseconds since the session's start, of the last good event. */
  readonly time: number;
  readonly problems: readonly VerifyProblem[];
}

/** Reads a whole record and holds it against what was vouched for; `statement` is undefined while there is none. */
export async function verifyRecord(
  source: PartSource,
  { header, state, deletedAt }: RecordingSummary,
  statement: StatementContent | undefined,
): Promise<VerifiedRecord> {
  const { sessionId } = header;
  const reader = new RecordingReader(sha256);
  const problems: VerifyProblem[] = [];
  let length = 0;
  if (deletedAt === undefined) {
    try {
      for await (const part of recordParts(source, sessionId)) {
        length += part.length;
        checkHeader(reader.push(part), sessionId, problems);
      }
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      // What the endpoint itself finds wrong with its file is a finding too.
      problems.push({ problem: `the record cannot be read from byte ${length} on: ${error.message}` });
    }
    const damage = state === 'live' ? reader.damage : reader.finish();
    if (damage !== undefined && problems.length === 0) problems.push({ problem: describeDamage(damage), damage });
    if (problems.length === 0 && statement !== undefined) problems.push(...differences(reader, length, statement));
  }
  const { events, time, length: good } = reader.state;
  return { length: good, events, time, problems };
}

function checkHeader(events: ReturnType<RecordingReader['push']>, sessionId: string, problems: VerifyProblem[]): void {
  const [first] = events;
  if (first?.number !== 1) return;
  const { sessionId: named } = JSON.parse(Buffer.from(first.payload).toString('utf8')) as { sessionId: string };
  if (named !== sessionId) problems.push({ problem: `the record is that of another session: ${named}` });
}

/** A record may be good in itself, and another than the one that was signed. */
function differences(reader: RecordingReader, length: number, statement: StatementContent): VerifyProblem[] {
  const { digest, events, bytes, gaps } = reader.state;
  const found = { length, digest: Buffer.from(digest).toString('hex'), events, bytes, gaps };
  return Object.entries(found).flatMap(([name, value]) => {
    const signed = statement[name as keyof typeof found];
    return value === signed
      ? []
      : [{ problem: `the record's ${name} is ${value}, and the statement vouches for ${signed}` }];
  });
}
