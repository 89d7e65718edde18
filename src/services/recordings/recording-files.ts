import { randomBytes } from 'node:crypto';
import { readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Sealer } from '../../platform/crypto/sealer.js';
import { privateDirectory } from '../../platform/store/private-directory.js';
import { isSessionId } from './recorded-session.js';
import { SealedFile } from './sealed-file.js';
import { DATA_KEY_BYTES, SegmentCipher } from './segment-cipher.js';

/** What is kept of a session, each in a file of its own. */
export type RecordingFileKind = 'record' | 'transcript';

const OWN_FILE = /^\.(record|transcript)(\.(damaged|unknown)-\d+)?$/;

/** The directory of the records: mode 0700, files 0600, each record's sealed under a key of its own. */
export class RecordingFiles {
  readonly #directory: string | undefined;
  readonly #sealer: Sealer;
  #made = false;

  /** Without a directory nothing can be kept, and it is said. */
  constructor(directory: string | undefined, sealer: Sealer) {
    this.#directory = directory;
    this.#sealer = sealer;
  }

  /** A new key for the files of a session, sealed. */
  newKey(sessionId: string): string {
    return this.#sealer.sealText(randomBytes(DATA_KEY_BYTES).toString('base64'), purpose(sessionId));
  }

  path(sessionId: string, kind: RecordingFileKind): string {
    if (!isSessionId(sessionId)) throw new RangeError('not the id of a session');
    return join(this.#directory ?? '', `${sessionId}.${kind}`);
  }

  async open(sessionId: string, sealedKey: string, kind: RecordingFileKind): Promise<SealedFile> {
    this.#make();
    const key = Buffer.from(this.#sealer.openText(sealedKey, purpose(sessionId)), 'base64');
    return SealedFile.open(this.path(sessionId, kind), new SegmentCipher(key, `${kind} ${sessionId}`));
  }

  /** A file that nobody knows of, as after a power cut, is not in the way of a new one, and is not thrown away. */
  async putAside(sessionId: string, now: number): Promise<void> {
    this.#make();
    const path = this.path(sessionId, 'record');
    await rename(path, `${path}.unknown-${now}`).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    });
  }

  async remove(sessionId: string, kind: RecordingFileKind): Promise<void> {
    await rm(this.path(sessionId, kind), { force: true });
  }

  /** What was put aside too. */
  async removeAll(sessionId: string): Promise<void> {
    const directory = dirname(this.path(sessionId, 'record'));
    for (const name of await readdir(directory)) {
      // The id of another session may begin with this one and a dot.
      if (!name.startsWith(`${sessionId}.`) || !OWN_FILE.test(name.slice(sessionId.length))) continue;
      await rm(join(directory, name), { force: true });
    }
  }

  #make(): void {
    if (this.#made) return;
    if (this.#directory === undefined) throw new Error('there is no directory for records');
    privateDirectory(this.#directory);
    this.#made = true;
  }
}

function purpose(sessionId: string): string {
  return `recording/${sessionId}`;
}
