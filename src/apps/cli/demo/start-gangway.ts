import type { Logger } from 'pino';
import type { Limits } from '../../../services/limits.js';
import type { LocalGangway } from '../local-gangway.js';
import type { Belongings, Held } from './belongings.js';
import type { Narration } from './demo-terminal.js';

/** Starts endpoint, gateway and agent on the demonstration's state; limits: AWS's where none are given. */
export type StartGangway = (limits?: Limits) => Promise<Held<LocalGangway>>;

/** What a demonstration takes place on. */
export interface Stage {
  /** Of its state; gone at the end. */
  readonly directory: string;
  readonly start: StartGangway;
  readonly narration: Narration;
  readonly log: Logger;
  readonly belongings: Belongings;
}
