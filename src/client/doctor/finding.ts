/**
 * - `failed`: exec will not work, or its session ends at once.
 * - `warning`: exec works, but not as one may expect.
 * - `not checked`: whoever asked may not know, or what it depends on is not known.
 */
export type FindingState = 'ok' | 'warning' | 'failed' | 'not checked';

/** What one check says of the facts. Texts may hold whatever the services answered, control characters too. */
export interface Finding {
  /** Stable name, for programs. */
  readonly check: string;
  readonly title: string;
  readonly state: FindingState;
  readonly evidence: string;
  /** Lines for a POSIX shell; what cannot be said as a command is a comment. */
  readonly repair?: readonly string[];
}

/** A check under its name. */
export class Check {
  /** Stable name. */
  readonly name: string;
  readonly #title: string;

  constructor(check: string, title: string) {
    this.name = check;
    this.#title = title;
  }

  ok(evidence: string): Finding {
    return this.#finding('ok', evidence);
  }

  warning(evidence: string, ...repair: readonly string[]): Finding {
    return this.#finding('warning', evidence, repair);
  }

  failed(evidence: string, ...repair: readonly string[]): Finding {
    return this.#finding('failed', evidence, repair);
  }

  /** `repair` is what would let it be checked. */
  notChecked(why: string, ...repair: readonly string[]): Finding {
    return this.#finding('not checked', why, repair);
  }

  #finding(state: FindingState, evidence: string, repair: readonly string[] = []): Finding {
    return { check: this.name, title: this.#title, state, evidence, ...(repair.length > 0 && { repair }) };
  }
}
