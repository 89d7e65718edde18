/** Marks, joiners, what is not shown. */
const NONE = /[\p{Mn}\p{Me}\p{Cf}]/u;
/** Shown as pictures, which take two cells everywhere today; the letters that flags are made of do not. */
const PICTURE = /\p{Emoji_Presentation}/u;
const FLAG_LETTERS = [0x1f1e6, 0x1f1ff] as const;

/** East Asian wide and full-width, first and last. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x20000, 0x2fffd],
  [0x30000, 0x3fffd],
];

/** Below it, every character that is printed has one cell. */
const FIRST_OTHER = 0x300;
const SOFT_HYPHEN = 0xad;

/**
 * Cells of a character, as terminals have it today and the emulation, which keeps to Unicode 6, has not: a picture in
 * one cell would move all that follows it in its row.
 */
export function characterWidth(code: number): 0 | 1 | 2 {
  if (code < FIRST_OTHER || code === SOFT_HYPHEN) return code < 32 || (code >= 0x7f && code < 0xa0) ? 0 : 1;
  // Vowels and finals of Hangul syllables stand in the cell of their first letter.
  if (code >= 0x1160 && code <= 0x11ff) return 0;
  if (WIDE.some(([first, last]) => code >= first && code <= last)) return NONE.test(String.fromCodePoint(code)) ? 0 : 2;
  const character = String.fromCodePoint(code);
  if (NONE.test(character)) return 0;
  const flag = code >= FLAG_LETTERS[0] && code <= FLAG_LETTERS[1];
  return !flag && PICTURE.test(character) ? 2 : 1;
}

/** Of the emulation's own value: how wide, and whether it belongs to the character before. */
function properties(width: number, joins: boolean): number {
  return (width << 1) | (joins ? 1 : 0);
}

/** The same for `@xterm/headless`, which asks for each character with what it was told of the one before. */
export const unicodeWidths = {
  version: 'today',
  wcwidth: characterWidth,
  charProperties(code: number, preceding: number): number {
    const width = characterWidth(code);
    const before = (preceding >> 1) & 3;
    return width === 0 && preceding !== 0 && before !== 0 ? properties(before, true) : properties(width, false);
  },
};
