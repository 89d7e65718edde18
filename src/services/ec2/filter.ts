import { ec2Error } from './ec2-error.js';
import type { Filter } from './ec2-shapes.js';

/** What filters look at: the values of a thing, by the filter's name. */
export type FilterValues = Readonly<Record<string, readonly (string | number | boolean | undefined)[]>>;

/** Every filter must hold, and of its values any. Throws InvalidParameterValue for a name that `values` does not have. */
export function matches(values: FilterValues, filters: readonly Filter[]): boolean {
  return filters.every(({ Name, Value = [] }) => {
    const actual = valuesOf(values, Name).filter((value) => value !== undefined);
    return Value.some((wanted) => actual.some((value) => isLike(String(value), wanted)));
  });
}

function valuesOf(values: FilterValues, name: string | undefined): FilterValues[string] {
  // Nothing of this VPC has tags.
  if (name !== undefined && /^tag(:.|-key$|-value$)/.test(name)) return [];
  const found = name !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
  if (found === undefined) throw ec2Error.invalidFilter(name);
  return found;
}

/** `*` is any text and `?` any character; a backslash takes their meaning away. Case counts. */
function isLike(text: string, pattern: string): boolean {
  // The pattern in runs between its stars: linear in the text for each, whatever the pattern is.
  const [head = [], ...rest] = runsOf(pattern);
  if (!startsAt(text, head, 0)) return false;
  const tail = rest.pop();
  if (tail === undefined) return text.length === head.length;
  let place = head.length;
  for (const run of rest) {
    while (place + run.length <= text.length && !startsAt(text, run, place)) place++;
    if (place + run.length > text.length) return false;
    place += run.length;
  }
  return text.length - tail.length >= place && startsAt(text, tail, text.length - tail.length);
}

/** Of each run its characters; undefined stands for any. */
type Run = (string | undefined)[];

function runsOf(pattern: string): Run[] {
  const runs: Run[] = [[]];
  for (const [token] of pattern.matchAll(/\\[^]|[^]/g)) {
    if (token === '*') runs.push([]);
    else runs.at(-1)?.push(token === '?' ? undefined : token.slice(-1));
  }
  return runs;
}

function startsAt(text: string, run: Run, place: number): boolean {
  if (place + run.length > text.length) return false;
  return run.every((character, index) => character === undefined || text[place + index] === character);
}
