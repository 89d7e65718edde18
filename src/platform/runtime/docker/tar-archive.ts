/** What an archive holds: a file, or a symbolic link. Paths are relative, at most 100 bytes. */
export type ArchiveEntry =
  | { readonly path: string; readonly mode: number; readonly content: Uint8Array }
  | { readonly path: string; readonly linkTo: string };

const BLOCK = 512;

/** An archive in the form of POSIX ustar, as Docker takes images and files. */
export function tarArchive(entries: readonly ArchiveEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const content = 'content' in entry ? entry.content : new Uint8Array();
    const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
    return [header(entry, content.length), content, padding];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

function header(entry: ArchiveEntry, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const link = 'linkTo' in entry;
  const octal = (value: number, length: number): string => value.toString(8).padStart(length - 1, '0') + '\0';
  const put = (offset: number, length: number, text: string): void => {
    if (Buffer.byteLength(text) > length) throw new Error(`${text} does not fit into an archive`);
    block.write(text, offset, 'utf8');
  };
  put(0, 100, entry.path);
  put(100, 8, octal(link ? 0o777 : entry.mode, 8));
  put(108, 8, octal(0, 8));
  put(116, 8, octal(0, 8));
  put(124, 12, octal(size, 12));
  put(136, 12, octal(0, 12));
  put(148, 8, ' '.repeat(8));
  put(156, 1, link ? '2' : '0');
  if (link) put(157, 100, entry.linkTo);
  put(257, 8, 'ustar\0' + '00');
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, 8, `${sum.toString(8).padStart(6, '0')}\0 `);
  return block;
}
