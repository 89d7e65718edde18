import type { JsonMember, JsonTree } from './json-tree.js';
import type { PrincipalElement, PrincipalType } from './policy-document.js';
import { describeTree, joinPath, type PolicyReading, readMembers, readStrings, shortened } from './read-elements.js';

const TYPES: readonly PrincipalType[] = ['AWS', 'Service', 'Federated', 'CanonicalUser'];

const ACCOUNT = /^[0-9]{12}$/;
const IAM_ARN = /^arn:aws(?:-[a-z]+)*:iam::[0-9]{12}:(?:root|(?:user|role)\/[\w+=,.@/-]+)$/;
const STS_ARN = /^arn:aws(?:-[a-z]+)*:sts::[0-9]{12}:(?:assumed-role\/[\w+=,.@-]+|federated-user)\/[\w+=,.@-]+$/;
/** What IAM leaves in a policy when the user or role is deleted. */
const UNIQUE_ID = /^A(?:IDA|ROA|GPA|IPA)[A-Z0-9]{12,124}$/;
const SERVICE = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:amazonaws\.com(?:\.cn)?|amazon\.com|aws\.internal|aws)$/;
const FEDERATED = /^(?:arn:aws(?:-[a-z]+)*:iam::[0-9]{12}:(?:saml-provider|oidc-provider)\/\S+|[a-z0-9.-]+\.[a-z]+)$/;
const CANONICAL_USER = /^[0-9a-f]{64}$/;

/** What was expected instead; undefined when the entry names somebody. */
function principalProblem(type: PrincipalType, value: string): string | undefined {
  switch (type) {
    case 'AWS':
      if (value === '*' || [ACCOUNT, IAM_ARN, STS_ARN, UNIQUE_ID].some((shape) => shape.test(value))) return undefined;
      return "an account, the ARN of an account's root, a user, a role or a session, or '*' (wildcards are not expanded)";
    case 'Service':
      return SERVICE.test(value) ? undefined : 'a service such as ecs-tasks.amazonaws.com';
    case 'Federated':
      return FEDERATED.test(value) ? undefined : 'the ARN of an identity provider, or its host name';
    case 'CanonicalUser':
      return CANONICAL_USER.test(value) ? undefined : 'a canonical user id of 64 hexadecimal digits';
  }
}

function isType(name: string): name is PrincipalType {
  return (TYPES as readonly string[]).includes(name);
}

/** `Principal` or `NotPrincipal`. */
export function readPrincipal(reading: PolicyReading, member: JsonMember, statement: string): PrincipalElement {
  const { name, value } = member;
  const { problems } = reading;
  const path = joinPath(statement, name);
  const not = name.startsWith('Not');
  if (value.kind === 'string' && value.value === '*') return { not, entries: [{ type: 'AWS', value: '*' }] };
  if (value.kind !== 'object') {
    problems.add(value, path, `expected an object such as {"AWS": ...} or '*', found ${describeTree(value)}`);
    return { not, entries: [] };
  }
  if (value.members.length === 0) problems.add(value, path, 'an empty object: expected at least one principal');
  const entries: { type: PrincipalType; value: string }[] = [];
  for (const { name: type, value: tree } of readMembers(reading, value.members, path, TYPES).values()) {
    if (isType(type)) entries.push(...readEntries(reading, type, tree, path));
  }
  return { not, entries };
}

function readEntries(
  reading: PolicyReading,
  type: PrincipalType,
  tree: JsonTree,
  path: string,
): { type: PrincipalType; value: string }[] {
  return readStrings(reading, tree, joinPath(path, type)).map(({ value, tree: at, path: inner }) => {
    const expected = principalProblem(type, value);
    if (expected !== undefined) {
      const short = shortened(value);
      const message = `expected ${expected}, found '${short}'`;
      reading.problems.add(at, inner, message, `Invalid principal in policy: "${type}":"${short}"`);
    }
    return { type, value };
  });
}
