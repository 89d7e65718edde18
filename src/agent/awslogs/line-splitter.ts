/**
 * Bytes of one message: what Docker's awslogs driver cuts at, and what every CloudWatch Logs takes; AWS's own has taken
 * more since 2025.
 */
export const MAX_LINE_BYTES = 262_144 - 26;

const LINE_FEED = 0x0a;
const EMPTY: Uint8Array = Buffer.alloc(0);

/**
 * Bytes of one stream as lines. A line that is too long is cut, between characters; what is no UTF-8 becomes U+FFFD.
 * Empty lines are left out: CloudWatch Logs takes no empty messages.
 */
export class LineSplitter {
  #rest: Uint8Array = EMPTY;

  /** Whether there is the beginning of a line. */
  get pending(): boolean {
    return this.#rest.length > 0;
  }

  write(bytes: Uint8Array): string[] {
    const lines: string[] = [];
    let all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    // What is kept has been searched already.
    let from = this.#rest.length;
    for (;;) {
      const end = all.indexOf(LINE_FEED, from);
      if (end < 0) break;
      lines.push(...pieces(all.subarray(0, end)));
      all = all.subarray(end + 1);
      from = 0;
    }
    while (all.length > MAX_LINE_BYTES) {
      const cut = boundary(all, MAX_LINE_BYTES);
      lines.push(...pieces(all.subarray(0, cut)));
      all = all.subarray(cut);
    }
    this.#rest = all.length === 0 ? EMPTY : Uint8Array.from(all);
    return lines;
  }

  /** What has no end yet. */
  flush(): string[] {
    const rest = this.#rest;
    this.#rest = EMPTY;
    return pieces(rest);
  }
}

/** A line as messages that are short enough: U+FFFD is longer than the byte it stands for. */
function pieces(line: Uint8Array): string[] {
  const text = Buffer.from(line.buffer, line.byteOffset, line.length).toString();
  if (text === '') return [];
  if (line.length <= MAX_LINE_BYTES / 3 || Buffer.byteLength(text) <= MAX_LINE_BYTES) return [text];
  const found: string[] = [];
  let bytes: Uint8Array = Buffer.from(text);
  while (bytes.length > 0) {
    const cut = boundary(bytes, MAX_LINE_BYTES);
    found.push(Buffer.from(bytes.subarray(0, cut)).toString());
    bytes = bytes.subarray(cut);
  }
  return found;
}

/** Where to cut so that no character is in two: at `limit`, or up to three bytes before. */
function boundary(bytes: Uint8Array, limit: number): number {
  if (bytes.length <= limit) return bytes.length;
  for (let cut = limit; cut > limit - 4; cut -= 1) if (((bytes[cut] ?? 0) & 0xc0) !== 0x80) return cut;
  return limit;
}
