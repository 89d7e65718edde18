import { compileJsonPattern } from './json-pattern.js';
import { logsError } from './logs-error.js';

/** Characters. */
export const MAX_FILTER_LENGTH = 1024;

export type Filter = (message: string) => boolean;

/** `term`, `-term`, `?term`, each also in double quotes, in which `\"` and `\\` stand for themselves. */
const TERM = /\s*([-?]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))(?=\s|$)/uy;
/** What a term may have in it without quotes. */
const PLAIN = /^[\p{L}\p{N}_]+$/u;

/**
 * A filter pattern of CloudWatch Logs: terms, which are told apart by case and found anywhere in a message, or a JSON
 * pattern. Every plain term must be there and none with `-`; of terms with `?` one must be there, unless there are
 * others, which then decide alone (AWS's guide). Throws InvalidParameterException, also for patterns of fields between
 * spaces (`[a, b]`) and of regular expressions, which AWS has and we do not.
 */
export function compileFilter(pattern: string): Filter {
  const text = pattern.trim();
  if (text === '') return () => true;
  if (text.startsWith('{')) return compileJsonPattern(text);
  if (text.startsWith('[')) throw logsError.invalid('Space-delimited filter patterns are not supported.');
  const included: string[] = [];
  const excluded: string[] = [];
  const optional: string[] = [];
  TERM.lastIndex = 0;
  while (TERM.lastIndex < text.length) {
    const match = TERM.exec(text);
    if (match === null) throw logsError.invalid('Invalid filter pattern');
    const [, sign, quoted, plain = ''] = match;
    if (quoted === undefined && !PLAIN.test(plain)) {
      if (plain.startsWith('%')) throw logsError.invalid('Regular expressions in filter patterns are not supported.');
      throw logsError.invalid(`Invalid character(s) in term '${plain}'`);
    }
    const term = quoted?.replace(/\\(.)/gu, '$1') ?? plain;
    (sign === '-' ? excluded : sign === '?' ? optional : included).push(term);
  }
  const any = included.length === 0 && excluded.length === 0 ? optional : [];
  return (message) =>
    included.every((term) => message.includes(term)) &&
    !excluded.some((term) => message.includes(term)) &&
    (any.length === 0 || any.some((term) => message.includes(term)));
}
