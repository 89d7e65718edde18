import type { Span } from './json-tree.js';

/** Something in a policy document that IAM would refuse. */
export interface PolicyProblem {
  /** For example `Statement[1].Condition.StringEquals`; `` for the document itself. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** For the operator: what is there and what was expected. */
  readonly message: string;
  /** Text of the `MalformedPolicyDocument` that AWS answers with. */
  readonly aws: string;
}

/** The document is refused. `message` is what AWS tells the caller; `problems` are for the operator, never empty. */
export class MalformedPolicy extends Error {
  override readonly name = 'MalformedPolicy';
  readonly problems: readonly PolicyProblem[];

  constructor(problems: readonly PolicyProblem[]) {
    super(problems[0]?.aws ?? SYNTAX);
    this.problems = problems;
  }
}

/** AWS's text for everything that the grammar refuses without a text of its own. */
export const SYNTAX = 'Syntax errors in policy.';

/** More are not told: nobody reads them, and each costs memory. */
export const MAX_PROBLEMS = 100;

/** Collects the problems of one document, and knows lines. */
export class ProblemList {
  readonly #text: string;
  readonly #problems: PolicyProblem[] = [];
  #lineStarts: number[] | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  get problems(): readonly PolicyProblem[] {
    return this.#problems;
  }

  add(at: Pick<Span, 'start'>, path: string, message: string, aws: string = SYNTAX): void {
    if (this.#problems.length >= MAX_PROBLEMS) return;
    this.#problems.push({ path, ...this.position(at.start), message, aws });
  }

  /** Line and column, both from 1. */
  position(offset: number): { readonly line: number; readonly column: number } {
    const starts = (this.#lineStarts ??= lineStarts(this.#text));
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
