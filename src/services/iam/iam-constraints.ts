import type { AwsError } from '../../platform/aws/aws-error.js';
import { validationError } from './iam-error.js';

/** The model's patterns are for whole texts, and in a notation that is ours too. */
interface Pattern {
  /** As the message writes it. */
  readonly text: string;
  readonly whole: RegExp;
}

const pattern = (text: string): Pattern => ({
  text,
  whole: new RegExp(`^(?:${text})$`, text.includes('\\p{') ? 'u' : ''),
});

/** What IAM's model says about a member. Lengths are in characters, ranges in units of the member. */
interface Constraint {
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: Pattern;
  readonly values?: readonly string[];
  /** What AWS says instead of the pattern, after `The specified value for NAME is invalid. `. */
  readonly advice?: string;
}

const NAME_ADVICE = 'It must contain only alphanumeric characters and/or the following: +=,.@_-';
const PATH_ADVICE = 'It must begin and end with / and contain only alphanumeric characters and/or / characters.';
const TEXT_ADVICE = 'It must contain only printable ASCII characters.';

const name = (max: number): Constraint => ({ min: 1, max, pattern: pattern('[\\w+=,.@-]+'), advice: NAME_ADVICE });
const path: Constraint = {
  min: 1,
  max: 512,
  pattern: pattern('(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)'),
  advice: PATH_ADVICE,
};
const policyPath: Constraint = {
  min: 1,
  max: 512,
  pattern: pattern('((/[A-Za-z0-9\\.,\\+@=_-]+)*)/'),
  advice: PATH_ADVICE,
};
const arn: Constraint = { min: 20, max: 2048 };
const policyDocument: Constraint = {
  min: 1,
  max: 131_072,
  pattern: pattern('[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+'),
  advice: TEXT_ADVICE,
};
const roleDescription: Constraint = {
  max: 1000,
  pattern: pattern('[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*'),
};
const CONTEXT_KEY_TYPES = ['string', 'numeric', 'boolean', 'ip', 'binary', 'date'].flatMap((type) => [
  type,
  `${type}List`,
]);
const ENTITY_TYPES = ['User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy'];

const constraints: Readonly<Record<string, Constraint>> = {
  AWSServiceName: name(128),
  AccessKeyId: { min: 16, max: 128, pattern: pattern('[\\w]+') },
  AssumeRolePolicyDocument: policyDocument,
  CallerArn: { min: 1, max: 2048 },
  ContextKeyName: { min: 5, max: 256 },
  ContextKeyType: { values: CONTEXT_KEY_TYPES },
  CustomSuffix: name(64),
  DeletionTaskId: { min: 1, max: 1000 },
  Description: roleDescription,
  EntityFilter: { values: ENTITY_TYPES },
  GroupName: name(128),
  InstanceProfileName: name(128),
  Marker: { min: 1, max: 320, pattern: pattern('[\\u0020-\\u00FF]+') },
  MaxItems: { min: 1, max: 1000 },
  MaxSessionDuration: { min: 3600, max: 43_200 },
  NewGroupName: name(128),
  NewPath: path,
  NewUserName: name(64),
  Path: path,
  PathPrefix: { min: 1, max: 512, pattern: pattern('\\u002F[\\u0021-\\u007F]*') },
  PermissionsBoundary: arn,
  PolicyArn: arn,
  PolicyDocument: policyDocument,
  PolicyName: name(128),
  PolicySourceArn: arn,
  PolicyUsageFilter: { values: ['PermissionsPolicy', 'PermissionsBoundary'] },
  ResourceHandlingOption: { min: 1, max: 64 },
  ResourceOwner: { min: 1, max: 2048 },
  ResourcePolicy: policyDocument,
  RoleName: name(64),
  Scope: { values: ['All', 'AWS', 'Local'] },
  Status: { values: ['Active', 'Inactive'] },
  UserName: name(128),
  VersionId: { pattern: pattern('v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?') },
};

/** Where an operation's member is not like that of the others. */
const exceptions: Readonly<Record<string, Constraint>> = {
  'CreatePolicy.Path': policyPath,
  'CreatePolicy.Description': { max: 1000 },
  'ListPolicies.PathPrefix': policyPath,
  'ListAttachedUserPolicies.PathPrefix': policyPath,
  'ListAttachedRolePolicies.PathPrefix': policyPath,
  'ListAttachedGroupPolicies.PathPrefix': policyPath,
  'ListEntitiesForPolicy.PathPrefix': path,
  'CreateUser.UserName': name(64),
};

/** Of the items of lists of texts. */
const items: Readonly<Record<string, Constraint>> = {
  ActionNames: { min: 3, max: 128 },
  PermissionsBoundaryPolicyInputList: policyDocument,
  PolicyInputList: policyDocument,
  ResourceArns: { min: 1, max: 2048 },
};

