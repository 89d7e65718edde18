import { checkCaller } from './check-caller.js';
import { checkCluster } from './check-cluster.js';
import { checkContainers } from './check-containers.js';
import { checkNetwork } from './check-network.js';
import { checkPrograms } from './check-programs.js';
import { checkRecording } from './check-recording.js';
import { checkTask } from './check-task.js';
import { checkTaskRole } from './check-task-role.js';
import type { Facts } from './facts.js';
import type { Finding, FindingState } from './finding.js';

const CHECKS: readonly ((facts: Facts) => readonly Finding[])[] = [
  checkCaller,
  checkPrograms,
  checkCluster,
  checkRecording,
  checkTask,
  checkContainers,
  checkTaskRole,
  checkNetwork,
];

/**
 * - `works`: nothing was found that stops exec.
 * - `fails`: something was.
 * - `unknown`: the task could not be looked at.
 */
export type Verdict = 'works' | 'fails' | 'unknown';

export interface Diagnosis {
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
}

/** Every check of AWS's checker and of the considerations of its guide (ecs-api 9 and 10), over the same facts. */
export function diagnose(facts: Facts): Diagnosis {
  const findings = CHECKS.flatMap((check) => check(facts));
  if (findings.some(({ state }) => state === 'failed')) return { verdict: 'fails', findings };
  return { verdict: facts.task.known ? 'works' : 'unknown', findings };
}

export function count(findings: readonly Finding[], state: FindingState): number {
  return findings.filter((finding) => finding.state === state).length;
}
