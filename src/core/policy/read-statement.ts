import type { JsonMember, JsonTree } from './json-tree.js';
import type { PatternElement, PolicyStatement, PrincipalElement } from './policy-document.js';
import { readAction } from './read-action.js';
import { readConditions } from './read-condition.js';
import { describeTree, joinPath, type PolicyReading, readMembers } from './read-elements.js';
import { readPrincipal } from './read-principal.js';
import { readResource } from './read-resource.js';

const ELEMENTS = [
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
] as const;

/** Elements that a kind of policy must not have. NotPrincipal is refused in trust policies by the IAM guide. */
const PROHIBITED: Readonly<Record<PolicyReading['kind'], readonly string[]>> = {
  identity: ['Principal', 'NotPrincipal'],
  resource: [],
  trust: ['Resource', 'NotResource', 'NotPrincipal'],
};

type Members = ReadonlyMap<string, JsonMember>;

/** Undefined when it lacks what a statement cannot be without; every problem is told. */
export function readStatement(reading: PolicyReading, tree: JsonTree, path: string): PolicyStatement | undefined {
  const { kind, problems } = reading;
  if (tree.kind !== 'object') {
    problems.add(tree, path, `expected a statement, found ${describeTree(tree)}`);
    return undefined;
  }
  const members = readMembers(reading, tree.members, path, ELEMENTS);
  for (const name of PROHIBITED[kind]) {
    const member = members.get(name);
    if (member === undefined) continue;
    const where = kind === 'identity' ? 'an identity policy' : 'a trust policy';
    problems.add(member.at, joinPath(path, name), `${where} has no ${name}`, `Has prohibited field ${name}`);
  }
  const sid = readSid(reading, members.get('Sid'), path);
  const effect = readEffect(reading, members.get('Effect'), tree, path);
  const principal = kind === 'identity' ? undefined : principalOf(reading, members, tree, path);
  const action = actionOf(reading, members, tree, path);
  const resource = kind === 'trust' ? undefined : resourceOf(reading, members, tree, path);
  const condition = members.get('Condition');
  const conditions =
    condition === undefined ? [] : readConditions(reading, condition.value, joinPath(path, 'Condition'));
  if (effect === undefined || action === undefined) return undefined;
  const [start, end] = [problems.position(tree.start), problems.position(tree.end)];
  return {
    ...(sid !== undefined && { sid }),
    effect,
    ...(principal !== undefined && { principal }),
    action,
    ...(resource !== undefined && { resource }),
    conditions,
    position: { line: start.line, column: start.column, endLine: end.line, endColumn: end.column },
  };
}

function readSid({ kind, problems }: PolicyReading, member: JsonMember | undefined, path: string): string | undefined {
  if (member === undefined) return undefined;
  const { value } = member;
  if (value.kind !== 'string') {
    problems.add(value, joinPath(path, 'Sid'), `expected a string, found ${describeTree(value)}`);
    return undefined;
  }
  // Buckets and keys take any text; IAM's own policies do not.
  if (kind !== 'resource' && !/^[0-9A-Za-z]*$/.test(value.value)) {
    const text =
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*';
    problems.add(value, joinPath(path, 'Sid'), 'expected letters and digits only', text);
  }
  return value.value;
}

function readEffect(
  { problems }: PolicyReading,
  member: JsonMember | undefined,
  statement: JsonTree,
  path: string,
): 'Allow' | 'Deny' | undefined {
  if (member === undefined) {
    problems.add(statement, path, "no Effect: expected 'Allow' or 'Deny'");
    return undefined;
  }
  const { value } = member;
  if (value.kind === 'string' && (value.value === 'Allow' || value.value === 'Deny')) return value.value;
  problems.add(value, joinPath(path, 'Effect'), `expected 'Allow' or 'Deny', found ${describeTree(value)}`);
  return undefined;
}

/** The one of an element and its Not-form that is there; both are told. */
function oneOf({ problems }: PolicyReading, members: Members, path: string, name: string): JsonMember | undefined {
  const [plain, not] = [members.get(name), members.get(`Not${name}`)];
  if (plain !== undefined && not !== undefined) {
    problems.add(not.at, joinPath(path, `Not${name}`), `${name} and Not${name} exclude each other`);
  }
  return plain ?? not;
}

function principalOf(
  reading: PolicyReading,
  members: Members,
  statement: JsonTree,
  path: string,
): PrincipalElement | undefined {
  const member = oneOf(reading, members, path, 'Principal');
  if (member !== undefined) return readPrincipal(reading, member, path);
  reading.problems.add(statement, path, 'no Principal: expected who is meant', 'Missing required field Principal');
  return undefined;
}

function actionOf(
  reading: PolicyReading,
  members: Members,
  statement: JsonTree,
  path: string,
): PatternElement | undefined {
  const member = oneOf(reading, members, path, 'Action');
  if (member !== undefined) return readAction(reading, member, path);
  const text = reading.kind === 'trust' ? 'Missing required field Action' : 'Policy statement must contain actions.';
  reading.problems.add(statement, path, 'no Action: expected what is meant', text);
  return undefined;
}

function resourceOf(
  reading: PolicyReading,
  members: Members,
  statement: JsonTree,
  path: string,
): PatternElement | undefined {
  const member = oneOf(reading, members, path, 'Resource');
  if (member !== undefined) return readResource(reading, member, path);
  const message = "no Resource: expected ARNs, or '*'";
  reading.problems.add(statement, path, message, 'Policy statement must contain resources.');
  return undefined;
}
