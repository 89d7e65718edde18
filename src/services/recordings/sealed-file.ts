import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory } from '../../platform/store/sync-directory.js';
import { type SegmentCipher, type SegmentPlace, SEGMENT_HEAD_BYTES, SEGMENT_OVERHEAD_BYTES } from './segment-cipher.js';

/** More is cut into several: what reads one byte opens a whole segment. */
export const MAX_SEGMENT_BYTES = 512 * 1024;

interface Segment extends SegmentPlace {
  /** In the file. */
  readonly position: number;
  /** Of the bytes in it. */
  readonly length: number;
}

/** A file is not as it was written. */
export class DamagedFile extends Error {
  override readonly name = 'DamagedFile';
  /** Up to here the bytes in it can still be read. */
  readonly offset: number;
  /** Where in the file the first segment begins that cannot be opened. */
  readonly position: number;

  constructor(path: string, segment: Pick<Segment, 'number' | 'offset' | 'position'>, what: string, cause?: unknown) {
    const { number, offset, position } = segment;
    super(`${path}: segment ${number}, at byte ${position} (byte ${offset} of what it holds), ${what}`, { cause });
    this.offset = offset;
    this.position = position;
  }
}

/** A file that grows by sealed segments and can be read from any offset. Reads may overlap; changes may not. */
export class SealedFile {
  readonly #path: string;
  readonly #cipher: SegmentCipher;
  readonly #segments: Segment[] = [];
  #position = 0;
  #length = 0;
  /** The last one opened: readers go through a file in small steps. */
  #opened: { readonly number: number; readonly bytes: Uint8Array } | undefined;

  private constructor(path: string, cipher: SegmentCipher) {
    this.#path = path;
    this.#cipher = cipher;
  }

  /**
   * One that is there, or a new one. What stands behind the last whole segment was never confirmed to anybody, because
   * the process died while it was written; the next {@link append} writes over it.
   */
  static async open(path: string, cipher: SegmentCipher): Promise<SealedFile> {
    const file = new SealedFile(path, cipher);
    const handle = await open(path, 'r').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    });
    if (handle === undefined) return file;
    try {
      const { size } = await handle.stat();
      const head = Buffer.alloc(SEGMENT_HEAD_BYTES);
      while ((await handle.read(head, 0, head.length, file.#position)).bytesRead === head.length) {
        const length = head.readUInt32BE();
        if (length === 0 || length > MAX_SEGMENT_BYTES) break;
        if (file.#position + length + SEGMENT_OVERHEAD_BYTES > size) break;
        file.#add(length);
      }
    } finally {
      await handle.close();
    }
    return file;
  }

  /** Bytes that the segments hold. */
  get length(): number {
    return this.#length;
  }

  /** On the disk when it resolves; when it rejects, nothing of it counts. */
  async append(bytes: Uint8Array): Promise<void> {
    const pieces: Segment[] = [];
    const sealed: Uint8Array[] = [];
    let { number, offset, position } = this.#end();
    for (let from = 0; from < bytes.length; from += MAX_SEGMENT_BYTES) {
      const piece = bytes.subarray(from, from + MAX_SEGMENT_BYTES);
      const segment = { number: number++, offset, position, length: piece.length };
      const whole = this.#cipher.seal(piece, segment);
      pieces.push(segment);
      sealed.push(whole);
      offset += piece.length;
      position += whole.length;
    }
    const isNew = this.#position === 0;
    const handle = await open(this.#path, constants.O_RDWR | constants.O_CREAT, 0o600);
    try {
      await writeAll(handle, Buffer.concat(sealed), this.#position);
      // What a former process left behind the end must not be taken for a segment.
      if ((await handle.stat()).size > position) await handle.truncate(position);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    if (isNew) await syncDirectory(dirname(this.#path));
    for (const { length } of pieces) this.#add(length);
  }

  /** Forgets the segment that holds the byte at `offset`, and all behind it. */
  async cut(offset: number): Promise<void> {
    const first = this.#segments[this.#find(offset)];
    if (first === undefined) return;
    this.#segments.length = first.number;
    this.#length = first.offset;
    this.#position = first.position;
    this.#opened = undefined;
    const handle = await open(this.#path, 'r+');
    try {
      await handle.truncate(first.position);
      await handle.datasync();
    } finally {
      await handle.close();
    }
  }

  /**
   * At most `most` bytes from `offset`, none behind the end, and fewer before a segment that does not open. Throws
   * {@link DamagedFile} when it is the first one.
   */
  async read(offset: number, most: number): Promise<Uint8Array> {
    const end = Math.min(offset + most, this.#length);
    if (offset >= end) return new Uint8Array();
    const parts: Uint8Array[] = [];
    let handle: FileHandle | undefined;
    try {
      for (let at = this.#find(offset); ; at += 1) {
        const segment = this.#segments[at];
        if (segment === undefined || segment.offset >= end) break;
        const isOpen = this.#opened?.number === segment.number;
        handle ??= isOpen ? undefined : await open(this.#path, 'r');
        const bytes = await this.#bytesOf(segment, handle).catch((error: unknown) => {
          if (error instanceof DamagedFile && parts.length > 0) return undefined;
          throw error;
        });
        if (bytes === undefined) break;
        parts.push(bytes.subarray(Math.max(offset - segment.offset, 0), end - segment.offset));
      }
    } finally {
      await handle?.close();
    }
    return Buffer.concat(parts);
  }

  async #bytesOf(segment: Segment, handle: FileHandle | undefined): Promise<Uint8Array> {
    if (this.#opened?.number === segment.number || handle === undefined) return this.#opened?.bytes ?? new Uint8Array();
    const whole = Buffer.alloc(segment.length + SEGMENT_OVERHEAD_BYTES);
    const { bytesRead } = await handle.read(whole, 0, whole.length, segment.position);
    if (bytesRead < whole.length) throw new DamagedFile(this.#path, segment, 'is not all there any more');
    try {
      // The length is not sealed; a changed one would open another piece of the file.
      if (whole.readUInt32BE() !== segment.length) throw new Error('another length');
      const bytes = this.#cipher.open(whole, segment);
      this.#opened = { number: segment.number, bytes };
      return bytes;
    } catch (error) {
      throw new DamagedFile(this.#path, segment, 'was changed: it does not open', error);
    }
  }

  #end(): SegmentPlace & { readonly position: number } {
    return { number: this.#segments.length, offset: this.#length, position: this.#position };
  }

  #add(length: number): void {
    this.#segments.push({ ...this.#end(), length });
    this.#length += length;
    this.#position += length + SEGMENT_OVERHEAD_BYTES;
  }

  /** The segment that holds a byte. */
  #find(offset: number): number {
    let low = 0;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#segments[middle]?.offset ?? Infinity) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
