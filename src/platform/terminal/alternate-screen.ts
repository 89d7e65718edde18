/** Lines of one visit to the alternate screen that are remembered, so that paging back does not write them twice. */
export const REMEMBERED_LINES = 10_000;
/** When no more rows than these change from look to look, somebody is typing: the line, and a line with its position. */
export const TYPING_ROWS = 2;

/**
 * What was seen on the alternate screen, where nothing scrolls off: looked at now and then, it gives the lines that
 * have gone since the last look, and at the end those that are left. A line that is being typed is given as it was
 * last; one that comes back, as when paging up, only once.
 */
export class AlternateScreen {
  readonly #emit: (text: string, time: number) => void;
  readonly #given = new Set<string>();
  #seen: readonly string[] = [];
  #time = 0;

  constructor(emit: (text: string, time: number) => void) {
    this.#emit = emit;
  }

  /** `time`: of the last change. */
  look(rows: readonly string[], time: number): void {
    const there = new Set(rows);
    const typing = this.#seen.filter((text, index) => text !== rows[index]).length <= TYPING_ROWS;
    for (const [index, text] of this.#seen.entries()) {
      if (!there.has(text) && !(typing && isEdited(text, rows[index] ?? ''))) this.#give(text, this.#time);
    }
    this.#seen = rows;
    this.#time = time;
  }

  leave(rows: readonly string[], time: number): void {
    this.look(rows, time);
    for (const text of rows) if (!this.#given.has(text)) this.#write(text, time);
    this.#seen = [];
    this.#given.clear();
  }

  #give(text: string, time: number): void {
    if (this.#given.has(text)) return;
    const [oldest] = this.#given;
    if (this.#given.size >= REMEMBERED_LINES && oldest !== undefined) this.#given.delete(oldest);
    this.#given.add(text);
    this.#write(text, time);
  }

  #write(text: string, time: number): void {
    if (text.trim() !== '') this.#emit(text, time);
  }
}

/** Whether at least half of the longer text stands at the beginning and the end of both. */
function isEdited(before: string, after: string): boolean {
  const longer = Math.max(before.length, after.length);
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  return (head + tail) * 2 >= longer;
}
