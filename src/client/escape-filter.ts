/** What a user asked of us, not of the far side, with an escape sequence at the start of a line. */
export type EscapeAction = 'leave' | 'suspend' | 'help';

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;
const DOT = 0x2e;
const QUESTION_MARK = 0x3f;
const CONTROL_Z = 0x1a;

/** Text of `~?`, lines ended for a terminal in raw mode. */
export function escapeHelp(character: string): string {
  return [
    'Supported escape sequences:',
    ` ${character}.   - leave: end the session`,
    ` ${character}^Z  - suspend gangway`,
    ` ${character}?   - this message`,
    ` ${character}${character}   - send the escape character by typing it twice`,
    '(Note that escapes are only recognized immediately after newline.)',
    '',
  ].join('\r\n');
}

/**
 * Takes ssh's escapes out of what is typed: `~.`, `~^Z`, `~?` and `~~` right after a line end. Everything else passes
 * unchanged; an escape character at the start of a line is held back until the next key decides.
 */
export class EscapeFilter {
  readonly #character: number;
  #lineStart = true;
  #held = false;

  /** `character`: one ASCII character, as a user would type it. */
  constructor(character: string) {
    this.#character = character.charCodeAt(0);
  }

  /** Bytes to send, and what to do, in the order they were typed. */
  *feed(bytes: Uint8Array): Generator<Uint8Array | EscapeAction> {
    let start = 0;
    for (let index = 0; index < bytes.length; index++) {
      const byte = bytes[index] ?? 0;
      if (this.#held) {
        this.#held = false;
        const action = actionOf(byte);
        if (action !== undefined) {
          yield action;
          start = index + 1;
          // Nothing was sent, so the far side still is at the start of a line.
          this.#lineStart = true;
          continue;
        }
        if (byte !== this.#character) yield Uint8Array.of(this.#character);
        start = index;
      } else if (this.#lineStart && byte === this.#character) {
        if (index > start) yield bytes.subarray(start, index);
        this.#held = true;
        this.#lineStart = false;
        start = index + 1;
        continue;
      }
      this.#lineStart = byte === CARRIAGE_RETURN || byte === LINE_FEED;
    }
    if (start < bytes.length) yield bytes.subarray(start);
  }
}

function actionOf(byte: number): EscapeAction | undefined {
  if (byte === DOT) return 'leave';
  if (byte === QUESTION_MARK) return 'help';
  if (byte === CONTROL_Z) return 'suspend';
  return undefined;
}
