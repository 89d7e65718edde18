import type { Readable } from 'node:stream';

/** Collects what a stream says, and awaits more of it. */
export class StreamText {
  readonly ended: Promise<string>;
  #text = '';
  #check: () => void = () => undefined;
  #over = false;

  constructor(stream: Readable) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      this.#text += text;
      this.#check();
    });
    this.ended = new Promise((resolve) => {
      stream.on('close', () => {
        this.#over = true;
        this.#check();
        resolve(this.#text);
      });
    });
  }

  get text(): string {
    return this.#text;
  }

  /** The first match; fails when the stream ends without one. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const found = pattern.exec(this.#text);
      if (found !== null) return found;
      if (this.#over) throw new Error(`stream ended without ${String(pattern)}: ${JSON.stringify(this.#text)}`);
      await new Promise<void>((resolve) => (this.#check = resolve));
    }
  }
}
