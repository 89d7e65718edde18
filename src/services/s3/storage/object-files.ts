import { chmod, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../../../platform/store/sync-directory.js';
import type { RandomBytes } from '../../ecs/ports.js';
import { ObjectContent } from './object-content.js';
import { readSealedFile } from './read-sealed-file.js';
import { SealedFileWriter } from './sealed-file-writer.js';
import { Segments } from './segments.js';

/** A file of content, as an object or an upload has it. */
export interface ContentFile {
  readonly id: string;
  /** Bytes of content. */
  readonly size: number;
}

/** A file that is being written; nobody finds it before it is kept. */
export interface NewFile {
  readonly id: string;
  write(content: Uint8Array): Promise<void>;
  /** Durable in its place, with its name; bytes of content. */
  keep(): Promise<number>;
  /** Leaves nothing behind. */
  discard(): Promise<void>;
}

const fileId = /^[0-9a-f]{32}$/;

/**
 * The contents of objects, each in files named after nothing but chance. `incoming` has what is not complete and is
 * emptied at the start; `files` what is kept, in folders by the first two digits.
 */
export class ObjectFiles {
  readonly #incoming: string;
  readonly #files: string;
  readonly #random: RandomBytes;
  /** How many are reading a file, and which files are to go when they are done. */
  readonly #readers = new Map<string, number>();
  readonly #doomed = new Set<string>();

  constructor(directory: string, random: RandomBytes) {
    this.#incoming = join(directory, 'incoming');
    this.#files = join(directory, 'files');
    this.#random = random;
  }

  /** Removes what a crash left: everything incomplete, and every file that `isKnown` does not know. How many. */
  async start(isKnown: (id: string) => Promise<boolean>): Promise<number> {
    for (const directory of [this.#incoming, this.#files]) {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      await chmod(directory, 0o700);
    }
    let removed = 0;
    for (const name of await readdir(this.#incoming)) {
      await rm(join(this.#incoming, name), { recursive: true, force: true });
      removed++;
    }
    for (const folder of await readdir(this.#files)) {
      for (const name of await readdir(join(this.#files, folder))) {
        if (fileId.test(name) && (await isKnown(name))) continue;
        await rm(join(this.#files, folder, name), { force: true });
        removed++;
      }
    }
    return removed;
  }

  /** Sealed under a key that comes from `dataKey`. */
  async create(dataKey: Uint8Array): Promise<NewFile> {
    const id = Buffer.from(this.#random(16)).toString('hex');
    const path = join(this.#incoming, id);
    const handle = await open(path, 'wx', 0o600);
    const writer = new SealedFileWriter(handle, new Segments(dataKey, id));
    let closed = false;
    const close = async (): Promise<void> => {
      if (!closed) await handle.close();
      closed = true;
    };
    return {
      id,
      write: (content) => writer.write(content),
      keep: async () => {
        await writer.finish();
        await close();
        await this.#place(path, id);
        return writer.size;
      },
      discard: async () => {
        await close();
        await rm(path, { force: true });
        await rm(this.#pathOf(id), { force: true });
      },
    };
  }

  /**
   * Content from `start` to before `end` of the files as if they were one. They stay until it has been read or
   * dropped, whatever is removed meanwhile, if they are held.
   */
  async *read(
    files: readonly ContentFile[],
    dataKey: Uint8Array,
    start: number,
    end: number,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let first = 0;
    for (const { id, size } of files) {
      const from = Math.max(0, start - first);
      const to = Math.min(size, end - first);
      first += size;
      if (from >= to && !(size === 0 && files.length === 1)) continue;
      const handle = await open(this.#pathOf(id), 'r');
      try {
        yield* readSealedFile(handle, new Segments(dataKey, id), { size, start: from, end: to });
      } finally {
        await handle.close();
      }
    }
  }

  /** Content that is about to be read: from now on its files stay. */
  held(files: readonly ContentFile[]): ObjectContent {
    return new ObjectContent(this, files);
  }

  hold(files: readonly ContentFile[]): void {
    for (const { id } of files) this.#readers.set(id, (this.#readers.get(id) ?? 0) + 1);
  }

  async release(files: readonly ContentFile[]): Promise<void> {
    for (const { id } of files) {
      const left = (this.#readers.get(id) ?? 1) - 1;
      if (left > 0) this.#readers.set(id, left);
      else this.#readers.delete(id);
      if (left === 0 && this.#doomed.delete(id)) await rm(this.#pathOf(id), { force: true });
    }
  }

  /** Of files that no row names any more. What cannot be removed now is removed at the next start. */
  async remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      if (this.#readers.has(id)) this.#doomed.add(id);
      else await rm(this.#pathOf(id), { force: true });
    }
  }

  #pathOf(id: string): string {
    if (!fileId.test(id)) throw new RangeError('not the id of a file');
    return join(this.#files, id.slice(0, 2), id);
  }

  async #place(path: string, id: string): Promise<void> {
    const folder = join(this.#files, id.slice(0, 2));
    if ((await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined) await syncDirectory(this.#files);
    await rename(path, this.#pathOf(id));
    await syncDirectory(folder);
  }
}
