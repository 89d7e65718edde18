import type { Principals } from '../principals.js';

export interface SimulationParts {
  readonly principals: Principals;
  readonly accountId: string;
  readonly partition: string;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}