const TAG_KEY: Constraint = { min: 1, max: 128, pattern: pattern('[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+') };
const TAG_VALUE: Constraint = { min: 0, max: 256, pattern: pattern('[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*') };
const ENTITY_TYPE: Constraint = { values: ENTITY_TYPES };
export const MAX_TAGS = 50;

/** Throws ValidationError with everything that is wrong, as AWS's `N validation errors detected`. */
export function checkInput(operation: string, input: Readonly<Record<string, unknown>>): void {
  const problems: string[] = [];
  for (const [member, value] of Object.entries(input)) {
    const place = wireName(member);
    if (Array.isArray(value)) problems.push(...listProblems(member, place, value));
    else {
      const constraint = exceptions[`${operation}.${member}`] ?? constraints[member];
      if (constraint === undefined) continue;
      // The model lets NUL into ARNs and descriptions. None of them has one, and no database holds it.
      if (typeof value === 'string' && value.includes('\0'))
        throw validationError(`The specified value for ${place} is invalid.`);
      const misses = unmet(constraint, value);
      if (misses.length === 1 && misses[0]?.pattern === true && constraint.advice !== undefined) {
        throw validationError(`The specified value for ${place} is invalid. ${constraint.advice}`);
      }
      problems.push(...misses.map(({ text }) => problem(value, place, text)));
    }
  }
  if (problems.length > 0) throw detected(problems);
}

/** For a required member that is not there. */
export function missingMember(memberPath: string): AwsError {
  const place = memberPath.split('.').map(wireName).join('.');
  return detected([`Value null at '${place}' failed to satisfy constraint: Member must not be null`]);
}

function listProblems(member: string, place: string, list: readonly unknown[]): string[] {
  if (member === 'Filter') return list.flatMap((item) => problemsOf(ENTITY_TYPE, `${place}.member`, item));
  const own = items[member];
  if (own !== undefined) return list.flatMap((item, index) => problemsOf(own, `${place}.${index + 1}.member`, item));
  if (member === 'ContextEntries')
    return list.flatMap((item, index) => entryProblems(item, `${place}.${index + 1}.member`));
  if (member !== 'Tags' && member !== 'TagKeys') return [];
  if (list.length > MAX_TAGS) {
    return [problem(list, place, `Member must have length less than or equal to ${MAX_TAGS}`)];
  }
  return list.flatMap((item, index) => {
    const at = `${place}.${index + 1}.member`;
    if (member === 'TagKeys') return problemsOf(TAG_KEY, at, item);
    const { Key, Value } = item as { Key: string; Value: string };
    return [...problemsOf(TAG_KEY, `${at}.key`, Key), ...problemsOf(TAG_VALUE, `${at}.value`, Value)];
  });
}

function entryProblems(entry: unknown, place: string): string[] {
  return Object.entries(entry as object).flatMap(([member, value]) => {
    const constraint = constraints[member];
    return constraint === undefined ? [] : problemsOf(constraint, `${place}.${wireName(member)}`, value);
  });
}

function problemsOf(constraint: Constraint, place: string, value: unknown): string[] {
  return unmet(constraint, value).map(({ text }) => problem(value, place, text));
}

function problem(value: unknown, place: string, text: string): string {
  const shown = Array.isArray(value) ? `[${value.length} items]` : String(value);
  return `Value '${shown}' at '${place}' failed to satisfy constraint: ${text}`;
}

function detected(problems: readonly string[]): AwsError {
  const count = problems.length === 1 ? '1 validation error' : `${problems.length} validation errors`;
  return validationError(`${count} detected: ${problems.join('; ')}`);
}

function unmet({ min, max, pattern, values }: Constraint, value: unknown): { text: string; pattern: boolean }[] {
  const found: { text: string; pattern: boolean }[] = [];
  const must = (text: string, isPattern = false): void =>
    void found.push({ text: `Member must ${text}`, pattern: isPattern });
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) must('be an integer');
    if (min !== undefined && value < min) must(`have value greater than or equal to ${min}`);
    if (max !== undefined && value > max) must(`have value less than or equal to ${max}`);
  } else if (typeof value === 'string') {
    if (min !== undefined && value.length < min) must(`have length greater than or equal to ${min}`);
    if (max !== undefined && value.length > max) must(`have length less than or equal to ${max}`);
    else if (pattern !== undefined && value.length > 0 && !pattern.whole.test(value)) {
      must(`satisfy regular expression pattern: ${pattern.text}`, true);
    }
    if (values !== undefined && !values.includes(value)) must(`satisfy enum value set: [${values.join(', ')}]`);
  }
  return found;
}

/** `UserName` is `userName` in messages. */
function wireName(member: string): string {
  return member.charAt(0).toLowerCase() + member.slice(1);
}
