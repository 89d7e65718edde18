/** What a key asks of whoever shows a session. */
export type Key = 'pause' | 'back' | 'forward' | 'faster' | 'slower' | 'quit' | 'suspend' | 'status';

const KEYS: Readonly<Record<string, Key>> = {
  ' ': 'pause',
  h: 'back',
  l: 'forward',
  '+': 'faster',
  '=': 'faster',
  '-': 'slower',
  q: 'quit',
  Q: 'quit',
  '\x03': 'quit',
  '\x1a': 'suspend',
  s: 'status',
  '\x1b[D': 'back',
  '\x1b[C': 'forward',
  '\x1bOD': 'back',
  '\x1bOC': 'forward',
};

/** One key as a terminal sends it: a control sequence, another escape, or a character. */
const SEQUENCE = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b[NO][ -~]|\x1b[^[NO]|[^\x1b]/sy;
const UNFINISHED = /^\x1b(\[[0-?]*[ -/]*|[NO])?$/;
/** No key is longer; what is, was never meant as one. */
const MAX_UNFINISHED = 32;

/** Keys out of what is typed, in whatever pieces it comes; others than ours are ignored. */
export class KeyReader {
  #rest = '';

  feed(bytes: Uint8Array): Key[] {
    const text = this.#rest + Buffer.from(bytes).toString('latin1');
    this.#rest = '';
    const keys: Key[] = [];
    let read = 0;
    for (;;) {
      SEQUENCE.lastIndex = read;
      const [sequence] = SEQUENCE.exec(text) ?? [];
      if (sequence === undefined) break;
      if (Object.hasOwn(KEYS, sequence)) keys.push(KEYS[sequence] as Key);
      read += sequence.length;
    }
    const rest = text.slice(read);
    if (UNFINISHED.test(rest) && rest.length <= MAX_UNFINISHED) this.#rest = rest;
    return keys;
  }
}
