import type { PolicySourceType } from '@aws-sdk/client-iam';
import { compilePolicy } from '../../core/policy/compile-policy.js';
import { parsePolicy } from '../../core/policy/parse-policy.js';
import type { NamedPolicy } from '../../core/policy/policy-api.js';
import type { PolicyDocument, PolicyKind } from '../../core/policy/policy-document.js';
import type { PolicyProblem } from '../../core/policy/policy-problem.js';
import { AwsError } from '../../platform/aws/aws-error.js';
import type { AttachedPolicy } from '../principals.js';

/** A policy that takes part in a simulation, and how `MatchedStatements` name it. */
export interface SimulatedPolicy extends NamedPolicy {
  readonly document: PolicyDocument;
  readonly sourceId: string;
  readonly sourceType: PolicySourceType;
}

/** `PolicyInputList.1` and so on. Throws InvalidInput with what IAM says of such a document. */
export function givenPolicies(member: string, texts: readonly string[], kind: PolicyKind): SimulatedPolicy[] {
  return texts.map((text, index) => givenPolicy(`${member}.${index + 1}`, text, kind));
}

/** Throws InvalidInput. */
export function givenPolicy(name: string, text: string, kind: PolicyKind): SimulatedPolicy {
  const document = read(text, kind, (first) => {
    return new AwsError('InvalidInput', first.aws, { reason: `${name}: ${placeOf(first)}` });
  });
  return ready(name, document, { sourceId: name, sourceType: kind === 'resource' ? 'resource' : 'none' });
}

/** A policy out of the directory. Throws PolicyEvaluation when it cannot be read (any more). */
export function storedPolicy({ name, document: text }: AttachedPolicy): SimulatedPolicy {
  const source = sourceOf(name);
  const document = read(text, 'identity', (first) => {
    return new AwsError('PolicyEvaluation', `The policy ${source.sourceId} cannot be evaluated: ${first.aws}`, {
      fault: 'server',
      reason: `${name}: ${placeOf(first)}`,
    });
  });
  return ready(name, document, source);
}

type Source = Pick<SimulatedPolicy, 'sourceId' | 'sourceType'>;

/** Names are those of `Principals`: ARNs of managed policies, and words for inline ones. */
function sourceOf(name: string): Source {
  const [, policy, kind, identity] = /^inline policy (\S+) of (user|group|role) (\S+)$/.exec(name) ?? [];
  if (policy !== undefined && kind !== undefined && identity !== undefined) {
    return { sourceId: `${kind}_${identity}_${policy}`, sourceType: kind as PolicySourceType };
  }
  const sourceId = name.slice(name.lastIndexOf('/') + 1);
  return { sourceId, sourceType: name.split(':')[4] === 'aws' ? 'aws-managed' : 'user-managed' };
}

function ready(name: string, document: PolicyDocument, source: Source): SimulatedPolicy {
  return { name, policy: compilePolicy(document), document, ...source };
}

function read(text: string, kind: PolicyKind, failure: (first: PolicyProblem) => AwsError): PolicyDocument {
  const { document, problems } = parsePolicy(text, kind);
  const first = problems?.[0];
  if (document === undefined || first !== undefined)
    throw first === undefined ? new Error('no problem') : failure(first);
  return document;
}

function placeOf({ line, column, path, message }: PolicyProblem): string {
  return `${line}:${column} ${path} ${message}`;
}
