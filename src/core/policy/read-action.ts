import type { JsonMember } from './json-tree.js';
import type { PatternElement } from './policy-document.js';
import { joinPath, type PolicyReading, readStrings, shortened } from './read-elements.js';

const VENDOR = /^[A-Za-z0-9*?-]+$/;
const NAME = /^[A-Za-z0-9*?]+$/;

/** Text of AWS, and in words what was expected; undefined when the action is well-formed. */
function actionProblem(action: string, trust: boolean): readonly [message: string, aws: string] | undefined {
  if (action === '*' && !trust) return undefined;
  const [vendor = '', name, ...more] = action.split(':', 3);
  if (name === undefined) {
    return [
      `expected SERVICE:NAME, found '${shortened(action)}'`,
      'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
    ];
  }
  if (more.length > 0) return ['expected one colon', 'Actions/Condition can contain only one colon.'];
  if (!VENDOR.test(vendor)) {
    return [`'${shortened(vendor)}' is no service prefix`, `Vendor ${shortened(vendor)} is not valid`];
  }
  if (!NAME.test(name)) {
    return [`'${shortened(name)}' is no name of an action`, 'The policy failed legacy parsing'];
  }
  if (trust && vendor.toLowerCase() !== 'sts') {
    return [
      `a trust policy allows actions of sts, not '${shortened(action)}'`,
      'AssumeRole policy may only specify STS AssumeRole actions.',
    ];
  }
  return undefined;
}

/** `Action` or `NotAction`. */
export function readAction(reading: PolicyReading, { name, value }: JsonMember, path: string): PatternElement {
  const { kind, problems } = reading;
  const patterns: string[] = [];
  const empty = 'Policy statement must contain actions.';
  for (const { value: action, tree, path: inner } of readStrings(reading, value, joinPath(path, name), empty)) {
    const problem = actionProblem(action, kind === 'trust');
    if (problem !== undefined) problems.add(tree, inner, ...problem);
    patterns.push(action);
  }
  return { not: name.startsWith('Not'), patterns };
}
