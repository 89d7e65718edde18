const Mode = Object.freeze({ Text: 0, Escape: 1, Intermediate: 2, Control: 3, String: 4, StringEscape: 5 });
type Mode = (typeof Mode)[keyof typeof Mode];

const ESC = 0x1b;
const BEL = 0x07;
const LF = 0x0a;
const CAN = 0x18;
const SUB = 0x1a;

/**
 * Takes control sequences and control characters out of text (ECMA-48; 7-bit and 8-bit forms), whatever pieces it comes
 * in. Tabs, line feeds and carriage returns are left. A string that is not ended hides no more than the rest of its line.
 * Keeps nothing but where it is.
 */
export class PlainText {
  #mode: Mode = Mode.Text;

  strip(text: string): string {
    let plain = '';
    let start = 0;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      const visible = this.#mode === Mode.Text && isText(code);
      if (visible) continue;
      plain += text.slice(start, index);
      start = index + 1;
      if (this.#step(code)) start = index;
    }
    return plain + text.slice(start);
  }

  /** Whether the character is text after all. */
  #step(code: number): boolean {
    if (code === CAN || code === SUB) {
      this.#mode = Mode.Text;
      return false;
    }
    if (code === ESC) {
      this.#mode = this.#mode === Mode.String ? Mode.StringEscape : Mode.Escape;
      return false;
    }
    switch (this.#mode) {
      case Mode.Text:
        if (code === 0x9b) this.#mode = Mode.Control;
        else if (startsString(code)) this.#mode = Mode.String;
        return false;
      case Mode.Escape:
        return this.#escape(code);
      case Mode.StringEscape:
        // ESC \ ends a string; another sequence ends it too, and begins.
        if (code === 0x5c) this.#mode = Mode.Text;
        else return this.#escape(code);
        return false;
      case Mode.Intermediate:
      case Mode.Control:
        return this.#sequence(code);
      case Mode.String:
        if (code === BEL || code === 0x9c || code === LF) this.#mode = Mode.Text;
        return code === LF;
    }
  }

  #escape(code: number): boolean {
    if (code === 0x5b) this.#mode = Mode.Control;
    else if (startsString(code + 0x40)) this.#mode = Mode.String;
    else if (code >= 0x20 && code <= 0x2f) this.#mode = Mode.Intermediate;
    else return this.#sequence(code);
    return false;
  }

  /** Of a control sequence, which a final character ends; line ends within it are the line's. */
  #sequence(code: number): boolean {
    if (code < 0x20) return isText(code);
    if (code < 0x40 && (this.#mode === Mode.Control || code < 0x30)) return false;
    this.#mode = Mode.Text;
    return code > 0x7e && isText(code);
  }
}

function isText(code: number): boolean {
  if (code < 0x20) return code === 0x09 || code === 0x0a || code === 0x0d;
  return code < 0x7f || code > 0x9f;
}

/** DCS, SOS, OSC, PM and APC. */
function startsString(code: number): boolean {
  return code === 0x90 || code === 0x98 || (code >= 0x9d && code <= 0x9f);
}
