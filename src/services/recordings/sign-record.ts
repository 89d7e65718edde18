import type { Statement, StatementContent } from '../../core/recording/recordings-api.js';
import { sha256 } from '../../platform/crypto/sha256.js';
import type { Database } from '../../platform/store/database.js';
import type { WholeRecord } from './open-recording.js';
import type { RecordingIndex } from './recording-index.js';
import type { RecordingSigningKey } from './signing-key.js';

export interface SignParts {
  readonly database: Database;
  readonly index: RecordingIndex;
  readonly signingKey: RecordingSigningKey;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** Vouches for a whole record, in one chain with all statements before. Stored, and on the disk, when it resolves. */
export async function signRecord(
  { database, index, signingKey, clock }: SignParts,
  sessionId: string,
  { state, ending }: WholeRecord,
): Promise<Statement> {
  const sign = await signingKey.signer();
  const statement = await database.transaction(async (queries) => {
    const last = await index.lastStatement(queries);
    const signedAt = clock();
    const content: StatementContent = {
      sessionId,
      length: state.length,
      digest: Buffer.from(state.digest).toString('hex'),
      events: state.events,
      bytes: state.bytes,
      gaps: state.gaps,
      signedAt,
      number: (last?.number ?? 0) + 1,
      previous: last === undefined ? null : { sessionId: last.sessionId, digest: digestOf(last.signed) },
    };
    const signed = JSON.stringify(content);
    const { signature, keyId } = sign(signed);
    const made: Statement = { signed, signature, keyId };
    const { number, length } = content;
    await index.end(queries, { sessionId, length, at: signedAt, ending, number }, made);
    return made;
  });
  // The host throws its own copy away when it has this answer.
  await database.sync?.();
  return statement;
}

function digestOf(signed: string): string {
  return Buffer.from(sha256(Buffer.from(signed))).toString('hex');
}
