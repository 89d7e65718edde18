import { s3Error } from './s3-error.js';

/** From `start` to before `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Undefined: all of it, also where the header is none that HTTP knows. Throws InvalidRange. */
export function byteRange(header: string | undefined, size: number): ByteRange | undefined {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  if (from === '') {
    // The last so many bytes.
    if (Number(to) === 0 || size === 0) throw unsatisfiable(header, size);
    return { start: Math.max(0, size - Number(to)), end: size };
  }
  const start = Number(from);
  if (to !== '' && Number(to) < start) return undefined;
  if (start >= size) throw unsatisfiable(header, size);
  return { start, end: to === '' ? size : Math.min(size, Number(to) + 1) };
}

/** Of a copy's source: exact, or nothing. */
export function copyRange(header: string | undefined, size: number): ByteRange {
  if (header === undefined) return { start: 0, end: size };
  const [, from = '', to = ''] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header) ?? [];
  const start = Number(from);
  const end = Number(to) + 1;
  if (from !== '' && start < end && end <= size) return { start, end };
  throw s3Error.invalidArgument(
    'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
    'x-amz-copy-source-range',
    header,
  );
}

export function contentRange({ start, end }: ByteRange, size: number): string {
  return `bytes ${start}-${end - 1}/${size}`;
}

function unsatisfiable(header: string | undefined, size: number): Error {
  return s3Error.of('InvalidRange', 416, 'The requested range is not satisfiable', {
    RangeRequested: header ?? '',
    ActualObjectSize: size,
  });
}
