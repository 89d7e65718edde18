import type { RecordingHeader } from '../../core/recording/recording-format.js';
import type { EndRequest, PartAnswer, RecordingSummary, Statement } from '../../core/recording/recordings-api.js';
import { OpenRecording } from './open-recording.js';
import type { RecordedSession } from '../session-ports.js';
import type { FindRecordedSession } from './recorded-session.js';
import { recordingError } from './recording-error.js';
import type { RecordingFiles } from './recording-files.js';
import type { RecordingRow } from './recording-index.js';
import { DamagedFile } from './sealed-file.js';
import { signRecord, type SignParts } from './sign-record.js';
import { StoredRecord } from './stored-record.js';

/** A record that nobody has used for so long is closed. */
const IDLE_MS = 60_000;

export interface RecordingsOptions extends SignParts {
  readonly files: RecordingFiles;
  readonly findSession: FindRecordedSession;
  readonly log: { warn(fields: object, message: string): void };
  /** A record was signed. */
  readonly signed: (row: RecordingRow, statement: Statement) => void;
}

/** Bytes of a record, and whether there is anything behind them. */
export interface RecordingData {
  readonly bytes: Uint8Array;
  readonly ended: boolean;
}

/** The records of this endpoint: takes them from hosts, vouches for them, reads them. */
export class Recordings {
  readonly #options: RecordingsOptions;
  readonly #open = new Map<string, { readonly opening: Promise<OpenRecording>; usedAt: number }>();
  readonly #making = new Map<string, Promise<RecordingRow>>();
  #stopped = false;

  constructor(options: RecordingsOptions) {
    this.#options = options;
  }

