/** Controls, formats such as the bidirectional ones, line and paragraph separators, lone surrogates. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * Text from a record for somebody's terminal: whatever could steer the terminal or hide what is there stands as its
 * escape, `\x1b` or `\u202e`. A user's name or a command line must not be able to act on who reads it.
 */
export function printable(text: string): string {
  return text.replace(UNSAFE, (character) => SHORT[character] ?? escapeOf(character));
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`;
}

/** JSON text as it stands, with the same characters as JSON's own escapes: DEL and C1 are allowed to be plain there. */
export function printableJson(json: string): string {
  return json.replace(UNSAFE, (character) => {
    // Only between the values: JSON has already escaped those inside.
    if (character === '\n') return character;
    const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  });
}
