import type { JsonMember } from './json-tree.js';
import { variableProblem } from './pattern-token.js';
import type { PatternElement } from './policy-document.js';
import { joinPath, type PolicyReading, readStrings, shortened } from './read-elements.js';

/** Real ones, and with wildcards or a variable in their place. */
const PARTITION = /^(?:aws(?:-[a-z]+)*|.*[*?$].*)$/;

/** Whether it is `*`, or `arn:` with six parts; fewer are enough when a wildcard stands for the rest. */
function hasArnShape(resource: string): boolean {
  if (resource === '*') return true;
  if (!resource.startsWith('arn:')) return false;
  // A colon within `${…}` parts nothing.
  const parts = resource.replace(/\$\{[^}]*\}/g, '$').split(':', 6);
  return parts.length === 6 ? parts[5] !== '' : /[*]$/.test(resource);
}

/** `Resource` or `NotResource`. */
export function readResource(reading: PolicyReading, { name, value }: JsonMember, path: string): PatternElement {
  const { problems, version } = reading;
  const patterns: string[] = [];
  const empty = 'Policy statement must contain resources.';
  for (const { value: resource, tree, path: inner } of readStrings(reading, value, joinPath(path, name), empty)) {
    const short = shortened(resource);
    const partition = resource.split(':', 2)[1] ?? '';
    const variable = version === '2012-10-17' ? variableProblem(resource) : undefined;
    if (!hasArnShape(resource)) {
      const text = `Resource ${short} must be in ARN format or "*".`;
      problems.add(tree, inner, `expected an ARN of six parts, or '*', found '${short}'`, text);
    } else if (resource !== '*' && !PARTITION.test(partition)) {
      const text = `Partition "${shortened(partition)}" is not valid for resource "${short}".`;
      problems.add(tree, inner, `'${shortened(partition)}' is no partition of AWS: expected aws`, text);
    } else if (variable !== undefined) problems.add(tree, inner, variable);
    patterns.push(resource);
  }
  return { not: name.startsWith('Not'), patterns };
}
