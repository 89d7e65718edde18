/** Bytes that mean nothing to a POSIX-shell word splitter, wherever they stand. `#` and `~` are not among them. */
const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** One word such that splitting gives it back: quoted only when it has to be, so that short commands stay readable. */
export function quoteWord(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/**
 * The single command string of ExecuteCommand. The agent splits it with POSIX-shell quoting rules and runs it without
 * a shell (wire-protocol 5.7), so every argument arrives exactly as it was given here.
 */
export function quoteCommand(argv: readonly string[]): string {
  return argv.map(quoteWord).join(' ');
}
