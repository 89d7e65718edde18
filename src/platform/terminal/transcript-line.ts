/** Characters (UTF-16 code units) of a line; the rest of a longer one follows as lines of its own. */
export const MAX_LINE_LENGTH = 65_536;

/** A line of a transcript, without its end. */
export interface TranscriptLine {
  readonly text: string;
  /** Microseconds since the session's start: when it was last changed, or the moment it left the screen. */
  readonly time: number;
}

export type EmitLine = (line: TranscriptLine) => void;

/** Puts lines together from pieces, and cuts those that are too long. */
export class LineCutter {
  readonly #emit: EmitLine;
  readonly #maxLength: number;
  #pending = '';
  #time = 0;
  #open = false;

  constructor(emit: EmitLine, maxLength = MAX_LINE_LENGTH) {
    this.#emit = emit;
    this.#maxLength = maxLength;
  }

  /** Whether a line has begun. */
  get open(): boolean {
    return this.#open;
  }

  append(text: string, time: number): void {
    this.#open = true;
    this.#time = Math.max(this.#time, time);
    this.#pending += text;
    while (this.#pending.length > this.#maxLength) {
      const length = cutBefore(this.#pending, this.#maxLength);
      this.#emit({ text: this.#pending.slice(0, length), time: this.#time });
      this.#pending = this.#pending.slice(length);
    }
  }

  /** Ends the line that has begun, if one has. */
  end(): void {
    if (!this.#open) return;
    this.#emit({ text: this.#pending, time: this.#time });
    this.#pending = '';
    this.#time = 0;
    this.#open = false;
  }

  /** A whole line; one that has begun is ended first. */
  line(text: string, time: number): void {
    this.end();
    this.append(text, time);
    this.end();
  }
}

/** Where to cut so that no character is torn: `length`, or one before it. */
function cutBefore(text: string, length: number): number {
  const code = text.charCodeAt(length - 1);
  return code >= 0xd800 && code <= 0xdbff ? length - 1 : length;
}
