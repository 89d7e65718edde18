import type { StatementContent } from '../../core/recording/recordings-api.js';
import { statementDigest } from './verify-statement.js';

/** A statement whose signature holds. */
export interface ChainedStatement {
  readonly content: StatementContent;
  /** Its text, as it was signed. */
  readonly signed: string;
}

interface Link {
  readonly number: number;
  readonly sessionId: string;
  readonly digest: string;
  readonly previous: StatementContent['previous'];
}

/** Statements of an endpoint, each naming the one before: what is missing between them cannot be hidden. */
export class StatementChain {
  readonly #links: Link[] = [];

  /** Keeps what the chain needs of it, and no more. */
  add({ content: { number, sessionId, previous }, signed }: ChainedStatement): void {
    this.#links.push({ number, sessionId, previous, digest: statementDigest(signed) });
  }

  /** What does not hold between them; of all statements of an endpoint when `all`, so that the first one is known. */
  problems(): string[] {
    const links = this.#links.toSorted((one, other) => one.number - other.number);
    return links.flatMap((link, index) => problem(links[index - 1], link) ?? []);
  }
}

function problem(before: Link | undefined, link: Link): string | undefined {
  const { number, sessionId, previous } = link;
  const missing = (before?.number ?? 0) + 1;
  const place = before === undefined ? `before ${sessionId}` : `between ${before.sessionId} and ${sessionId}`;
  if (before?.number === number) return `statement ${number} is there twice: ${before.sessionId} and ${sessionId}`;
  if (missing < number) {
    const last = previous === null ? '' : `, the last of them of ${previous.sessionId}`;
    const which = missing === number - 1 ? `statement ${missing} is` : `statements ${missing} to ${number - 1} are`;
    return `${which} missing ${place}${last}`;
  }
  return linkProblem(link, before);
}

/** Whether one statement names another as the one before it. */
export function linkProblem(
  { number, sessionId, previous }: Pick<Link, 'number' | 'sessionId' | 'previous'>,
  before: Pick<Link, 'sessionId' | 'digest'> | undefined,
): string | undefined {
  if (previous?.sessionId === before?.sessionId && previous?.digest === before?.digest) return undefined;
  const named = previous === null ? 'none' : `one of ${previous.sessionId} with digest ${previous.digest}`;
  const there = before === undefined ? 'none' : `one of ${before.sessionId} with digest ${before.digest}`;
  return `statement ${number}, of ${sessionId}, names ${named} before it, and there is ${there}`;
}
