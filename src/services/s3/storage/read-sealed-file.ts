import type { FileHandle } from 'node:fs/promises';
import { DamagedFile, SEGMENT_BYTES, segmentCount, sealedSize, segmentPlace, type Segments } from './segments.js';

/** Content from `start` to before `end`, a segment at a time. Throws {@link DamagedFile} and gives nothing unverified. */
export async function* readSealedFile(
  file: FileHandle,
  segments: Segments,
  { size, start, end }: { readonly size: number; readonly start: number; readonly end: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  const actual = (await file.stat()).size;
  if (actual !== sealedSize(size)) {
    throw new DamagedFile(`the file has ${actual} bytes, and ${sealedSize(size)} were written`);
  }
  const count = segmentCount(size);
  const lastWanted = Math.max(0, Math.ceil(end / SEGMENT_BYTES) - 1);
  for (let number = Math.floor(start / SEGMENT_BYTES); number <= lastWanted; number++) {
    const { offset, length } = segmentPlace(number, size);
    const sealed = Buffer.allocUnsafe(length);
    for (let at = 0; at < length;) {
      const { bytesRead } = await file.read(sealed, at, length - at, offset + at);
      if (bytesRead === 0) throw new DamagedFile('the file became shorter while it was read');
      at += bytesRead;
    }
    const content = segments.open(sealed, number, number === count - 1);
    const first = number * SEGMENT_BYTES;
    yield content.subarray(Math.max(0, start - first), Math.min(content.length, end - first));
  }
}
