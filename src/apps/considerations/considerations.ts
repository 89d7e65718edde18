import type { Consideration } from './consideration.js';
import { networkConsiderations } from './network-considerations.js';
import { rightConsiderations } from './right-considerations.js';
import { sessionConsiderations } from './session-considerations.js';
import { taskConsiderations } from './task-considerations.js';

/** All of them; the support matrix has a row of each. */
export const CONSIDERATIONS: readonly Consideration[] = Object.freeze([
  ...taskConsiderations,
  ...sessionConsiderations,
  ...rightConsiderations,
  ...networkConsiderations,
]);

/** As a table of Markdown. */
export function considerationTable(): string[] {
  return [
    '| consideration | AWS | `--limits aws` | `--limits open` | | shown by |',
    '| --- | --- | --- | --- | --- | --- |',
    ...CONSIDERATIONS.map(({ subject, aws, limitsAws, limitsOpen, state, test }) => {
      const shown = `${test.file}: ${test.title}`;
      return `| ${[subject, aws, limitsAws, limitsOpen, state, shown].join(' | ')} |`;
    }),
  ];
}