  async put(row: RecordingRow, offset: number, bytes: Uint8Array): Promise<PartAnswer> {
    if (row.deletedAt !== undefined) return { length: row.length, watched: false };
    return (await this.#opened(row)).put(offset, bytes);
  }

  async end(row: RecordingRow, { length, digest }: EndRequest): Promise<Statement> {
    const { index } = this.#options;
    const { sessionId } = row;
    const open = await this.#opened(row);
    return open.alone(async () => {
      const known = await index.statement(sessionId);
      if (known !== undefined) {
        const content = JSON.parse(known.signed) as EndRequest;
        if (content.length === length && content.digest === digest) return known;
        throw recordingError.conflict('The record has ended, with another digest.', open.answer);
      }
      const statement = await signRecord(this.#options, sessionId, await open.whole(length, digest));
      open.close();
      const ended = await index.find(sessionId);
      if (ended !== undefined) this.#options.signed(ended, statement);
      return statement;
    });
  }

  /** At most `most` bytes from `offset`; waits up to `wait` milliseconds for the first. */
  async data(row: RecordingRow, offset: number, most: number, wait: number): Promise<RecordingData> {
    if (row.deletedAt !== undefined)
      throw recordingError.notFound('The record was deleted: its time to be kept is over.');
    const open = await this.#opened(row);
    if (wait > 0) open.watch();
    if (offset > open.length) {
      throw recordingError.validation(`The record has ${open.length} bytes; there is no byte ${offset}.`);
    }
    if (offset === open.length && !open.over && !this.#stopped) await open.changes.wait(wait);
    // Together, before the read: what comes meanwhile is not among its bytes, and its end is not theirs.
    const length = row.state === 'ended' ? row.length : open.length;
    const { over } = open;
    try {
      const bytes = await open.read(offset, most);
      const ended = over && offset + bytes.length >= length;
      if (bytes.length === 0 && offset < length) throw this.#cut(row, open.length);
      return { bytes, ended };
    } catch (error) {
      if (error instanceof DamagedFile) throw recordingError.damaged(error);
      throw error;
    }
  }

  /** Undefined while its header has not come. */
  async summary(row: RecordingRow): Promise<RecordingSummary | undefined> {
    const { index } = this.#options;
    const { sessionId, header, state, endedAt, ending } = row;
    if (header === undefined) return undefined;
    const statement = await index.statement(sessionId);
    const open = state === 'live' ? await this.#opened(row) : undefined;
    return {
      header,
      state,
      length: open?.length ?? row.length,
      lastPartAt: open?.lastPartAt ?? row.lastPartAt,
      ...(endedAt !== undefined && { endedAt }),
      ...(row.deletedAt !== undefined && { deletedAt: row.deletedAt }),
      ...(ending && { exitCode: ending.exitCode, endReason: ending.reason, recovered: ending.recovered }),
      ...(statement && { statement }),
      deliveries: await index.deliveries(sessionId),
    };
  }

  /**
   * The record's row, made when this is the first that is heard of it; `writer` is the user id of the host. Refuses
   * sessions that are not recorded here.
   */
  async require(sessionId: string, writer: string): Promise<RecordingRow> {
    const known = await this.#options.index.find(sessionId);
    if (known !== undefined) return known;
    let making = this.#making.get(sessionId);
    if (making === undefined) {
      making = this.#make(sessionId, writer).finally(() => this.#making.delete(sessionId));
      this.#making.set(sessionId, making);
    }
    return making;
  }

  /** Closes what nobody uses, and keeps when parts came last. */
  async sweep(): Promise<void> {
    const { clock, index } = this.#options;
    const seen = new Map<string, number>();
    for (const [sessionId, entry] of [...this.#open]) {
      const open = await entry.opening.catch(() => undefined);
      if (open?.lastPartAt !== undefined) seen.set(sessionId, open.lastPartAt);
      // From here to the end of the turn nobody else can get hold of it.
      if (open?.busy === false && entry.usedAt < clock() - IDLE_MS) this.#open.delete(sessionId);
    }
    if (seen.size > 0) await index.sawParts(seen);
  }

  /** Lets go of a record whose files are to be deleted. */
  forget(sessionId: string): void {
    this.#open.delete(sessionId);
  }

  /** Those who wait are answered; parts on their way are stored. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { opening } of [...this.#open.values()]) {
      const open = await opening.catch(() => undefined);
      open?.changes.wake();
      await open?.alone(() => Promise.resolve());
    }
    await this.sweep();
  }

  #opened(row: RecordingRow): Promise<OpenRecording> {
    const { sessionId } = row;
    const usedAt = this.#options.clock();
    const known = this.#open.get(sessionId);
    if (known !== undefined) {
      known.usedAt = usedAt;
      return known.opening;
    }
    const opening = this.#openFile(row);
    this.#open.set(sessionId, { opening, usedAt });
    opening.catch(() => this.#open.delete(sessionId));
    return opening;
  }

  async #make(sessionId: string, writer: string): Promise<RecordingRow> {
    const { index, findSession, files, clock, database } = this.#options;
    const known = await index.find(sessionId);
    if (known !== undefined) return known;
    const session = await findSession(sessionId);
    if (session === undefined) {
      throw recordingError.notFound(
        'There is no such session.',
        'this endpoint has started no session of this id, or its cluster logs none',
      );
    }
    await files.putAside(sessionId, clock());
    await index.insert({ sessionId, sealedKey: files.newKey(sessionId), writer, session }, clock());
    // A record without its key could never be read again.
    await database.sync?.();
    const made = await index.find(sessionId);
    if (made === undefined) throw recordingError.unavailable('the index could not be written');
    return made;
  }

  async #openFile({ sessionId, sealedKey, session, state }: RecordingRow): Promise<OpenRecording> {
    const { files, clock, index, log } = this.#options;
    const file = await files.open(sessionId, sealedKey, 'record');
    const warn = (fields: object, message: string): void => log.warn({ sessionId, ...fields }, message);
    return new OpenRecording({
      file,
      record: new StoredRecord({ path: files.path(sessionId, 'record'), file, clock, warn }),
      ended: state === 'ended',
      clock,
      checkHeader: (header) => headerProblem(header, session),
      hasHeader: (header) => index.setHeader(sessionId, header),
    });
  }

  #cut({ sessionId }: RecordingRow, length: number): DamagedFile {
    const path = this.#options.files.path(sessionId, 'record');
    return new DamagedFile(path, { number: 0, offset: length, position: 0 }, `ends at byte ${length} of what it held`);
  }
}

/** A host may say much of a session, but not whose it is. */
function headerProblem(header: RecordingHeader, session: RecordedSession): string | undefined {
  for (const name of ['sessionId', 'target', 'owner', 'taskArn', 'containerName'] as const) {
    if (header[name] !== session[name]) return `the header's ${name} is not that of the session`;
  }
  const { user, toolbox } = session.freedom ?? {};
  const told = header.freedom ?? {};
  const sameToolbox =
    (told.toolbox === undefined) === (toolbox === undefined) && told.toolbox?.image === toolbox?.image;
  if (told.user !== user || !sameToolbox) {
    return "the header's freedom is not that of the session";
  }
  return undefined;
}
