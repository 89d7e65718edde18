import { readFileSync } from 'node:fs';
import type { PolicyProblem } from '../../core/policy/policy-problem.js';

/** Text of a file, or of standard input for `-`. */
export function readPolicyFile(file: string): string {
  return readFileSync(file === '-' ? 0 : file, 'utf8').replace(/^\uFEFF/, '');
}

/** One line for each problem, as compilers write them. */
export function problemLines(file: string, problems: readonly PolicyProblem[]): string[] {
  const name = file === '-' ? 'standard input' : file;
  return problems.map(({ line, column, path, message }) => {
    return `${name}:${line}:${column}: ${path === '' ? '' : `${path}: `}${message}`;
  });
}
