import { malformedPolicyDocument } from './iam-error.js';

/** What a document is to be used for: a trust policy has principals and no resources. */
export type DocumentKind = 'identity' | 'trust';

const SYNTAX = 'Syntax errors in policy.';
const VERSIONS: readonly unknown[] = [undefined, '2012-10-17', '2008-10-17'];
const ELEMENTS = ['Version', 'Id', 'Statement'];
const STATEMENT = ['Sid', 'Effect', 'Action', 'NotAction', 'Condition'];
const MORE: Readonly<Record<DocumentKind, readonly string[]>> = {
  identity: ['Resource', 'NotResource'],
  trust: ['Principal', 'NotPrincipal'],
};

/** Throws MalformedPolicyDocument when the document's outline is not that of a policy of this kind. */
export function checkDocument(kind: DocumentKind, text: string): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw malformedPolicyDocument(
      kind === 'trust' ? 'This policy contains invalid Json' : SYNTAX,
      error instanceof Error ? error.message : 'no JSON',
    );
  }
  const document = members(value, ELEMENTS, 'the document');
  if (!VERSIONS.includes(document['Version'])) throw malformedPolicyDocument(SYNTAX, 'Version is not known');
  const { Statement: given } = document;
  const statements: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (statements.length === 0) throw malformedPolicyDocument(SYNTAX, 'Statement is empty');
  for (const [index, statement] of statements.entries()) checkStatement(kind, statement, `Statement[${index}]`);
}

function checkStatement(kind: DocumentKind, value: unknown, place: string): void {
  if (kind === 'trust' && isObject(value) && ('Resource' in value || 'NotResource' in value)) {
    throw malformedPolicyDocument('Has prohibited field Resource', `${place} has a resource`);
  }
  if (kind === 'identity' && isObject(value) && ('Principal' in value || 'NotPrincipal' in value)) {
    throw malformedPolicyDocument('Policy document should not specify a principal.', `${place} has a principal`);
  }
  const statement = members(value, [...STATEMENT, ...MORE[kind]], place);
  const { Effect } = statement;
  if (Effect !== 'Allow' && Effect !== 'Deny') throw malformedPolicyDocument(SYNTAX, `${place} has no Effect`);
  for (const [one, other] of [['Action', 'NotAction'], MORE[kind]] as const) {
    const given = [one, other].filter((name) => name !== undefined && statement[name] !== undefined);
    if (given.length !== 1) throw malformedPolicyDocument(SYNTAX, `${place} needs one of ${one} and ${other}`);
  }
}

function members(value: unknown, known: readonly string[], place: string): Readonly<Record<string, unknown>> {
  if (!isObject(value)) throw malformedPolicyDocument(SYNTAX, `${place} is no object`);
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) throw malformedPolicyDocument(SYNTAX, `${place} has an unknown element`);
  return value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
