import { PlainText } from './plain-text.js';
import { LineCutter, type EmitLine } from './transcript-line.js';

/**
 * Bytes of one stream without a terminal as lines of text: control sequences taken out, a carriage return before a line
 * feed dropped. One that stands alone ends a line, so that of a progress bar every state is kept.
 */
export class StreamLines {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  readonly #plain = new PlainText();
  readonly #lines: LineCutter;
  #time = 0;
  /** The text so far ends with a carriage return. */
  #returned = false;

  constructor(emit: EmitLine, maxLength?: number) {
    this.#lines = new LineCutter(emit, maxLength);
  }

  write(bytes: Uint8Array, time: number): void {
    this.#time = time;
    this.#take(this.#decoder.decode(bytes, { stream: true }));
  }

  end(): void {
    this.#take(this.#decoder.decode());
    this.#lines.end();
  }

  #take(text: string): void {
    const plain = this.#plain.strip(text);
    if (plain === '') return;
    const pieces = plain.split(/(\r+\n|\n|\r+)/);
    for (const piece of pieces) {
      if (piece === '') continue;
      const ends = piece.startsWith('\r') || piece.startsWith('\n');
      // The line feed of a carriage return that came in the piece before: its line has ended.
      if (piece.startsWith('\n') && this.#returned) this.#returned = false;
      else if (piece.startsWith('\r') && this.#returned) this.#returned = !piece.endsWith('\n');
      else if (ends) this.#endLine(piece);
      else {
        this.#returned = false;
        this.#lines.append(piece, this.#time);
      }
    }
  }

  #endLine(piece: string): void {
    this.#lines.append('', this.#time);
    this.#lines.end();
    this.#returned = piece.endsWith('\r');
  }
}
